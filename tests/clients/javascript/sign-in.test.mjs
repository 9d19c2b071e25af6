// Sign-ins with amazon-cognito-identity-js, as a browser does them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { answer, callAgain, signIn, signInByCallAlone, startStack, wrong } from './stack.mjs';

const PASSWORD = 'Correct-horse-1';
let lastDigits = 10;

/** A user of its own for each test, so that no test meets the calls of another. */
async function newUser(stack, changes = {}) {
  const username = `user-${lastDigits}`;
  const phoneNumber = `+120655501${lastDigits++}`;
  await stack.addUser({ username, phoneNumber, phoneNumberVerified: true, ...changes });
  return { user: stack.user(username), number: phoneNumber };
}

describe('password, then call', () => {
  let stack;
  before(async () => (stack = await startStack({ OTP_SECONDS_BETWEEN_CALLS: 0 })));
  after(() => stack.stop());

  test('the right code gives tokens that aws-jwt-verify accepts', async () => {
    const { user, number } = await newUser(stack);
    const { challenge } = await signIn(user, PASSWORD);
    assert.equal(challenge.delivery, 'VOICE');
    assert.equal(challenge.destination, `+1********${number.slice(-2)}`);
    assert.equal(challenge.codeLength, '6');
    assert.equal(challenge.attemptsLeft, '3');
    assert.equal(challenge.callsLeft, '2');
    assert.ok(Number(challenge.expiresAt) > Date.now() / 1000);

    const { tokens } = await answer(user, await stack.spokenCode(number));
    const { userPoolId, clientId } = stack.config;
    const jwks = await stack.request('GET', `/${userPoolId}/.well-known/jwks.json`);
    for (const [tokenUse, token] of [['id', tokens.getIdToken()], ['access', tokens.getAccessToken()]]) {
      const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse });
      verifier.cacheJwks(jwks);
      const claims = await verifier.verify(token.getJwtToken());
      assert.equal(claims[tokenUse === 'id' ? 'cognito:username' : 'username'], user.getUsername());
    }
  });

  test('the phone says who calls, the code three times, and keeps no code', async () => {
    const { user, number } = await newUser(stack);
    await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    let call;
    do [call] = await stack.calls(number);
    while (call.state !== 'ended');
    const said = call.transcript.map(({ says }) => says ?? '').join('\n');
    assert.match(said, /Example/);
    assert.equal(said.split([...code].join(', ')).length - 1, 3);
    assert.doesNotMatch(JSON.stringify(call.attributes), /\d, \d/);
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
    await assert.rejects(signIn(stack.user('nobody'), PASSWORD), {
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
      const before = (await stack.request('GET', '/local/calls')).length;
      await assert.rejects(signIn(user, PASSWORD), {
        code: 'UserLambdaValidationException',
        message: new RegExp(`^CreateAuthChallenge failed with error .*\\[${word}\\]\\.$`),
      });
      assert.equal((await stack.request('GET', '/local/calls')).length, before);
    });
  }
});

describe('a code that lives for a second', () => {
  let stack;
  before(async () => {
    stack = await startStack({ OTP_VALIDITY_SECONDS: 1, OTP_SECONDS_BETWEEN_CALLS: 0 });
  });
  after(() => stack.stop());

  test('is wrong when it has expired, and a call again brings a new one', async () => {
    const { user, number } = await newUser(stack);
    const { challenge: first } = await signIn(user, PASSWORD);
    const code = await stack.spokenCode(number);
    await expiryOf(first);
    const { challenge: second } = await answer(user, code);
    assert.equal(second.expiresAt, first.expiresAt);
    const { challenge: third } = await callAgain(user);
    assert.ok(Number(third.expiresAt) > Number(first.expiresAt));
    assert.notEqual((await stack.spokenCode(number)), code);
  });
});

describe('call only', () => {
  let stack;
  before(async () => (stack = await startStack({ OTP_MODE: 'call-only' })));
  after(() => stack.stop());

  test('the code alone gives tokens', async () => {
    const { user, number } = await newUser(stack);
    await signInByCallAlone(user);
    assert.ok((await answer(user, await stack.spokenCode(number))).tokens);
  });

  test('an unknown user gets a challenge like others, always for the same number, and no call', async () => {
    const { user } = await newUser(stack);
    const { challenge: known } = await signInByCallAlone(user);
    const before = (await stack.request('GET', '/local/calls')).length;
    const { challenge: unknown } = await signInByCallAlone(stack.user('nobody'));
    const { challenge: again } = await signInByCallAlone(stack.user('nobody'));
    assert.deepEqual(Object.keys(unknown).sort(), Object.keys(known).sort());
    assert.match(unknown.destination, /^\+1\*{8}\d\d$/);
    assert.equal(unknown.destination, again.destination);
    assert.equal((await stack.request('GET', '/local/calls')).length, before);
  });
});

/** Resolves when a challenge has expired, by the clock that the functions have too. */
async function expiryOf({ expiresAt }) {
  while (Date.now() < Number(expiresAt) * 1000) await new Promise((resolve) => setTimeout(resolve, 20));
}
