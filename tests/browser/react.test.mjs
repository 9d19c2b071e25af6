// The example for React.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reactPage } from '../clients/javascript/react.mjs';
import { LIMIT, PASSWORD, startBrowser, startStack, wrong } from './browser.mjs';

test('React signs in with a wrong code, another call and the right code', LIMIT, async () => {
  const [browser, stack] = await Promise.all([startBrowser(), startStack({ OTP_MAX_CALLS: 2 })]);
  try {
    const { username, number } = await stack.newUser();
    const page = await browser.newPage();
    page.setDefaultTimeout(300_000);
    await page.clock.install();
    const script = await reactPage(stack.config);
    const serve = (path, contentType, body) => page.route(stack.endpoint + path, (route) => route.fulfill({ contentType, body }));
    await serve('/react', 'text/html', '<!doctype html><div id="root"></div><script type="module" src="/react.js"></script>');
    await serve('/react.js', 'text/javascript', script);
    await page.goto(`${stack.endpoint}/react`);

    const signIn = async (password) => {
      await page.getByLabel('User name').fill(username);
      await page.getByLabel('Password').fill(password);
      await page.getByText('Sign in').click();
    };
    await signIn('Wrong-horse-1');
    await page.waitForFunction(() => document.title === 'NotAuthorizedException');
    await signIn(PASSWORD);
    await page.getByText('Attempts left: 3.').waitFor();
    const code = await stack.spokenCode(number);
    await page.getByLabel('Code').fill(wrong(code));
    await page.getByText('Continue').click();
    await page.getByText('Attempts left: 2.').waitFor();
    // Waits until the button is enabled. An attempt would be lost if that were too early.
    await page.getByText('Call me again').click();
    await page.getByText('Attempts left: 2. Calls left: 0.').waitFor();
    await page.clock.fastForward('10:00');
    assert.ok(await page.getByText('Call me again').isDisabled());
    await page.getByLabel('Code').fill(code);
    await page.getByText('Continue').click();
    await page.waitForFunction(() => document.title.startsWith('Signed in: '));
    await stack.assertToken((await page.title()).slice('Signed in: '.length), 'id', username);
  } finally {
    await Promise.all([browser.close(), stack.stop()]);
  }
});
