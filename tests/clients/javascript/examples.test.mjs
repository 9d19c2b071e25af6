// The examples of README.md, as they stand there.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { signOut } from 'aws-amplify/auth';
import * as amplify from './examples/amplify.mjs';
import * as identityJs from './examples/identity-js.mjs';
import { LIMIT, PASSWORD, startStack, wrong } from './stack.mjs';

for (const [name, example, codeOf] of [
  ['amazon-cognito-identity-js', identityJs, (error) => error.code],
  ['Amplify', amplify, (error) => error.name],
]) {
  describe(name, LIMIT, () => {
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
        shown.push([challenge.delivery, challenge.destination, challenge.attemptsLeft, challenge.callsLeft]);
        const code = await stack.spokenCode(number);
        return [wrong(code), undefined, code][shown.length - 1];
      });
      const destination = `+1********${number.slice(-2)}`;
      assert.deepEqual(shown, [
        ['VOICE', destination, '3', '2'],
        ['VOICE', destination, '2', '2'],
        ['VOICE', destination, '2', '1'],
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
  });
}
