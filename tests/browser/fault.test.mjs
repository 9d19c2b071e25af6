// What the pages say of errors.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite } from './browser.mjs';

describe('an error', LIMIT, () => {
  const suite = new Suite();
  let visit;

  for (const [name, said] of [
    ['PasswordResetRequiredException', 'Your password must be reset'],
    ['UserNotConfirmedException', 'Your sign-up is not confirmed yet.'],
  ]) {
    test(`${name} asks for no code`, async () => {
      visit = await suite.visit();
      await visit.answers(() => ({ status: 400, json: { __type: name, message: 'No.' } }));
      await visit.signIn('demo', PASSWORD);
      await visit.shows('#error', said);
      assert.equal(await visit.page.isVisible('#code-step'), false);
    });
  }

  for (const [step, ChallengeParameters, said] of [
    ['NEW_PASSWORD_REQUIRED', { userAttributes: '{}', requiredAttributes: '[]' }, 'You must choose a new password'],
    ['SMS_MFA', { CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS' }, 'Your sign-in needs another step'],
  ]) {
    test(`${step} asks for no code`, async () => {
      visit = await suite.visit();
      await visit.answers(({ status, json }) => {
        if (json.ChallengeName !== 'CUSTOM_CHALLENGE') return { status, json };
        return { status, json: { ChallengeName: step, Session: json.Session, ChallengeParameters } };
      });
      await visit.signIn((await suite.stack.newUser()).username, PASSWORD);
      await visit.shows('#error', said);
      assert.equal(await visit.page.isVisible('#code-step'), false);
    });
  }

  test('that the developer made says what to change', async () => {
    visit = await suite.visit();
    const message = 'Custom auth lambda trigger is not configured for the user pool.';
    await visit.answers(() => ({ status: 400, json: { __type: 'InvalidParameterException', message } }));
    await visit.signIn('demo', PASSWORD);
    await visit.shows('#error', /^You can't sign in at the moment\. .* For the developer: .*voice-otp doctor/);
  });

  test('of the connection keeps the form, and the code can be sent again', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit({ expects: /net::ERR_FAILED/ });
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    const url = `${suite.stack.endpoint}/`;
    await visit.page.route(url, (route) => route.abort());
    await visit.sendCode(code);
    await visit.shows('#error', 'Nothing answers. Check your connection and try again.');
    await visit.page.unroute(url);
    await visit.page.click('#send-code');
    await visit.shows('h2', 'You are signed in');
  });

  test('in what was typed costs no attempt', async () => {
    const { username } = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.shows('#code:focus', '');
    await visit.sendCode('12345');
    await visit.shows('#error', 'The code has 6 digits.');
    assert.equal(await visit.page.textContent('#attempts'), '3');
  });
});
