// The picture in the README. `cp target/screenshots/page.png docs/page.png` renews it.

import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite } from './browser.mjs';

describe('the picture', LIMIT, () => {
  const suite = new Suite();

  test('shows the form, and the phone in a call', async () => {
    const { username } = await suite.stack.newUser();
    // The same in each picture, but for the digits.
    const prepare = (page) => page.clock.setFixedTime(Date.now());
    const visit = await suite.visit({ prepare, viewport: { width: 1200, height: 820 }, colorScheme: 'light' });
    await visit.challenges({ expiresInSeconds: '300', callAgainInSeconds: '30' });
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.page.fill('#code', await visit.passGate());
    await visit.page.locator('.key.pressed').waitFor({ state: 'detached' });
    await visit.snap('page');
  });
});
