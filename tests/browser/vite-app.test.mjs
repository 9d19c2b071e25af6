// A new app made with Vite, React and strict TypeScript, which installs the npm package. The README of the package has its
// files. Before: clients/javascript/install.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { assertAccessible, LIMIT, PASSWORD, startBrowser, startStack, wrong } from './browser.mjs';

const APP = fileURLToPath(new URL('../clients/vite-app/', import.meta.url));
const appRequire = createRequire(path.join(APP, 'package.json'));
const { build, preview } = await import(pathToFileURL(appRequire.resolve('vite')));

describe('a new app', LIMIT, () => {
  let browser, outDirs, stack;
  before(async () => {
    outDirs = await mkdtemp(path.join(tmpdir(), 'vite-app-'));
    [browser, stack] = await Promise.all([startBrowser(), startStack({ OTP_MAX_CALLS: 2, OTP_SECONDS_BETWEEN_CALLS: 5 })]);
    const { region, userPoolId, clientId, endpoint } = stack.config;
    const variables = { VITE_REGION: region, VITE_USER_POOL_ID: userPoolId, VITE_CLIENT_ID: clientId, VITE_ENDPOINT: endpoint };
    Object.assign(process.env, variables);
  });
  after(() => Promise.all([browser.close(), stack.stop(), rm(outDirs, { recursive: true })]));

  test('is strict TypeScript', async () => {
    const { stdout } = await promisify(execFile)(path.join(APP, 'node_modules/.bin/tsc'), ['--project', APP]).catch((error) => {
      // It writes what it finds to stdout.
      throw new Error([error.message, error.stdout, error.stderr].join('\n'));
    });
    assert.equal(stdout, '');
  });

  for (const [library, file] of [
    ['Amplify', 'sign-in.ts'],
    ['amazon-cognito-identity-js', 'sign-in.identity-js.ts'],
    ['the AWS SDK', 'sign-in.aws-sdk.ts'],
  ]) {
    test(`with ${library} signs in by call, and then by a trusted device`, async () => {
      const { username, number } = await stack.newUser();
      const app = await startApp(file);
      const page = await browser.newPage();
      page.setDefaultTimeout(300_000);
      try {
        await page.goto(app.url);
        await assertAccessible(page, 'the form for the password');
        const signIn = async (password) => {
          await page.getByLabel('User name').fill(username);
          await page.getByLabel('Password').fill(password);
          await page.getByRole('button', { name: 'Sign in' }).click();
        };
        await signIn('Wrong-horse-1');
        await page.getByText('User name or password is wrong.').waitFor();

        await signIn(PASSWORD);
        await page.getByText('Attempts left: 3.').waitFor();
        // Not what was typed into the form before.
        assert.equal(await page.getByLabel('Code').inputValue(), '');
        const code = await stack.spokenCode(number);
        await page.getByLabel('Code').fill(wrong(code));
        await page.getByText('Continue').click();
        await page.getByText('That was not the code. 2 attempts left.').waitFor();
        assert.ok(await page.getByText('Continue').evaluate((button) => button === document.activeElement));
        assert.equal(await page.getByLabel('Code').getAttribute('aria-invalid'), 'true');
        await assertAccessible(page, 'the form for the code');
        // Waits until the button is enabled. An attempt would be lost if that were too early.
        await page.getByRole('button', { name: 'Call me again' }).click();
        await page.getByText('We are calling you again, with the same code.').waitFor();
        assert.ok(await page.getByRole('button', { name: 'No more calls' }).isDisabled());

        await page.reload();
        await page.getByText('Attempts left: 2.').waitFor();
        await page.getByLabel('Trust this device for 30 days').check();
        await page.getByLabel('Code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
        await page.getByText('Continue').click();
        await page.getByRole('heading', { name: /^You are signed in$/ }).waitFor();
        const calls = (await stack.calls(number)).length;

        await page.reload();
        await signIn(PASSWORD);
        await page.getByRole('heading', { name: 'You are signed in: this device is trusted' }).waitFor();
        assert.equal((await stack.calls(number)).length, calls);
      } finally {
        await page.context().close();
        await app.stop();
      }
    });
  }

  for (const [storage, breakIt] of [
    ['none', () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined })],
    [
      'one that keeps no keys',
      () => {
        IDBObjectStore.prototype.add = () => {
          throw new DOMException('No.', 'DataCloneError');
        };
      },
    ],
  ]) {
    test(`in a browser with ${storage} has no tick box that does nothing`, async () => {
      const { username, number } = await stack.newUser();
      const app = await startApp('sign-in.ts');
      const page = await browser.newPage();
      page.setDefaultTimeout(300_000);
      const errors = [];
      page.on('pageerror', (error) => errors.push(error));
      try {
        await page.addInitScript(breakIt);
        await page.goto(app.url);
        await page.getByLabel('User name').fill(username);
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByLabel('Code').waitFor();
        const box = page.getByLabel('Trust this device for 30 days');
        // What reads but does not write is found out at the click.
        if (storage !== 'none') await box.click();
        await box.waitFor({ state: 'detached' });
        await page.getByLabel('Code').fill(await stack.spokenCode(number));
        await page.getByText('Continue').click();
        await page.getByRole('heading', { name: /^You are signed in$/ }).waitFor();
        assert.deepEqual(errors, []);
      } finally {
        await page.context().close();
        await app.stop();
      }
    });
  }

  /** The app, built once with each of its ways to make `signIn`. */
  async function startApp(file) {
    const outDir = path.join(outDirs, file);
    if (!existsSync(outDir)) {
      await build({
        root: APP,
        logLevel: 'warn',
        resolve: { alias: [{ find: './sign-in', replacement: path.join(APP, 'src', file) }] },
        // As the README of the package says.
        ...(file === 'sign-in.identity-js.ts' && { define: { global: 'globalThis' } }),
        build: { outDir, emptyOutDir: true },
      });
    }
    const server = await preview({
      root: APP,
      logLevel: 'warn',
      build: { outDir },
      preview: { port: 0, host: '127.0.0.1' },
    });
    const { port } = server.httpServer.address();
    return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
  }
});
