// The libraries with the token gate, which is on: sign-in and refresh, and that a password alone gives no tokens.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { fetchAuthSession, signIn as startWithAmplify, signOut } from 'aws-amplify/auth';
import { adapters, signInWith } from './adapters.mjs';
import { LIMIT, PASSWORD, startStack } from './stack.mjs';

const amplify = adapters['aws-amplify'];

const NOT_CALLED = {
  name: 'UserLambdaValidationException',
  message: 'PreTokenGeneration failed with error Sign in with a phone call [SIGN_IN_NOT_CALLED].',
};

for (const [source, flags] of [
  ['Authentication', []],
  ['RefreshTokens', ['--get-tokens-source', 'refresh-tokens']],
]) {
  describe(`the token gate, if GetTokensFromRefreshToken comes to it as TokenGeneration_${source}`, LIMIT, () => {
    let stack;
    before(async () => {
      stack = await startStack({}, '0', flags);
      amplify.client(stack.config);
    });
    after(() => stack.stop());

    test('aws-amplify signs in and refreshes', async () => {
      const { username, number } = await stack.newUser();
      const token = await signInByCall(stack, username, number);
      const refreshed = await refresh();
      assert.notEqual(refreshed, token);
      await stack.assertToken(refreshed, 'id', username);
      await signOut();
    });

    test('amazon-cognito-identity-js signs in and refreshes', async () => {
      const { username, number } = await stack.newUser();
      const user = cognitoUser(stack, stack.config.clientId, username);
      user.setAuthenticationFlowType('CUSTOM_AUTH');
      await signIn(user, () => stack.spokenCode(number));
      const session = await new Promise((resolve, reject) => {
        const token = user.getSignInUserSession().getRefreshToken();
        user.refreshSession(token, (error, session) => (error ? reject(error) : resolve(session)));
      });
      await stack.assertToken(session.getIdToken().getJwtToken(), 'id', username);
    });

    test('aws-amplify gets no tokens for a password alone', async () => {
      const { username } = await stack.newUser();
      amplify.client({ ...stack.config, clientId: stack.config.clientIdPassword });
      try {
        for (const authFlowType of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
          await assert.rejects(startWithAmplify({ username, password: PASSWORD, options: { authFlowType } }), NOT_CALLED);
        }
      } finally {
        amplify.client(stack.config);
      }
    });

    test('amazon-cognito-identity-js gets no tokens for a password alone', async () => {
      const { username } = await stack.newUser();
      for (const flow of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
        const user = cognitoUser(stack, stack.config.clientIdPassword, username);
        user.setAuthenticationFlowType(flow);
        await assert.rejects(signIn(user, assert.fail), NOT_CALLED);
      }
    });
  });
}

describe('the token gate without a ledger', LIMIT, () => {
  let stack;
  before(async () => {
    stack = await startStack();
    amplify.client(stack.config);
  });
  after(() => stack.stop());

  test('aws-amplify keeps its refresh token, and refreshes when the ledger is there again', async () => {
    const { username, number } = await stack.newUser();
    await signInByCall(stack, username, number);
    const fault = { service: 'dynamodb', operation: 'GetItem', error: 'InternalServerError', next: 99 };
    await stack.request('POST', '/local/faults', fault);
    await assert.rejects(refresh(), { name: 'UserLambdaValidationException', message: /\[SIGN_IN_BUSY\]/ });
    await stack.request('DELETE', '/local/faults');
    await stack.assertToken(await refresh(), 'id', username);
    await signOut();
  });
});

/** Signs in with Amplify, and resolves to the ID token. */
async function signInByCall(stack, username, number) {
  const signIn = signInWith(amplify, stack.config);
  await signIn.start(username, PASSWORD);
  const { step, session } = await signIn.submit(await stack.spokenCode(number));
  assert.equal(step, 'signed-in');
  return amplify.idToken(session);
}

/** Resolves to a new ID token of Amplify's user. */
async function refresh() {
  const { tokens } = await fetchAuthSession({ forceRefresh: true });
  return tokens.idToken.toString();
}

function cognitoUser({ config, endpoint }, clientId, username) {
  const pool = new CognitoUserPool({ UserPoolId: config.userPoolId, ClientId: clientId, endpoint });
  return new CognitoUser({ Username: username, Pool: pool });
}

/** Signs in with the password, and with a code if Cognito wants one. */
function signIn(user, code) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: PASSWORD });
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: resolve,
      onFailure: reject,
      customChallenge: async () => user.sendCustomChallengeAnswer(await code(), callbacks),
    };
    user.authenticateUser(details, callbacks);
  });
}
