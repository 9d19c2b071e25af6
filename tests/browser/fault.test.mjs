// What the pages say of errors.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
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

  async function sentences(errors, sent) {
    visit = await suite.visit();
    return visit.page.evaluate(
      async ([errors, sent]) => {
        const { sentence } = await import('/page/fault.js');
        return errors.map((error) => sentence(error, sent));
      },
      [errors, sent],
    );
  }

  test("has a sentence for each error word, in both libraries' errors", async () => {
    const page = await readFile(new URL('../../docs/reference/error-words.md', import.meta.url), 'utf8');
    const words = [...page.matchAll(/^## ([A-Z_]+)$/gm)].map(([, word]) => word);
    assert.ok(words.length >= 13, String(words));
    const message = (word) => `CreateAuthChallenge failed with error Something [${word}].`;
    const inCode = words.map((word) => ({ code: 'UserLambdaValidationException', message: message(word) }));
    const inName = words.map((word) => ({ name: 'UserLambdaValidationException', message: message(`${word} 90`) }));
    const said = await sentences([...inCode, ...inName], 'password');
    for (const [index, text] of said.entries()) {
      const word = words[index % words.length];
      const hasSeconds = index >= words.length && ['CALL_LIMIT', 'SIGN_IN_DENIED', 'SIGN_IN_LOCKED'].includes(word);
      assert.doesNotMatch(text, /went wrong|undefined/, word);
      assert.equal(text.includes('90 seconds'), hasSeconds, word);
    }
  });

  test('names the step that Cognito wants, by the names of Amplify too', async () => {
    const named = (name) => ({ name, message: 'No.' });
    const said = await sentences(
      [
        'RESET_PASSWORD',
        'CONFIRM_SIGN_UP',
        'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED',
        'CONFIRM_SIGN_IN_WITH_SMS_CODE',
        'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
      ].map(named),
      'password',
    );
    const expected = [
      'Your password must be reset',
      'Your sign-up is not confirmed yet.',
      'You must choose a new password',
      'Your sign-in needs another step',
      'Your sign-in needs another step',
    ];
    for (const [index, text] of said.entries()) assert.ok(text.startsWith(expected[index]), text);
  });

  test("of Cognito's that the app's developer made says what to change", async () => {
    const { clientId, clientIdWithSecret, endpoint } = suite.stack.config;
    const refused = async (operation, request) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      };
      const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(request) });
      const { __type: name, message } = await response.json();
      return { name, message };
    };
    const initiate = (ClientId, AuthFlow) => refused('InitiateAuth', { AuthFlow, ClientId, AuthParameters: { USERNAME: 'demo' } });
    const errors = [
      // The local pool always has its triggers. This is what AWS says of one that has none.
      {
        name: 'InvalidParameterException',
        message: 'Custom auth lambda trigger is not configured for the user pool.',
      },
      await initiate('1clientofanotherregion', 'CUSTOM_AUTH'),
      await initiate(clientId, 'USER_SRP_AUTH'),
      await initiate(clientIdWithSecret, 'CUSTOM_AUTH'),
      await refused('RespondToAuthChallenge', {
        ChallengeName: 'CUSTOM_CHALLENGE',
        ClientId: clientId,
        Session: 'a session that was used before',
        ChallengeResponses: { USERNAME: 'demo', ANSWER: '123456' },
      }),
    ];
    const expected = ['voice-otp doctor', 'in this Region', 'begin the sign-in with', 'has a secret', 'the latest challenge'];
    for (const [index, text] of (await sentences(errors, 'password')).entries()) {
      assert.match(text, new RegExp(`Ask for help. For the developer: .*${expected[index]}`));
    }
  });

  test('of a limit says when there is a call, and not whose calls were too many', async () => {
    const limit = (rest) => ({ name: 'UserLambdaValidationException', message: `Too many calls [CALL_LIMIT${rest}].` });
    assert.deepEqual(await sentences([limit(' 23'), limit(' 840'), limit('')], 'password'), [
      "We can't call you yet. Try again in 23 seconds.",
      "We can't call you yet. Try again in 14 minutes.",
      "We can't call you now. Try again later.",
    ]);
  });

  test('is taken for an answer that never came only if it is one', async () => {
    const named = (name, messages) => messages.map((message) => ({ name, message }));
    const [nothing, ...others] = ['Nothing answers. Check your connection and try again.', 'Something went wrong:', 'Something went wrong:'];
    const failed = ['Failed to fetch', 'NetworkError when attempting to fetch resource.', 'Load failed'];
    const mistakes = ["Cannot read properties of undefined (reading 'destination')", 'x is not a function'];
    const said = await sentences([
      ...named('TypeError', failed),
      ...named('NetworkError', ['A network error has occurred.']),
      ...named('TypeError', mistakes),
    ]);
    const expected = [nothing, nothing, nothing, nothing, ...others];
    for (const [index, text] of said.entries()) assert.ok(text.startsWith(expected[index]), text);
  });
});
