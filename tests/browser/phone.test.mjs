// The phone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, Visit, startBrowser, startStack } from './browser.mjs';

describe('the phone', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  async function rings(options) {
    const user = await suite.stack.newUser();
    visit = await suite.visit(options);
    await visit.signIn(user.username, PASSWORD);
    await visit.shows('.status', 'Incoming call');
    return user;
  }

  const endedBy = async (number) => (await suite.stack.endedCall(number)).endedBy;

  test('shows who calls, what is said, and its keys', async () => {
    await rings({ init: () => (speechSynthesis.getVoices = () => []) });
    // The call waits for the page to say that it was heard.
    await visit.page.route('**/heard', () => {});
    assert.match(await visit.page.textContent('.who'), /^\+1 206 555 0\d{3}$/);
    assert.equal(await visit.page.isVisible('.keypad'), false);
    await visit.answer();
    await visit.shows('.status', 'In call');
    await visit.hear(/Example/);
    assert.equal(await visit.page.locator('.keypad button:visible').count(), 12);
    assert.equal(await visit.page.locator('.lines .says').first().getAttribute('lang'), 'en-US');
    assert.equal(await visit.page.locator('.lines .says').first().getAttribute('dir'), 'ltr');
    await visit.shows('.phone-settings .hint', 'This browser has no voice for American English: read along.');
    await visit.look('03-in-call');
  });

  test('says goodbye and no code after three wrong keys', async () => {
    await rings();
    await visit.answer();
    const other = (await visit.gate()) === '5' ? '6' : '5';
    for (let times = 1; times <= 3; times++) {
      await visit.page.waitForFunction((times) => {
        const lines = [...document.querySelectorAll('.says')];
        return lines.length > times && lines.at(-1).classList.contains('current');
      }, times);
      await visit.page.click(`.key[data-key="${other}"]`);
    }
    await visit.shows('.status', 'The service hung up');
    assert.doesNotMatch((await visit.said()).join(), /\d, \d/);
    assert.match((await visit.said()).join(), /Goodbye/);
    await visit.look('13-goodbye');
  });

  test('stops the sign-in by 0, and the next one says so', async () => {
    const { username } = await rings();
    await visit.answer();
    await visit.gate();
    await visit.look('13-before-0');
    await visit.page.click('.key[data-key="0"]');
    await visit.hear(/The sign-in is stopped/);
    await visit.shows('.status', 'You said that it was not you');
    assert.doesNotMatch((await visit.said()).join(), /\d, \d/);
    await visit.look('13-stopped');
    await visit.sendCode('123456');
    await visit.shows('.message', 'was not the code');
    await visit.page.click('#start-over');
    await visit.signIn(username, PASSWORD);
    await visit.shows('#error', /A sign-in was stopped from your phone\. Try again in 1\d minutes\./);
    await visit.look('13-denied');
  });

  test('says sorry if the code can not be had, and the next call has it', async () => {
    await rings();
    await suite.stack.request('POST', '/local/faults', { service: 'lambda', next: 3, error: 'Unhandled' });
    await visit.answer();
    await visit.page.click(`.key[data-key="${await visit.gate()}"]`);
    await visit.hear(/Sorry/);
    await visit.shows('.status', 'The service hung up');
    assert.doesNotMatch((await visit.said()).join(), /\d, \d/);
    await visit.page.click('#call-again');
    await visit.answer();
    await visit.sendCode(await visit.passGate());
    await visit.shows('h2', 'You are signed in');
  });

  test('declines', async () => {
    const { number } = await rings();
    await visit.page.click('.decline');
    await visit.shows('.status', 'You declined the call');
    assert.equal(await endedBy(number), 'declined');
    await visit.look('15-declined');
  });

  test('hangs up in the middle of a word', async () => {
    const { number } = await rings();
    await visit.answer();
    await visit.hear(/Example/);
    await visit.page.click('.hang-up');
    await visit.shows('.status', 'You hung up');
    assert.equal(await endedBy(number), 'callee');
  });

  test('lets the service hang up, and keeps what was said to be read', async () => {
    const { number } = await rings();
    await visit.answer();
    const code = await visit.passGate();
    await visit.page.evaluate(() => letGo());
    await visit.shows('.status', 'The service hung up');
    assert.equal(await endedBy(number), 'flow');
    assert.equal(await visit.code(), code);
    await visit.look('16-over');
  });

  test('takes the calls to the number that it is given', async () => {
    const { username, number } = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    await page.fill('#number', number);
    await page.press('#number', 'Enter');
    await visit.shows('.who', `+1 206 555 0${number.slice(-3)}`);
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    await visit.shows('.status', 'In call');
  });

  test('asks for a number that is one', async () => {
    visit = await suite.visit();
    const { page } = visit;
    await page.fill('#number', '<img src=/x>');
    await page.press('#number', 'Tab');
    await visit.shows('.status', 'Give this phone a number');
    assert.equal(await page.locator('.phone img').count(), 0);
    await page.fill('#number', '+1 (206) 555-0142');
    await page.press('#number', 'Tab');
    await visit.shows('.status', 'No call');
    await visit.shows('.who', '+1 206 555 0142');
    assert.equal(await page.inputValue('#number'), '+12065550142');
  });

  test('keeps the number that it was given, whoever signs in', async () => {
    visit = await suite.visit();
    const { page } = visit;
    await page.fill('#number', '+12065550142');
    await page.press('#number', 'Tab');
    await page.click('#password-step button.main');
    await visit.shows('#code:focus', '');
    assert.equal(await page.inputValue('#number'), '+12065550142');
    await visit.shows('.status', 'No call');
  });

  test('sends keys in the order in which they are pressed', async () => {
    await rings();
    const { page } = visit;
    await visit.answer();
    await visit.passGate();
    const sent = [];
    let letThrough;
    const held = new Promise((resolve) => (letThrough = resolve));
    await page.route('**/keys', async (route) => {
      sent.push(route.request().postDataJSON().keys);
      await held;
      await route.continue();
    });
    await page.click('.key[data-key="*"]');
    await page.click('.key[data-key="#"]');
    // Another request goes out after all that the keys have had sent.
    await page.evaluate(() => fetch('/local/config'));
    assert.deepEqual(sent, ['*']);
    letThrough();
    await visit.shows('.hears', 'You pressed #');
    assert.deepEqual(sent, ['*', '#']);
  });

  test('speaks in the language of the call, a code slowly, and stops at a key', async () => {
    await rings();
    const { page } = visit;
    await visit.answer();
    await visit.passGate();
    await page.waitForFunction(() => globalThis.spoken.some(({ rate }) => rate < 1));
    const spoken = await page.evaluate(() => globalThis.spoken);
    assert.ok(spoken.every(({ lang }) => lang === 'en-US'), JSON.stringify(spoken));
    for (const { text, rate } of spoken) assert.equal(rate < 1, /\d, \d/.test(text), text);
    const before = await page.evaluate(() => speechSynthesis.cancelled);
    await page.click('.key[data-key="9"]');
    await page.waitForFunction((before) => speechSynthesis.cancelled > before, before);

    const voices = await page.evaluate(async () => {
      const { Speech } = await import('/page/speech.js');
      letGo();
      globalThis.spoken.length = 0;
      const speech = new Speech();
      for (const language of ['zh-CN', 'de-DE', 'en-AU', 'fi-FI']) await speech.say('a test', language);
      speech.isAloud = false;
      await speech.say('a test', 'de-DE');
      return globalThis.spoken.filter(({ text }) => text === 'a test').map(({ lang }) => lang);
    });
    assert.deepEqual(voices, ['zh-CN', 'de_DE', 'en-GB']);
  });

  test('says nothing more of a line that was stopped, not even if a part of it came to its end', async () => {
    visit = await suite.visit();
    const said = await visit.page.evaluate(async () => {
      const { Speech } = await import('/page/speech.js');
      let utterance;
      speechSynthesis.speak = (given) => (utterance = given);
      speechSynthesis.cancel = () => {};
      const speech = new Speech();
      const saying = speech.say('Your code is 1, 2, 3, 4', 'en-US');
      speech.stop();
      utterance.onend();
      await saying;
      // Everything that the end of that part causes has happened by the next task.
      await new Promise((resolve) => setTimeout(resolve));
      return utterance.text;
    });
    assert.equal(said, 'Your code is ');
  });
});

describe('the phone on two pages', LIMIT, () => {
  test('is spoken where it was answered, and elsewhere only once that page is gone', async () => {
    const [browser, stack] = await Promise.all([startBrowser(), startStack()]);
    try {
      const { username, number } = await stack.newUser();
      const other = await Visit.to(browser, stack);
      await other.page.fill('#number', number);
      await other.page.press('#number', 'Tab');
      await other.shows('.who', `+1 206 555 0${number.slice(-3)}`);
      const visit = await Visit.to(browser, stack);
      await visit.signIn(username, PASSWORD);
      await other.shows('.status', 'Incoming call');
      await visit.answer();
      await other.shows('.status', 'Answered on another page');
      const code = await visit.passGate();
      assert.equal(await other.code(), code);
      await visit.page.waitForFunction(() => spoken.some(({ rate }) => rate < 1));
      await other.look('27-answered-elsewhere');
      assert.deepEqual(await other.page.evaluate(() => spoken), []);
      await visit.end();
      await other.shows('.status', 'In call');
      await other.page.waitForFunction(() => spoken.some(({ rate }) => rate < 1));
      await other.page.click('.hang-up');
      await other.shows('.status', 'You hung up');
      await other.end();
    } finally {
      await Promise.all([browser.close(), stack.stop()]);
    }
  });
});

describe('the phone that nobody answers', LIMIT, () => {
  test('rings until the call is missed', async () => {
    const [browser, stack] = await Promise.all([startBrowser(), startStack({ CONNECT_RING_TIMEOUT_SECONDS: 15 })]);
    try {
      const { username, number } = await stack.newUser();
      const visit = await Visit.to(browser, stack);
      await visit.signIn(username, PASSWORD);
      await visit.shows('.status', 'Missed call: nobody answered');
      assert.equal((await stack.endedCall(number)).endedBy, 'no-answer');
      await visit.look('14-missed');
      await visit.end();
    } finally {
      await Promise.all([browser.close(), stack.stop()]);
    }
  });
});

describe('the phone, when the stack is started again', LIMIT, () => {
  test('forgets the call that rang, and the events', async () => {
    const browser = await startBrowser();
    let stack = await startStack();
    try {
      const { username } = await stack.newUser();
      // Meanwhile nothing answers.
      const visit = await Visit.to(browser, stack, { expects: /net::ERR_/ });
      const { page } = visit;
      await page.click('#triggers > summary');
      await visit.signIn(username, PASSWORD);
      await visit.shows('.status', 'Incoming call');
      await visit.shows('#trigger-list li', 'create-challenge');
      await stack.stop();
      await visit.shows('.status', 'No connection');
      await visit.shows('#gone', 'The local stack is gone. Start it again: ./local, or cargo run -p local in the source');
      assert.equal(await page.isVisible('.answer'), false);
      await visit.look('28-gone');
      stack = await startStack({}, new URL(stack.endpoint).port);
      await visit.shows('.phone[data-connected] .status', 'No call');
      assert.equal(await page.isVisible('.answer'), false);
      await page.waitForFunction(() => document.querySelector('#gone').textContent === '');
      await visit.shows('#no-triggers', 'Nothing yet.');
      assert.equal(await page.locator('#trigger-list li').count(), 0);
      await visit.end();
    } finally {
      await Promise.all([browser.close(), stack.stop()]);
    }
  });
});

describe('the phone, in another language', LIMIT, () => {
  test('shows what is said as that language is written', async () => {
    const [browser, stack] = await Promise.all([startBrowser(), startStack()]);
    try {
      const { username, number } = await stack.newUser({ attributes: { locale: 'ar' } });
      const visit = await Visit.to(browser, stack);
      await visit.signIn(username, PASSWORD);
      await visit.answer();
      // The digits are words there, and stand beneath as digits.
      const [{ attributes }] = await stack.calls(number);
      await visit.shows('.lines .says.current', attributes.GatePrompt);
      const [digit] = await visit.page.textContent('.says.current .digits');
      await visit.page.click(`.key[data-key="${digit}"]`);
      assert.equal((await visit.page.locator('.lines strong').first().textContent()).split(', ').length, 6);
      const code = await visit.page.locator('.lines strong + .digits').first().textContent();
      const line = visit.page.locator('.lines .says').first();
      assert.equal(await line.getAttribute('lang'), 'ar-AE');
      assert.equal(await line.getAttribute('dir'), 'rtl');
      await visit.shows('.language', 'Arabic');
      await visit.look('26-arabic');
      await visit.sendCode(code.replaceAll(', ', ''));
      await visit.shows('h2', 'You are signed in');
      await visit.end();
    } finally {
      await Promise.all([browser.close(), stack.stop()]);
    }
  });
});
