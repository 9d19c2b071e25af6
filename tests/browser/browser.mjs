// Headless Chromium, and a visit to the page that must stay quiet.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export { PASSWORD, startStack, wrong } from '../clients/javascript/stack.mjs';

/** For `describe`: what takes longer waits in vain. */
export const LIMIT = { timeout: 600_000 };

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

/** For `init`: Chromium has no voices here. These say at once whatever they are given, but never come to the end of a
 * code unless `globalThis.lets`: so a call lasts until somebody hangs up. */
export function holdingVoices() {
  const spoken = (globalThis.spoken = []);
  const synthesis = {
    cancelled: 0,
    getVoices: () => [{ lang: 'zh-CN' }, { lang: 'de_DE' }, { lang: 'en-GB' }, { lang: 'en-US' }],
    cancel: () => synthesis.cancelled++,
    speak: (utterance) => {
      const { text, lang, rate } = utterance;
      spoken.push({ text, lang, rate });
      setTimeout(() => {
        utterance.onstart();
        if (!/, \d, /.test(text) || globalThis.lets) utterance.onend();
      }, 20);
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

  /** Opens a page of the stack; `options` are those of Playwright's contexts, `init` runs in it before all else, and it
   * may complain of what `expects` matches. */
  static async to(browser, stack, { path = '/', init, expects, ...options } = {}) {
    const visit = new Visit();
    const context = (visit.#context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options }));
    const page = (visit.page = await context.newPage());
    page.setDefaultTimeout(40_000);
    page.on('console', (message) => {
      // Chromium's word for each refusal of Cognito's. What the page makes of it, the tests see.
      if (/Failed to load resource.* 400 /.test(message.text())) return;
      // Amplify's word for whatever isn't AWS itself.
      if (/custom Amazon Amazon Cognito User Pool endpoint/.test(message.text())) return;
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
    if (init) await page.addInitScript(init);
    await page.goto(stack.endpoint + path);
    // The script has run, and the phone is connected.
    await page.locator('.phone[data-connected]').waitFor();
    return visit;
  }

  /** Ends it, and says what should not have been: errors, and requests to anywhere else. */
  async end() {
    await this.#context.close();
    assert.deepEqual(this.#complaints, []);
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

  /** Presses the key that the call asks for, if it asks for one, and resolves to the code. */
  async passGate() {
    const digit = await this.gate();
    if (digit) await this.page.click(`.key[data-key="${digit}"]`);
    return this.code();
  }

  /** The key that the call asks for: the one digit in what it says. */
  async gate() {
    const [, digit] = await this.hear(/^\D*(\d)\D*$|\d(?:, \d){3,}/);
    return digit;
  }

  async code() {
    return (await this.hear(/\d(?:, \d){3,}/))[0].replaceAll(', ', '');
  }

  async sendCode(code) {
    await this.page.fill('#code', code);
    await this.page.click('#send-code');
  }

  shows(selector, text) {
    return this.page.locator(selector, { hasText: text }).first().waitFor();
  }

  /** A picture for people, and what axe finds of WCAG 2, contrast among it. */
  async look(name) {
    const { page } = this;
    await mkdir(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
    // Not as a script tag, which the page's policy forbids.
    await page.evaluate(await (await import('node:fs/promises')).readFile(AXE, 'utf8'));
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    );
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    assert.deepEqual(found, [], name);
    const [width, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width <= shown, `${name} is ${width} px wide, of which ${shown} px are seen`);
  }
}
