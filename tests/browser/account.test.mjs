// Sign-up and a forgotten password: the phone speaks Cognito's own codes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, wrong } from './browser.mjs';

const NEW_PASSWORD = 'Correct-horse-2';

describe('an account', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  /** Opens the page and signs up, up to the code. */
  async function signUp({ locale, ...options } = {}) {
    const user = suite.stack.newName();
    visit = await suite.visit(options);
    await fillInSignUp(visit, user, locale);
    await visit.shows('#confirm-step h2', 'Answer your phone');
    return user;
  }

  const confirm = (code) => enter(visit, code);

  /** From now on, `handle` gets the page's requests of one operation of Cognito's. */
  function routeOperation(operation, handle) {
    return visit.page.route(`${suite.stack.endpoint}/`, (route) =>
      route.request().headers()['x-amz-target']?.endsWith(`.${operation}`) ? handle(route) : route.fallback(),
    );
  }

  /** Signs in with what the form has, and another call. */
  async function signIn() {
    await visit.page.click('#password-step button.main');
    await visit.shows('#code-step h2', 'Answer your phone');
    await visit.answer();
    await visit.sendCode(await visit.passGate());
    await visit.shows('h2', 'You are signed in');
  }

  async function assertFocus(selector) {
    assert.ok(await visit.page.evaluate((selector) => document.activeElement.matches(selector), selector), selector);
  }

  test('is made with the code that the phone says, in the language that was chosen', async () => {
    const { username, number } = await signUp({ locale: 'de-DE' });
    const { page } = visit;
    await visit.shows('#confirm-code:focus', '');
    await visit.shows('#by-call', `the number that ends in ${number.slice(-4)}`);
    await visit.shows('.status', 'Incoming call');
    assert.equal(await page.inputValue('#number'), number);
    assert.equal(await page.isVisible('#reset-password'), false);
    await visit.look('51-sign-up-ringing');

    await visit.answer();
    const code = await visit.passGate();
    await visit.shows('.language', 'German (Germany)');
    await confirm(wrong(code));
    await visit.shows('#error', 'That was not the code.');
    await assertFocus('#confirm-code');
    await visit.look('52-sign-up-wrong-code');
    // As the phone shows it.
    await confirm([...code].join(', '));
    await visit.shows('#notice', 'You are signed up.');
    assert.equal(await page.inputValue('#username'), username);
    await assertFocus('#password-step button.main');
    await visit.look('53-signed-up');
    await page.click('.hang-up');
    await signIn();
    assert.match(await page.textContent('#claims'), new RegExp(`User name${username}`));
  });

  test('is confirmed with the latest of two codes', async () => {
    await signUp();
    await visit.answer();
    const first = await visit.passGate();
    await visit.page.click('#send-again');
    await visit.shows('#notice', 'There is a new code.');
    await visit.shows('.waiting', 'Another call is waiting');
    await visit.page.click('.hang-up');
    await visit.answer();
    const second = await visit.passGate();
    if (first !== second) {
      await confirm(first);
      await visit.shows('#error', 'That was not the code.');
    }
    await confirm(second);
    await visit.shows('#notice', 'You are signed up.');
  });

  test('keeps its code where Cognito sends no new one', async () => {
    await signUp();
    await routeOperation('ResendConfirmationCode', (route) =>
      route.fulfill({ status: 400, json: { __type: 'LimitExceededException', message: 'Attempt limit exceeded' } }),
    );
    await visit.answer();
    await visit.page.click('#send-again');
    await visit.shows('#error', 'There were too many requests.');
    assert.equal(await visit.page.textContent('.waiting'), '');
    await confirm(await visit.passGate());
    await visit.shows('#notice', 'You are signed up.');
  });

  test('is confirmed by a user who comes back', async () => {
    const user = await signUp();
    await visit.page.click('.decline');
    await visit.page.click('#confirm-back');
    // The number is that of the first time.
    await fillInSignUp(visit, { ...user, number: suite.stack.newName().number });
    await visit.shows('#by-call', `the number that ends in ${user.number.slice(-4)}`);
    await visit.answer();
    await confirm(await visit.passGate());
    await visit.shows('#notice', 'You are signed up.');
  });

  test('is not made where Cognito refuses it, and the form says why', async () => {
    const { username } = await suite.stack.newUser();
    const { number } = suite.stack.newName();
    visit = await suite.visit({ expects: /net::ERR_FAILED/ });
    const { page } = visit;
    await page.click('#sign-up');
    await visit.shows('#new-username:focus', '');
    assert.match(await page.inputValue('#new-number'), /^\+12065550\d{3}$/);
    await visit.look('50-sign-up');
    await page.fill('#new-username', username);
    await page.fill('#new-password', 'short');
    await page.fill('#new-number', '12065550100');
    for (const [field, value, said] of [
      ['#new-password', PASSWORD, 'Password not long enough'],
      ['#new-number', number, 'Invalid phone number format.'],
      ['#new-username', suite.stack.newName().username, 'This user name is taken.'],
    ]) {
      await page.click('#sign-up-step button.main');
      await visit.shows('#error', said);
      await page.fill(field, value);
    }
    await visit.look('54-name-taken');
    const url = `${suite.stack.endpoint}/`;
    await page.route(url, (route) => route.abort());
    await page.click('#sign-up-step button.main');
    await visit.shows('#error', 'Nothing answers. Check your connection and try again.');
    await page.unroute(url);
    await page.click('#sign-up-step button.main');
    await visit.shows('#confirm-step h2', 'Answer your phone');
    assert.equal(await page.textContent('#error'), '');
    await page.click('#confirm-back');
    await assertFocus('#password-step button.main');
    assert.equal(await page.inputValue('#username'), 'demo');
  });

  test('gets a new password with the code that the phone says', async () => {
    const { username } = await suite.stack.newUser({ attributes: { email: null } });
    visit = await suite.visit();
    const { page } = visit;
    await page.fill('#username', username);
    await page.click('#forgot-password');
    await visit.answer();
    await visit.hear(/the code for your new password/);
    const code = await visit.passGate();
    await page.fill('#reset-password', 'short');
    await confirm(code);
    await visit.shows('#error', 'Password not long enough');
    await visit.look('55-new-password');
    await page.fill('#reset-password', NEW_PASSWORD);
    await page.click('#confirm');
    await visit.shows('#notice', 'Your password is changed.');
    assert.equal(await page.inputValue('#password'), NEW_PASSWORD);
    await page.click('.hang-up');
    await signIn();
  });

  test('gets a new password by e-mail where there is an address', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    await page.fill('#username', '');
    await page.click('#forgot-password');
    await assertFocus('#username');
    await page.fill('#username', username);
    await page.click('#forgot-password');
    await visit.shows('#confirm-step h2', 'Read your e-mail');
    await visit.shows('#by-mail', 'u***@e***');
    await visit.look('56-by-mail');
    const messages = await suite.stack.request('GET', '/local/messages');
    await page.fill('#reset-password', NEW_PASSWORD);
    await confirm(messages.findLast((message) => message.username === username).code);
    await visit.shows('#notice', 'Your password is changed.');
    await signIn();
  });

  test('takes the place of a sign-in that begins meanwhile', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    let goOn;
    const isSignedIn = new Promise((resolve) => (goOn = resolve));
    await routeOperation('ForgotPassword', async (route) => {
      await isSignedIn;
      await route.continue();
    });
    await visit.page.fill('#username', username);
    await visit.page.fill('#password', PASSWORD);
    await visit.page.click('#forgot-password');
    await visit.page.click('#password-step button.main');
    await visit.shows('#code-step h2', 'Answer your phone');
    goOn();
    await visit.shows('#confirm-step h2', 'Read your e-mail');
    assert.equal(await visit.page.isVisible('#code-step'), false);
  });

  test('is not confirmed from a phone whose owner presses 0', async () => {
    await signUp();
    await visit.answer();
    await visit.gate();
    await visit.page.click('.key[data-key="0"]');
    await visit.hear(/We will not call you about this again today/);
    await visit.shows('.status', 'You said that it was not you');
    assert.doesNotMatch((await visit.said()).join(), /\d, \d/);
    await visit.look('57-not-asked-for');
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`fits a small screen, ${colorScheme}`, async () => {
      await signUp({ viewport: { width: 360, height: 740 }, colorScheme });
      await visit.shows('.status', 'Incoming call');
      await visit.look(`58-small-${colorScheme}`);
    });
  }
});

describe('an account whose codes no call speaks', LIMIT, () => {
  const suite = new Suite({ OTP_COGNITO_CODES: 'off' });

  test('is made with the code of a text message', async () => {
    const user = suite.stack.newName();
    const visit = await suite.visit();
    await fillInSignUp(visit, user);
    await visit.shows('#confirm-step h2', 'Read your text message');
    await visit.shows('#by-text', `the number that ends in ${user.number.slice(-4)}`);
    for (const part of ['#by-call', '#by-mail', '#no-call']) assert.equal(await visit.page.isVisible(part), false, part);
    await visit.look('59-by-text');
    const messages = await suite.stack.request('GET', '/local/messages');
    await enter(visit, messages.find(({ to }) => to === user.number).code);
    await visit.shows('#notice', 'You are signed up.');
  });
});

async function fillInSignUp({ page }, { username, number }, locale = '') {
  await page.click('#sign-up');
  await page.fill('#new-username', username);
  await page.fill('#new-password', PASSWORD);
  await page.fill('#new-number', number);
  await page.selectOption('#locale', locale);
  await page.click('#sign-up-step button.main');
}

async function enter({ page }, code) {
  await page.fill('#confirm-code', code);
  await page.click('#confirm');
}
