// The form.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, Visit, startBrowser, startStack, wrong } from './browser.mjs';

describe('the form', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  test('is filled in for the demo user, who signs in with what the phone says, and out again', async () => {
    visit = await suite.visit();
    const { page } = visit;
    assert.equal(await page.inputValue('#username'), 'demo');
    assert.equal(await page.inputValue('#number'), suite.stack.config.users[0].phoneNumber);
    await visit.look('01-start');

    await page.click('#password-step button.main');
    await visit.shows('.status', 'Incoming call');
    // The phone may be quicker than Cognito's answer.
    await visit.shows('#code:focus', '');
    assert.match(await page.textContent('.destination'), /^\+1•+00$/);
    assert.match(await page.textContent('.facts'), /Code works for another(\d:\d\d|10:00)/);
    assert.equal(await page.textContent('#attempts'), '3');
    assert.equal(await page.textContent('#calls'), '2');
    await visit.look('02-ringing');

    await visit.answer();
    const code = await visit.passGate();
    await visit.look('04-code-said');
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
    assert.match(await page.textContent('#claims'), /User namedemo/);
    assert.match(await page.textContent('#claims'), /demo@example\.com/);
    await page.click('#done-step summary');
    assert.equal(JSON.parse(await page.textContent('#all-claims')).token_use, 'id');
    await visit.look('05-signed-in');

    await page.click('#sign-out');
    await visit.shows('#notice', 'You are signed out.');
    assert.equal(await page.evaluate(() => Object.keys(localStorage).join()), '');
  });

  test('says that a code was wrong, and takes the right one', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await visit.sendCode(wrong(code));
    await visit.shows('#error', 'That was not the code. 2 attempts left.');
    assert.equal(await visit.page.textContent('#attempts'), '2');
    assert.equal(await visit.page.evaluate(() => document.activeElement.id), 'code');
    await visit.look('06-wrong-code');
    // As the phone shows it.
    await visit.sendCode([...code].join(', '));
    await visit.shows('h2', 'You are signed in');
    // The tokens don't outlast the visit.
    await visit.page.reload();
    await visit.shows('.phone[data-connected]', '');
    assert.equal(await visit.page.evaluate(() => Object.keys(localStorage).join()), '');
  });

  test('begins again after the last wrong code', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await visit.sendCode(wrong(code));
    await visit.shows('#error', '2 attempts left');
    await visit.sendCode(wrong(code));
    await visit.shows('#error', '1 attempt left');
    await visit.sendCode(wrong(code));
    await visit.shows('#error', /there are no attempts left\. Sign in again\.$/);
    assert.ok(await visit.page.isVisible('#password-step'));
    await visit.shows('.waiting', 'This call belongs to a sign-in that is over.');
    await visit.look('30-call-of-a-sign-in-that-is-over');
    // The next sign-in calls again, and its call is its own.
    await visit.page.click('.hang-up');
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.sendCode(await visit.passGate());
    await visit.shows('h2', 'You are signed in');
  });

  test('has the phone ring again, with the same code, until no calls are left', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await page.click('.hang-up');
    await visit.shows('.status', 'You hung up');

    await page.click('#call-again');
    await visit.shows('#notice', 'We are calling you again, with the same code.');
    await visit.answer();
    assert.equal(await visit.passGate(), code);
    await visit.look('07-called-again');
    // A call that comes during another one waits.
    await page.click('#call-again');
    await visit.shows('.waiting', 'Another call is waiting');
    await visit.look('08-another-call');
    await page.click('.hang-up');
    await visit.shows('.status', 'Incoming call');
    await visit.shows('#call-again[aria-disabled="true"]', 'No more calls');
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
  });

  test('has the call in the language that is chosen', async () => {
    const { username } = await suite.stack.newUser({ attributes: { locale: 'de-DE' } });
    visit = await suite.visit();
    await visit.page.getByLabel('Language of the call').selectOption('French (France)');
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.shows('.language', 'French (France)');
  });

  test('sends nothing before the script is ready, and says if nothing answers', async () => {
    visit = await suite.visit({ expects: /net::ERR_FAILED/ });
    const { page } = visit;
    let letThrough;
    const held = new Promise((resolve) => (letThrough = resolve));
    await page.route('**/local/config', async (route) => {
      await held;
      await route.abort();
    });
    await page.reload();
    await page.fill('#username', 'demo');
    await page.fill('#password', PASSWORD);
    assert.ok(await page.isDisabled('#password-step button'));
    await page.press('#password', 'Enter');
    assert.equal(page.url(), `${suite.stack.endpoint}/`);
    letThrough();
    await visit.shows('#error', 'Nothing answers. Check your connection and try again.');
    await visit.shows('#gone', 'The local stack is gone.');
    assert.ok(await page.isDisabled('#password-step button'));
  });

  test('leaves the focus on the button while the password is checked, and checks it once', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    let letThrough;
    let requests = 0;
    const held = new Promise((resolve) => (letThrough = resolve));
    await page.route(`${suite.stack.endpoint}/`, async (route) => {
      if (/InitiateAuth$/.test(route.request().headers()['x-amz-target'])) requests++;
      await held;
      await route.continue();
    });
    await visit.signIn(username, PASSWORD);
    await visit.shows('#password-step button[aria-disabled="true"]:focus', 'Sign in');
    await page.keyboard.press('Enter');
    letThrough();
    await visit.shows('#code:focus', '');
    assert.equal(requests, 1);
  });

  test('says that name or password is wrong', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(username, 'Wrong-horse-1');
    await visit.shows('#error', 'User name or password is wrong.');
    await visit.look('09-wrong-password');
  });

  test('says what kept the call from being placed', async () => {
    const { username } = await suite.stack.newUser({ phoneNumberVerified: false });
    visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.shows('#error', 'Your phone number was never verified. Ask for help.');

    const busy = await suite.stack.newUser();
    await suite.stack.request('POST', '/local/faults', { next: 10, error: 'LimitExceededException' });
    await visit.signIn(busy.username, PASSWORD);
    await visit.shows('#error', 'All lines are busy. Try again in a minute.');
    await visit.look('10-busy');
    await suite.stack.request('DELETE', '/local/faults');
  });

  test('says how long a new sign-in has to wait after the last wrong code', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.challenges({ callAgainInSeconds: '600' });
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    for (const said of ['2 attempts left', '1 attempt left', /no attempts left\. Sign in again in (10|9) minutes\.$/]) {
      await visit.sendCode(wrong(code));
      await visit.shows('#error', said);
    }
  });

  test('can be given up and begun again', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.shows('.status', 'Incoming call');
    await visit.page.click('#start-over');
    assert.ok(await visit.page.isVisible('#password-step'));
    await visit.shows('.waiting', 'This call belongs to a sign-in that is over.');
    // The second sign-in joins the first: the phone still rings, and the call is its own now.
    await visit.signIn(username, PASSWORD);
    await visit.shows('h2', 'Answer your phone');
    await visit.page.waitForFunction(() => document.querySelector('.waiting').textContent === '');
    await visit.answer();
    await visit.sendCode(await visit.passGate());
    await visit.shows('h2', 'You are signed in');
  });

  test('leaves the focus on the phone where somebody is quicker than the form', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    // Cognito's answer comes after the phone was picked up.
    let letThrough;
    const picked = new Promise((resolve) => (letThrough = resolve));
    await page.route(`${suite.stack.endpoint}/`, async (route) => {
      const response = await route.fetch();
      if (/CUSTOM_CHALLENGE/.test(await response.text())) await picked;
      await route.fulfill({ response });
    });
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.shows('.phone:focus .status', 'In call');
    letThrough();
    await visit.shows('h2', 'Answer your phone');
    await visit.shows('.phone:focus .status', 'In call');
  });

  test('can be used with the keyboard alone', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    const { keyboard } = page;
    const tabTo = async (selector) => {
      for (let tries = 0; tries < 40; tries++) {
        if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
        await keyboard.press('Tab');
      }
      assert.fail(`Tab doesn't reach ${selector}`);
    };
    await tabTo('#username');
    await keyboard.press('Control+A');
    await keyboard.type(username);
    await tabTo('#password');
    await keyboard.press('Control+A');
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await visit.shows('#code:focus', '');
    await visit.shows('.status', 'Incoming call');
    // Digits that go to the form press no keys of the phone.
    await keyboard.type('12');
    await tabTo('.answer');
    await keyboard.press('Enter');
    await visit.shows('.status', 'In call');
    assert.ok(await page.evaluate(() => document.activeElement.matches('.phone')));
    await keyboard.press(await visit.gate());
    const code = await visit.code();
    await keyboard.press('*');
    await visit.shows('.lines .hears', 'You pressed *');
    assert.equal(await page.locator('.lines .hears').count(), 2);
    await tabTo('.hang-up');
    await keyboard.press('Space');
    await visit.shows('.status', 'You hung up');
    await tabTo('#code');
    await keyboard.press('Control+A');
    await keyboard.type(code);
    await keyboard.press('Enter');
    await visit.shows('h2', 'You are signed in');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'You are signed in');
  });
});

describe('the form, when a limit is met', LIMIT, () => {
  let browser, stack, visit;
  before(async () => (browser = await startBrowser()));
  after(() => browser.close());
  afterEach(async () => {
    await visit.end();
    await stack.stop();
  });

  test('says that another call is refused, and keeps the code', async () => {
    stack = await startStack({ OTP_SECONDS_BETWEEN_CALLS: 0, OTP_MAX_CALLS_ALL_DAY: 1 });
    const { username } = await stack.newUser();
    visit = await Visit.to(browser, stack);
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await visit.page.click('#call-again');
    await visit.shows('#error', 'The code that you have still works.');
    await visit.look('12-call-refused');
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
  });

  test('says that the first call is refused while a code works', async () => {
    stack = await startStack();
    const { username } = await stack.newUser();
    visit = await Visit.to(browser, stack);
    const { page } = visit;
    await visit.challenges({ callRefused: 'CALL_LIMIT', callAgainInSeconds: '600' });
    await visit.signIn(username, PASSWORD);
    await visit.shows('#notice', 'We could not call again yet. The code from the last call still works.');
    await visit.shows('#call-again', /Call me again in (10|9) minutes/);
    assert.doesNotMatch(await page.locator('#code-step').innerText(), /We call|Answer/);
    await visit.look('29-first-call-refused');
  });

  test('says for how long a user is locked', async () => {
    // docs/integrate.md has this as the way to try it.
    stack = await startStack({ OTP_LOCKOUT_FAILURES: 1, OTP_SECONDS_BETWEEN_CALLS: 0 });
    const { username } = await stack.newUser();
    visit = await Visit.to(browser, stack);
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.sendCode(wrong(await visit.passGate()));
    await visit.shows('#error', '2 attempts left');
    await visit.page.click('#start-over');
    await visit.signIn(username, PASSWORD);
    await visit.shows('#error', /There were too many wrong codes\. Try again in \d+ (seconds?|minutes?)\./);
  });

  test('says that a code has expired', async () => {
    // The page has this as the way to try it, with more seconds.
    stack = await startStack({ OTP_VALIDITY_SECONDS: 1 });
    const { username } = await stack.newUser();
    visit = await Visit.to(browser, stack);
    await visit.signIn(username, PASSWORD);
    await visit.shows('#error', 'The code has expired. Ask for another call to get a new one.');
  });

  test('says for how long there are no calls to the number', async () => {
    stack = await startStack({ OTP_MAX_CALLS_QUARTER_HOUR: 1 });
    const { username, number } = await stack.newUser();
    visit = await Visit.to(browser, stack);
    await visit.signIn(username, PASSWORD);
    await visit.shows('.status', 'Incoming call');
    await visit.page.click('#start-over');
    await visit.signIn((await stack.newUser({ phoneNumber: number })).username, PASSWORD);
    await visit.shows('#error', /We can't call you yet\. Try again in \d+ (seconds?|minutes?)\./);
  });
});
