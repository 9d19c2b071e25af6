// Sign-ins with amazon-cognito-identity-js step by step, as a browser takes them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Amplify } from 'aws-amplify';
import { confirmSignIn, signIn as startWithAmplify } from 'aws-amplify/auth';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { LIMIT, PASSWORD, startStack, wrong } from './stack.mjs';

describe('password, then call', LIMIT, () => {
  let stack;
  before(async () => (stack = await startStack({ OTP_SECONDS_BETWEEN_CALLS: 0 })));
  after(() => stack.stop());

  test('the right code gives tokens that aws-jwt-verify accepts', async () => {
    const { user, number } = await newUser(stack);
    const { challenge } = await signIn(user, PASSWORD);
    assert.equal(challenge.delivery, 'VOICE');
    assert.match(challenge.destination, new RegExp(`^\\+1\\*+${number.slice(-2)}$`));
    assert.equal(challenge.codeLength, '6');
    assert.equal(challenge.attemptsLeft, '3');
    assert.equal(challenge.callsLeft, '2');
    assert.ok(Number(challenge.expiresAt) > Date.now() / 1000);

    const { tokens } = await answer(user, await stack.spokenCode(number));
    await stack.assertToken(tokens.getIdToken().getJwtToken(), 'id', user.getUsername());
    await stack.assertToken(tokens.getAccessToken().getJwtToken(), 'access', user.getUsername());
  });

  test('the phone says who calls, the code twice, and keeps no code', async () => {
    const { user, number } = await newUser(stack);
    await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    const call = await stack.endedCall(number);
    const said = call.transcript.map(({ says }) => says ?? '').join('\n');
    assert.match(said, /Example/);
    assert.equal(said.split([...code].join(', ')).length - 1, 2);
    assert.ok(call.attributes.Handle);
    assert.doesNotMatch(JSON.stringify(call.attributes), /VoiceMFA|\d, \d/);
  });

  test('a wrong code costs an attempt, calls nobody, and the right one still works', async () => {
    const { user, number } = await newUser(stack);
    await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    const { challenge } = await answer(user, wrong(code));
    assert.equal(challenge.attemptsLeft, '2');
    assert.ok((await answer(user, ` ${code.slice(0, 3)} ${code.slice(3)} `)).tokens);
    assert.equal((await stack.calls(number)).length, 1);
  });

  test('three wrong codes end the sign-in', async () => {
    const { user, number } = await newUser(stack);
    await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    await answer(user, wrong(code));
    await answer(user, wrong(code));
    await assert.rejects(answer(user, wrong(code)), { code: 'NotAuthorizedException' });
    await assert.rejects(answer(user, code), { code: 'NotAuthorizedException' });
  });

  test('a call again speaks the same code and costs no attempt, until the calls are used up', async () => {
    const { user, number } = await newUser(stack);
    await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    for (const callsLeft of ['1', '0']) {
      const { challenge } = await callAgain(user);
      assert.equal(challenge.callsLeft, callsLeft);
      assert.equal(challenge.attemptsLeft, '3');
      assert.equal(await stack.spokenCode(number), code);
    }
    assert.equal((await callAgain(user)).challenge.attemptsLeft, '2');
    assert.equal((await stack.calls(number)).length, 3);
    assert.ok((await answer(user, code)).tokens);
  });

  test('a call again with the right code is no guess', async () => {
    const { user, number } = await newUser(stack);
    await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    assert.ok((await answer(user, code, { callAgain: 'true' })).challenge);
  });

  test('a wrong password calls nobody', async () => {
    const { user, number } = await newUser(stack);
    await assert.rejects(signIn(user, 'Wrong-horse-1'), {
      code: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
    assert.deepEqual(await stack.calls(number), []);
  });

  test('a user who does not exist looks like a wrong password', async () => {
    await assert.rejects(signIn(cognitoUser(stack, 'nobody'), PASSWORD), {
      code: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
  });

  test('going straight to the call is refused', async () => {
    const { user, number } = await newUser(stack);
    await assert.rejects(signInByCallAlone(user), { code: 'NotAuthorizedException' });
    assert.deepEqual(await stack.calls(number), []);
  });

  for (const [what, changes, word] of [
    ['a number that is not verified', { phoneNumberVerified: false }, 'PHONE_UNVERIFIED'],
    ['no number', { phoneNumber: null }, 'PHONE_MISSING'],
    ['a number that is not valid', { phoneNumber: '+1206555' }, 'PHONE_INVALID'],
  ]) {
    test(`${what} is never called`, async () => {
      const { user } = await newUser(stack, changes);
      const before = (await stack.calls()).length;
      await assert.rejects(signIn(user, PASSWORD), {
        code: 'UserLambdaValidationException',
        message: new RegExp(`^CreateAuthChallenge failed with error .*\\[${word}\\]\\.$`),
      });
      assert.equal((await stack.calls()).length, before);
    });
  }
});

describe('a code that lives for a second', LIMIT, () => {
  let stack;
  before(async () => {
    stack = await startStack({ OTP_DIGITS: 10, OTP_VALIDITY_SECONDS: 1, OTP_SECONDS_BETWEEN_CALLS: 0 });
  });
  after(() => stack.stop());

  test('is wrong when it has expired, and a call again brings a new one', async () => {
    const { user } = await newUser(stack);
    const { challenge: first } = await signIn(user, PASSWORD);
    await expiryOf(first);
    const { challenge: second } = await answer(user, '0123456789');
    assert.equal(second.expiresAt, first.expiresAt);
    const { challenge: third } = await callAgain(user);
    assert.ok(Number(third.expiresAt) > Number(first.expiresAt));
  });
});

describe('call only', LIMIT, () => {
  let stack;
  before(async () => (stack = await startStack({ OTP_MODE: 'call-only' })));
  after(() => stack.stop());

  test('the code alone gives tokens', async () => {
    const { user, number } = await newUser(stack);
    await signInByCallAlone(user);
    assert.ok((await answer(user, await stack.spokenCode(number))).tokens);
  });

  test('the code alone gives tokens to aws-amplify too', async () => {
    const { userPoolId, clientId: userPoolClientId, endpoint: userPoolEndpoint } = stack.config;
    Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint } } });
    const { username, number } = await stack.newUser();
    const { nextStep } = await startWithAmplify({ username, options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
    assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE');
    assert.ok((await confirmSignIn({ challengeResponse: await stack.spokenCode(number) })).isSignedIn);
  });

  test('an unknown user gets a challenge like others, always for the same number, and no call', async () => {
    const { user } = await newUser(stack);
    const { challenge: known } = await signInByCallAlone(user);
    const before = (await stack.calls()).length;
    const { challenge: unknown } = await signInByCallAlone(cognitoUser(stack, 'nobody'));
    const { challenge: again } = await signInByCallAlone(cognitoUser(stack, 'nobody'));
    assert.deepEqual(Object.keys(unknown).sort(), Object.keys(known).sort());
    assert.match(unknown.destination, /^\+1\*+\d\d$/);
    assert.equal(unknown.destination, again.destination);
    assert.equal((await stack.calls()).length, before);
  });
});

async function newUser(stack, changes) {
  const { username, number } = await stack.newUser(changes);
  return { user: cognitoUser(stack, username), number };
}

function cognitoUser({ config, endpoint }, username) {
  const pool = new CognitoUserPool({ UserPoolId: config.userPoolId, ClientId: config.clientId, endpoint });
  const user = new CognitoUser({ Username: username, Pool: pool });
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  return user;
}

/** Starts a sign-in with a password. Resolves to `{ challenge }` or `{ tokens }`, or rejects with Cognito's error. */
function signIn(user, password) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return step((callbacks) => user.authenticateUser(details, callbacks));
}

/** Starts a sign-in without a password. */
function signInByCallAlone(user) {
  const details = new AuthenticationDetails({ Username: user.getUsername() });
  return step((callbacks) => user.initiateAuth(details, callbacks));
}

/** Answers the challenge. */
function answer(user, code, metadata) {
  return step((callbacks) => user.sendCustomChallengeAnswer(code, callbacks, metadata));
}

/** Asks for another call. */
function callAgain(user) {
  return answer(user, 'call again', { callAgain: 'true' });
}

function step(start) {
  return new Promise((resolve, reject) => {
    start({
      onSuccess: (tokens) => resolve({ tokens }),
      onFailure: reject,
      customChallenge: (challenge) => resolve({ challenge }),
    });
  });
}

/** Resolves when a challenge has expired, by the clock that the functions have too. */
async function expiryOf({ expiresAt }) {
  while (Date.now() < Number(expiresAt) * 1000) await sleep(20);
}
