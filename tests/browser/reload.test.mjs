// A reload in the middle of a sign-in.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, wrong } from './browser.mjs';

describe('a reload', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });

  test('leaves the sign-in where it was: the same code, attempts and calls', async () => {
    const { username, number } = await suite.stack.newUser();
    const visit = await suite.visit();
    const { page } = visit;
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await visit.sendCode(wrong(code));
    await visit.shows('#error', '2 attempts left');
    await page.reload();
    await visit.shows('#code:focus', '');
    assert.equal(await page.inputValue('#username'), username);
    assert.equal(await page.inputValue('#number'), number);
    assert.equal(await page.textContent('#attempts'), '2');
    assert.equal(await page.textContent('#calls'), '2');
    assert.equal(await page.textContent('#destination'), `the number that ends in ${number.slice(-2)}`);
    await visit.look('52-after-a-reload');
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
    assert.equal((await suite.stack.calls(number)).length, 1);
  });

  test('after the sign-in was given up begins at the password', async () => {
    const { username } = await suite.stack.newUser();
    const visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.shows('#code:focus', '');
    await visit.page.click('#start-over');
    await visit.page.reload();
    await visit.shows('.phone[data-connected]', '');
    await visit.shows('#password-step button:enabled', '');
    assert.equal(await visit.page.isVisible('#code-step'), false);
    assert.equal(await visit.page.inputValue('#username'), username);
  });
});
