// What the page offers besides form and phone.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { LIMIT, PASSWORD, Suite } from './browser.mjs';

describe('the panels', LIMIT, () => {
  // As without --limits.
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0, OTP_MAX_CALLS_QUARTER_HOUR: 0 });
  let visit;

  async function tries(scenario) {
    visit = await suite.visit();
    await visit.page.click('#scenarios > summary');
    await visit.page.click(`#scenarios button:text-is("${scenario}")`);
    await visit.shows('#scenarios > [role="status"]', / the form is filled in\./);
  }

  test('have what an app needs, to be copied', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    visit = await suite.visit({ permissions });
    const { page } = visit;
    await page.click('#for-your-app > summary');
    await visit.look('31-for-your-app');
    await page.click('#for-your-app button');
    await visit.shows('#for-your-app [role="status"]', 'Copied.');
    const { userPoolId, clientId } = suite.stack.config;
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.deepEqual(copied, { userPoolId, clientId, endpoint: suite.stack.endpoint });
  });

  test('have commands to be copied: for codes that expire, and to forget devices', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    visit = await suite.visit({ permissions });
    const { page } = visit;
    const copied = async (part) => {
      await page.click(`${part} button`);
      await visit.shows(`${part} [role="status"]`, 'Copied.');
      return page.evaluate(() => navigator.clipboard.readText());
    };
    await page.click('#scenarios > summary');
    await visit.look('31-commands');
    assert.equal(await copied('#expiring'), `${suite.stack.config.command} --set OTP_VALIDITY_SECONDS=20`);
    const { stdout } = await promisify(execFile)('sh', ['-c', await copied('#forgetting')]);
    assert.match(stdout, /There is nothing to forget\.$/m);
  });

  for (const [scenario, language] of [
    ['A call in German', 'German (Germany)'],
    ['A call in Arabic', 'Arabic (United Arab Emirates)'],
  ]) {
    test(`have ${scenario}`, async () => {
      await tries(scenario);
      await visit.page.click('#password-step button.main');
      await visit.answer();
      await visit.shows('.language', language);
      await visit.look(`32-${language.split(' ')[0].toLowerCase()}`);
    });
  }

  for (const [scenario, said] of [
    ['A number that is not verified', 'Your phone number was never verified.'],
    ['No number', 'You have no phone number with us.'],
    ['A user who is locked', /There were too many wrong codes\. Try again in 1\d minutes\./],
    ['Connect is busy', 'All lines are busy.'],
  ]) {
    test(`have ${scenario}`, async () => {
      await tries(scenario);
      await visit.page.click('#password-step button.main');
      await visit.shows('#error', said);
    });
  }

  test('leave the sign-in alone that waits for its code', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await visit.page.click('#scenarios > summary');
    await visit.page.click('#scenarios button:text-is("A user who is locked")');
    await visit.shows('#scenarios > [role="status"]', / the form is filled in\./);
    await visit.sendCode(code);
    await visit.shows('#done-step h2', 'You are signed in');
  });

  test('have the cause of an error and what to do about it', async () => {
    await tries('Connect is busy');
    await visit.page.click('#triggers > summary');
    await visit.page.click('#password-step button.main');
    await visit.shows('#trigger-list .advice', /^LimitExceededException: raise the Connect quota/);
    await visit.look('33-advice');
  });
});
