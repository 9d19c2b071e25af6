// The examples of docs/integrate.md.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { signOut } from 'aws-amplify/auth';
import { amplify, identityJs } from './examples.mjs';
import { LIMIT, PASSWORD, startStack, wrong } from './stack.mjs';

/** What Cognito may want besides the code: after which operation, its answer, and what each library's error is named. */
const OTHER_STEPS = [
  [
    'InitiateAuth',
    { __type: 'PasswordResetRequiredException', message: 'Password reset required for the user' },
    ['PasswordResetRequiredException', 'RESET_PASSWORD'],
  ],
  [
    'InitiateAuth',
    { __type: 'UserNotConfirmedException', message: 'User is not confirmed.' },
    ['UserNotConfirmedException', 'CONFIRM_SIGN_UP'],
  ],
  [
    'RespondToAuthChallenge',
    challenge('NEW_PASSWORD_REQUIRED', { userAttributes: '{}', requiredAttributes: '[]' }),
    ['NEW_PASSWORD_REQUIRED', 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED'],
  ],
  ['RespondToAuthChallenge', challenge('SMS_MFA'), ['SMS_MFA', 'CONFIRM_SIGN_IN_WITH_SMS_CODE']],
  ['RespondToAuthChallenge', challenge('SOFTWARE_TOKEN_MFA'), ['SOFTWARE_TOKEN_MFA', 'CONFIRM_SIGN_IN_WITH_TOTP_CODE']],
  [
    'RespondToAuthChallenge',
    challenge('SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]' }),
    ['SELECT_MFA_TYPE', 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION'],
  ],
];

for (const [index, [library, example, codeOf]] of [
  ['amazon-cognito-identity-js', identityJs, (error) => error.code],
  ['aws-amplify', amplify, (error) => error.name],
].entries()) {
  describe(library, LIMIT, () => {
    let stack;
    before(async () => {
      stack = await startStack({ OTP_SECONDS_BETWEEN_CALLS: 0 });
      example.configure(stack.config);
    });
    after(() => stack.stop());

    test('signs in with a wrong code, another call and the right code', async () => {
      const { username, number } = await stack.newUser();
      const shown = [];
      const token = await example.signIn(username, PASSWORD, async (challenge) => {
        const { delivery, destination, attemptsLeft, callsLeft } = challenge;
        assert.match(destination, new RegExp(`^\\+1\\*+${number.slice(-2)}$`));
        shown.push([delivery, attemptsLeft, callsLeft]);
        const code = await stack.spokenCode(number);
        return [wrong(code), undefined, code][shown.length - 1];
      });
      assert.deepEqual(shown, [
        ['VOICE', '3', '2'],
        ['VOICE', '2', '2'],
        ['VOICE', '2', '1'],
      ]);
      assert.equal((await stack.calls(number)).length, 2);
      await stack.assertToken(token, 'id', username);
      // Amplify has one signed-in user for all that a page does.
      if (example === amplify) await signOut();
    });

    test("throws Cognito's error for a wrong password", async () => {
      const { username, number } = await stack.newUser();
      await assert.rejects(example.signIn(username, 'Wrong-horse-1', assert.fail), (error) => {
        assert.equal(codeOf(error), 'NotAuthorizedException');
        assert.equal(error.message, 'Incorrect username or password.');
        return true;
      });
      assert.deepEqual(await stack.calls(number), []);
    });

    test('throws an error with the word for what kept the call from being placed', async () => {
      const { username } = await stack.newUser({ phoneNumberVerified: false });
      await assert.rejects(example.signIn(username, PASSWORD, assert.fail), (error) => {
        assert.equal(codeOf(error), 'UserLambdaValidationException');
        assert.match(error.message, /^CreateAuthChallenge failed with error .* \[PHONE_UNVERIFIED\]\.$/);
        return true;
      });
    });

    for (const [operation, answer, names] of OTHER_STEPS) {
      test(`asks for no code and names the step for ${answer.ChallengeName ?? answer.__type}`, async () => {
        const { username } = await stack.newUser();
        const standIn = await startStandIn(stack, operation, answer);
        example.configure({ ...stack.config, endpoint: standIn.endpoint });
        try {
          await assert.rejects(example.signIn(username, PASSWORD, assert.fail), (error) => {
            assert.equal(codeOf(error) ?? error.name, names[index]);
            return true;
          });
        } finally {
          example.configure(stack.config);
          standIn.close();
        }
      });
    }
  });
}

function challenge(ChallengeName, ChallengeParameters = {}) {
  return { ChallengeName, Session: 'the next', ChallengeParameters };
}

/** Answers one operation itself, and has the stack answer the others. */
async function startStandIn(stack, operation, answer) {
  const server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const body = Buffer.concat(await request.toArray());
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    if (target.endsWith(`.${operation}`)) {
      response.writeHead(answer.__type ? 400 : 200, headers).end(JSON.stringify(answer));
    } else {
      const answered = await fetch(stack.endpoint, { method: 'POST', headers, body });
      response.writeHead(answered.status, headers).end(await answered.text());
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { endpoint: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
