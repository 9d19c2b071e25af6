// The clock of the device, which may be wrong: the functions decide what has expired.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite } from './browser.mjs';

describe("the device's clock", LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  // The code works for 10.
  for (const minutes of [-60, 11, 60]) {
    test(`may be ${minutes} minutes wrong`, async () => {
      const { username } = await suite.stack.newUser();
      visit = await suite.visit({ init: shiftClock, given: minutes });
      await visit.signIn(username, PASSWORD);
      await visit.answer();
      const code = await visit.passGate();
      assert.equal(await visit.page.textContent('#error'), '');
      // Of the 600 seconds.
      assert.match(await visit.page.textContent('#expiry'), /^(\d:\d\d|10:00)$/);
      await visit.sendCode(code);
      await visit.shows('h2', 'You are signed in');
    });
  }

  test('says when the code should have expired, and keeps no answer back', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit({ prepare: (page) => page.clock.install() });
    const { page } = visit;
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await page.clock.fastForward('10:01');
    await visit.shows('#error', 'The code has expired. Ask for another call');
    await visit.shows('#expiry', 'expired');
    await visit.shows('.waiting', 'The code of this call has expired.');
    await visit.look('11-expired');
    // That clock ran fast: the functions still take the code.
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
  });

  test('counts the time until the next call', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit({ prepare: (page) => page.clock.install() });
    const { page } = visit;
    await visit.challenges({ callAgainInSeconds: '599' });
    await visit.signIn(username, PASSWORD);
    await visit.shows('#call-again', /^Call me again in (10|9) minutes$/);
    await visit.page.click('.decline');
    await page.clock.fastForward('09:59');
    await visit.page.locator('#call-again', { hasText: /^Call me again$/ }).click();
    await visit.shows('#notice', 'We are calling you again, with the same code.');
  });
});

/** Has the page's clock go wrong by so many minutes. */
function shiftClock(minutes) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parameters) {
      super(...(parameters.length > 0 ? parameters : [Date.now()]));
    }

    static now() {
      return RealDate.now() + minutes * 60_000;
    }
  };
}
