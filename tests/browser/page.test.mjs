// The page around form and phone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, wrong } from './browser.mjs';

describe('the page', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  async function signIn(options) {
    const user = await suite.stack.newUser();
    visit = await suite.visit(options);
    await visit.signIn(user.username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    return { ...user, code };
  }

  test('shows what happens behind it: each event, and neither a code nor a whole number', async () => {
    const { number, code } = await signIn();
    const { page } = visit;
    await page.click('#triggers > summary');
    await visit.shows('#trigger-list li', 'create-challenge');
    await visit.sendCode(code);
    await visit.shows('#trigger-list li', 'the code is right');
    await visit.shows('#trigger-list li', 'issue tokens');
    await visit.shows('#trigger-list li', 'tokens may be issued');
    const functions = await page.locator('#trigger-list strong').allTextContents();
    assert.deepEqual(functions.slice(0, 7).reverse(), [
      'define-challenge',
      'define-challenge',
      'create-challenge',
      'speak-code',
      'verify-challenge',
      'define-challenge',
      'gate-tokens',
    ]);
    const all = await page.textContent('#trigger-list');
    assert.match(all, /"challengeAnswer": "\(redacted\)"/);
    assert.match(all, /"phone_number": "\+1\*+\d\d"/);
    assert.match(all, /"email": "u\*\*\*@example\.com"/);
    assert.match(all, /"Code": "\(redacted\)"/);
    assert.ok(![code, [...code].join(', '), number].some((secret) => all.includes(secret)));
    await page.locator('#trigger-list details summary').first().click();
    await visit.look('17-triggers');
  });

  test('watches the events only while they are shown', async () => {
    const init = () => {
      globalThis.sources = [];
      globalThis.EventSource = class extends EventSource {
        constructor(...parameters) {
          super(...parameters);
          globalThis.sources.push(this);
        }
      };
    };
    visit = await suite.visit({ init });
    const { page } = visit;
    const states = () =>
      page.evaluate(() => sources.filter(({ url }) => url.endsWith('/local/triggers')).map(({ readyState }) => readyState));
    assert.deepEqual(await states(), []);
    const [OPEN, CLOSED] = [1, 2];
    for (const expected of [OPEN, CLOSED]) {
      await page.click('#triggers > summary');
      await page.waitForFunction(
        (state) => sources.some(({ url, readyState }) => url.endsWith('/local/triggers') && readyState === state),
        expected,
      );
    }
    assert.deepEqual(await states(), [CLOSED]);
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`fits a small screen, ${colorScheme}`, async () => {
      const small = { viewport: { width: 360, height: 740 }, colorScheme };
      await signIn(small);
      await visit.look(`18-small-${colorScheme}`);
      await visit.page.click('#triggers > summary');
      await visit.shows('#trigger-list li', 'create-challenge');
      await visit.look(`19-small-triggers-${colorScheme}`);
      await visit.page.reload();
      await visit.look(`20-small-start-${colorScheme}`);
    });
  }

  test('has a dark side', async () => {
    const { code } = await signIn({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await visit.look('21-dark');
    await visit.sendCode(wrong(code));
    await visit.shows('#error', 'That was not the code.');
    await visit.look('22-dark-wrong-code');
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
    await visit.page.click('#triggers > summary');
    await visit.shows('#trigger-list li', 'issue tokens');
    await visit.look('23-dark-signed-in');
  });

  test('does not move where no motion is wanted', async () => {
    const user = await suite.stack.newUser();
    visit = await suite.visit({ reducedMotion: 'reduce' });
    await visit.signIn(user.username, PASSWORD);
    await visit.shows('.status', 'Incoming call');
    assert.equal(await visit.page.evaluate(() => document.getAnimations().length), 0);
  });
});
