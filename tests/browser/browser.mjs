// Headless Chromium, and a visit to the page that must stay quiet.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startStack } from '../clients/javascript/stack.mjs';

export { LIMIT, PASSWORD, startStack, wrong } from '../clients/javascript/stack.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCREENSHOTS = path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target', 'screenshots');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Chromium has no voices here. These voices say every text at once. But they end a question or a code only when they
 * are cancelled, or after `letGo()`. So a call waits for the test, however slow the machine is. */
function holdingVoices() {
  const spoken = (globalThis.spoken = []);
  // The word after the bar is "press" in Arabic, which has words for digits.
  const held = /\d|اضغطوا/;
  let current;
  let lets = false;
  globalThis.letGo = () => {
    lets = true;
    current?.onend();
  };
  const synthesis = {
    cancelled: 0,
    getVoices: () => ['ar', 'zh-CN', 'de_DE', 'en-GB', 'en-US'].map((lang) => ({ lang })),
    cancel: () => {
      synthesis.cancelled++;
      current?.onerror();
      current = undefined;
    },
    speak: (utterance) => {
      const { text, lang, rate } = utterance;
      spoken.push({ text, lang, rate });
      current = utterance;
      setTimeout(() => {
        if (current !== utterance) return;
        utterance.onstart();
        if (lets || !held.test(text)) utterance.onend();
      });
    },
  };
  Object.defineProperty(globalThis, 'speechSynthesis', { value: synthesis });
  globalThis.SpeechSynthesisUtterance = class {
    constructor(text) {
      this.text = text;
    }
  };
}

/** Somebody with the page open. */
export class Visit {
  #context;
  #complaints = [];

  /** Opens a page of the stack. `options` are those of Playwright's contexts. `init` runs in the page before everything
   * else, with `given` as its argument. `prepare` gets the page before it is opened. The page may log the errors that
   * `expects` matches. */
  static async to(browser, stack, { init, given, prepare, expects, ...options } = {}) {
    const visit = new Visit();
    const context = (visit.#context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options }));
    const page = (visit.page = await context.newPage());
    page.setDefaultTimeout(300_000);
    page.on('console', (message) => {
      // Chromium's word for each refusal of Cognito's. What the page makes of it, the tests see.
      if (/Failed to load resource.* 400 /.test(message.text())) return;
      if (expects?.test(message.text())) return;
      if (['error', 'warning'].includes(message.type())) visit.#complaints.push(message.text());
    });
    page.on('pageerror', (error) => visit.#complaints.push(String(error)));
    await context.route('**', (route) => {
      const url = route.request().url();
      if (url.startsWith(`${stack.endpoint}/`)) return route.continue();
      visit.#complaints.push(`a request to ${url}`);
      return route.abort();
    });
    await page.addInitScript(holdingVoices);
    if (init) await page.addInitScript(init, given);
    await prepare?.(page);
    await page.goto(stack.endpoint);
    // The script has run, and the phone is connected.
    await page.locator('.phone[data-connected]').waitFor();
    return visit;
  }

  /** Ends it, and says what should not have been: errors, and requests to anywhere else. */
  async end() {
    await this.#context.close();
    assert.deepEqual(this.#complaints, []);
  }

  /** From now on, the pool's answers are what `change` makes of them, which gets and gives status and JSON. */
  async answers(change) {
    await this.page.route(({ pathname }) => pathname === '/', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      const response = await route.fetch();
      const { status, json } = change({ status: response.status(), json: await response.json() });
      await route.fulfill({ response, status, json });
    });
  }

  /** From now on, challenges have these parameters too. */
  challenges(parameters) {
    return this.answers(({ status, json }) => {
      if (json.ChallengeName === 'CUSTOM_CHALLENGE') Object.assign(json.ChallengeParameters, parameters);
      return { status, json };
    });
  }

  async signIn(username, password) {
    await this.page.fill('#username', username);
    await this.page.fill('#password', password);
    await this.page.click('#password-step button.main');
  }

  /** Waits for a call, and takes it. */
  async answer() {
    await this.page.click('.answer');
  }

  /** What the phone has said so far, line by line. */
  said() {
    return this.page.locator('.lines .says').allTextContents();
  }

  /** What is said, as soon as it has this in it. */
  async hear(pattern) {
    const line = this.page.locator('.lines .says', { hasText: pattern }).last();
    await line.waitFor();
    return (await line.textContent()).match(pattern);
  }

  /** Presses the key that the call asks for, and resolves to the code. */
  async passGate() {
    await this.page.click(`.key[data-key="${await this.gate()}"]`);
    return this.code();
  }

  /** The key that the call asks for, while it does: the first of two digits in what is said. The other is 0. */
  async gate() {
    const question = this.page.locator('.lines .says.current', { hasText: /^\D*[1-9]\D*0\D*$/ });
    return (await question.textContent()).match(/\d/)[0];
  }

  async code() {
    return (await this.hear(/\d(?:, \d){3,}/))[0].replaceAll(', ', '');
  }

  async sendCode(code) {
    await this.page.fill('#code', code);
    await this.page.click('#send-code');
  }

  /** That all of an element is in the viewport, but for a part of a pixel: pages scroll by whole ones. */
  async assertInView(selector) {
    const { top, bottom, screen } = await this.page.locator(selector).evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return { top, bottom, screen: innerHeight };
    });
    assert.ok(top > -1 && top < bottom && bottom < screen + 1, `${selector} is at ${top} to ${bottom} of ${screen}`);
  }

  shows(selector, text) {
    return this.page.locator(selector, { hasText: text }).first().waitFor();
  }

  /** A picture of what is in view, for people. */
  async snap(name) {
    await mkdir(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  /** A picture of all, and what axe finds of WCAG 2, contrast among it. */
  async look(name) {
    const { page } = this;
    await mkdir(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
    await assertAccessible(page, name, ['best-practice']);
    const [width, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width <= shown, `${name} is ${width} px wide, of which ${shown} px are seen`);
  }
}

/** That axe finds nothing against WCAG 2, nor against the other rules that are named. */
export async function assertAccessible(page, name, rules = []) {
  // Not as a script tag, which the page's policy forbids.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = await page.evaluate((runOnly) => globalThis.axe.run({ runOnly }), [
    ...['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    ...rules,
  ]);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  assert.deepEqual(found, [], name);
}

/** A browser and a stack for the tests of the `describe` that makes it. They start before its first test and stop after its
 * last. Each visit ends with its test. */
export class Suite {
  #browser;
  #visits = [];

  constructor(settings) {
    before(async () => {
      [this.#browser, this.stack] = await Promise.all([startBrowser(), startStack(settings)]);
    });
    after(() => Promise.all([this.#browser.close(), this.stack.stop()]));
    afterEach(async () => {
      for (const visit of this.#visits.splice(0)) await visit.end();
    });
  }

  /** Opens a page of the stack, with the options of `Visit.to`. */
  async visit(options) {
    const visit = await Visit.to(this.#browser, this.stack, options);
    this.#visits.push(visit);
    return visit;
  }
}
