// Screens on which form and phone have no room beside each other, or the page is enlarged to 200 %.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, wrong } from './browser.mjs';

describe('a small screen', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  for (const [width, height] of [
    [390, 844],
    [640, 450],
  ]) {
    test(`of ${width}x${height} shows what there is to press and to read`, async () => {
      const { username } = await suite.stack.newUser();
      visit = await suite.visit({ viewport: { width, height } });
      const name = `40-${width}`;
      await visit.signIn(username, PASSWORD);
      await visit.shows('.status', 'Incoming call');
      await visit.shows('#code:focus', '');
      await visit.assertInView('.answer');
      await visit.assertInView('#code');
      await visit.snap(`${name}-ringing`);
      await visit.answer();
      const code = await visit.passGate();
      await visit.assertInView('.keypad');
      await visit.snap(`${name}-in-call`);
      for (const [said, state] of [
        ['2 attempts left', 'wrong'],
        ['1 attempt left', 'wrong'],
        ['no attempts left', 'over'],
      ]) {
        await visit.sendCode(wrong(code));
        await visit.shows('#error', said);
        await visit.assertInView('#error');
        await visit.snap(`${name}-${state}`);
      }
    });
  }

  test('of 390x844 shows an error that nobody waits for, and leaves the focus where it is', async () => {
    const { username } = await suite.stack.newUser();
    const prepare = (page) => page.clock.install();
    visit = await suite.visit({ viewport: { width: 390, height: 844 }, prepare });
    const { page } = visit;
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.passGate();
    const scrollDown = () => page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await scrollDown();
    await page.clock.fastForward('10:01');
    await visit.shows('#error', 'The code has expired.');
    await visit.assertInView('#error');
    assert.ok(await page.evaluate(() => document.activeElement.closest('.phone')));

    // As in a browser that gives no focus to a button that is clicked.
    await visit.challenges({ callRefused: 'CALL_LIMIT' });
    await scrollDown();
    await page.evaluate(() => document.getElementById('call-again').click());
    await visit.shows('#error', 'Too many calls');
    await visit.assertInView('#error');
  });
});
