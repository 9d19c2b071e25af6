// Screens on which form and phone have no room beside each other, or the page is enlarged to 200 %.

import { after, afterEach, before, describe, test } from 'node:test';
import { LIMIT, PASSWORD, Visit, startBrowser, startStack, wrong } from './browser.mjs';

describe('a small screen', LIMIT, () => {
  let browser, stack, visit;
  before(async () => {
    [browser, stack] = await Promise.all([startBrowser(), startStack({ OTP_SECONDS_BETWEEN_CALLS: 0 })]);
  });
  after(() => Promise.all([browser.close(), stack.stop()]));
  afterEach(() => visit.end());

  for (const path of ['/', '/amplify']) {
    for (const [width, height] of [
      [390, 844],
      [640, 450],
    ]) {
      test(`of ${width}x${height} shows what there is to press and to read, at ${path}`, async () => {
        const { username } = await stack.newUser();
        visit = await Visit.to(browser, stack, { path, viewport: { width, height } });
        const name = `40-${width}${path === '/' ? '' : '-amplify'}`;
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
  }
});
