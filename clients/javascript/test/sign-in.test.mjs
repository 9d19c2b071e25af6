import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createSignIn, isPending } from 'cognito-voice-otp';
import { cognitoError, FakeClient, heldAnswer, MemoryStorage, OneSessionClient, POOL, signedIn, voice } from './fake.mjs';

function begin(answers, options = {}) {
  const client = new FakeClient(...answers);
  const signIn = createSignIn({ client, ...POOL, ...options });
  const steps = [];
  signIn.subscribe(() => steps.push(signIn.getState().step));
  return { client, signIn, steps };
}

test('signs in with a wrong code, another call and the right code', async () => {
  const answers = [voice(), voice({ attemptsLeft: '2' }), voice({ attemptsLeft: '2', callsLeft: '1' }), signedIn];
  const { client, signIn, steps } = begin(answers, { language: 'de' });
  assert.deepEqual(signIn.getState(), { step: 'idle' });

  let state = await signIn.start(' anna ', 'secret');
  assert.deepEqual([state.step, state.challenge.attemptsLeft, state.error], ['code', 3, undefined]);
  assert.match(state.notice, /^We are calling/);
  state = await signIn.submit('000 000');
  assert.deepEqual([state.challenge.attemptsLeft, state.notice], [2, undefined]);
  assert.match(state.error, /2 attempts left/);
  state = await signIn.callAgain();
  assert.deepEqual([state.challenge.callsLeft, state.error], [1, undefined]);
  state = await signIn.submit('3, 5, 1, 6, 1, 2.');
  assert.deepEqual(state, { step: 'signed-in', session: 'tokens', by: 'call' });

  assert.deepEqual(client.requests, [
    { username: 'anna', password: 'secret', metadata: { language: 'de' } },
    { text: '000000', metadata: {} },
    { text: 'call again', metadata: { callAgain: 'true', language: 'de' } },
    { text: '351612', metadata: {} },
  ]);
  assert.deepEqual(steps, ['starting', 'code', 'checking', 'code', 'calling', 'code', 'checking', 'signed-in']);
});

test('keeps back what can only cost an attempt', async () => {
  const { client, signIn } = begin([voice({ callAgainInSeconds: '30' })]);
  await signIn.start('anna', 'secret');
  for (const text of ['', '12345', '1234567', 'abcdef', '+351612']) {
    assert.equal((await signIn.submit(text)).error, 'The code has 6 digits.', text);
  }
  assert.equal((await signIn.callAgain()).step, 'code');
  assert.equal(client.requests.length, 1);
});

test('does one thing at a time', async () => {
  const held = heldAnswer();
  const { client, signIn } = begin([held.next, voice()]);
  const first = signIn.start('anna', 'secret');
  await signIn.start('anna', 'secret');
  await signIn.submit('351612');
  await signIn.callAgain();
  signIn.trustDevice(true);
  assert.ok(isPending(signIn.getState()));
  held.give(voice());
  await first;
  assert.equal(client.requests.length, 1);
  await Promise.all([signIn.submit('351612'), signIn.submit('351612')]);
  assert.equal(client.requests.length, 2);
});

test('a sign-in that was given up is over, whatever comes of it', async () => {
  const held = heldAnswer();
  const { signIn, steps } = begin([held.next, voice()]);
  const first = signIn.start('anna', 'secret');
  await held.asked;
  signIn.cancel();
  const second = signIn.start('bert', 'secret');
  held.give(signedIn);
  await first;
  assert.equal((await second).step, 'code');
  assert.deepEqual(steps, ['starting', 'idle', 'starting', 'code']);
});

test('a late answer does not take the place of the next sign-in', async () => {
  for (const late of [voice(), cognitoError('NotAuthorizedException')]) {
    const held = heldAnswer();
    const client = new OneSessionClient(held.next, voice(), signedIn);
    const signIn = createSignIn({ client, ...POOL });
    const first = signIn.start('anna', 'secret');
    await held.asked;
    signIn.cancel();
    const second = signIn.start('bert', 'secret');
    // Time enough to ask for more, and to be answered.
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(client.requests.map(({ username }) => username), ['anna']);
    held.give(late);
    await Promise.all([first, second]);
    assert.equal((await signIn.submit('351612')).step, 'signed-in');
    assert.deepEqual(client.answeredIn, ['bert']);
  }
});

test('a sign-in that was given up sends nothing more', async () => {
  let found;
  const devices = {
    find: (name) => (name.endsWith('|anna') ? new Promise((resolve) => (found = resolve)) : Promise.resolve()),
  };
  const { client, signIn } = begin([voice()], { devices });
  const first = signIn.start('anna', 'secret');
  signIn.cancel();
  await signIn.start('bert', 'another');
  found();
  await first;
  assert.deepEqual(client.requests, [{ username: 'bert', password: 'another', metadata: {} }]);
  assert.equal(signIn.getState().step, 'code');
});

test('a mistake of a listener is not the end of the sign-in', async () => {
  const { signIn } = begin([voice(), signedIn]);
  await signIn.start('anna', 'secret');
  const thrown = mock.method(globalThis, 'queueMicrotask', () => {}).mock;
  const heard = [];
  signIn.subscribe(() => {
    throw new Error('a mistake');
  });
  signIn.subscribe(() => heard.push(signIn.getState().step));
  assert.equal((await signIn.submit('351612')).step, 'signed-in');
  thrown.restore();
  assert.deepEqual(heard, ['checking', 'signed-in']);
  assert.equal(thrown.callCount(), 2);
  assert.throws(thrown.calls[0].arguments[0], /a mistake/);
});

test('says what ended it', async () => {
  const failure = async (...answers) => {
    const { signIn } = begin(answers);
    let state = await signIn.start('anna', 'secret');
    if (state.step === 'code') state = await signIn.submit('351612');
    assert.equal(state.step, 'failed');
    return state.failure;
  };
  const busy = cognitoError('UserLambdaValidationException', 'CreateAuthChallenge failed with error Busy [CALL_BUSY].');
  assert.equal((await failure(busy)).word, 'CALL_BUSY');
  assert.equal((await failure(cognitoError('NotAuthorizedException'))).reason, 'WRONG_PASSWORD');
  assert.equal((await failure({ kind: 'other', name: 'RESET_PASSWORD' })).step, 'RESET_PASSWORD');
  const last = await failure(voice({ attemptsLeft: '1', callAgainInSeconds: '30' }), cognitoError('NotAuthorizedException'));
  assert.deepEqual([last.reason, last.seconds], ['NO_ATTEMPTS_LEFT', 30]);
});

test('an answer that Cognito has not seen can be sent again', async () => {
  const { client, signIn } = begin([
    voice(),
    new TypeError('Failed to fetch'),
    cognitoError('TooManyRequestsException'),
    signedIn,
  ]);
  await signIn.start('anna', 'secret');
  for (const reason of [/connection/, /Too many people/]) {
    const state = await signIn.submit('351612');
    assert.equal(state.step, 'code');
    assert.match(state.error, reason);
  }
  assert.equal((await signIn.submit('351612')).step, 'signed-in');
  assert.equal(client.requests.length, 4);
});

test('says when the code has expired, and keeps no answer back', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  try {
    const { signIn, steps } = begin([voice(), signedIn]);
    await signIn.start('anna', 'secret');
    mock.timers.tick(299_000);
    assert.equal(signIn.getState().error, undefined);
    mock.timers.tick(1_000);
    assert.match(signIn.getState().error, /^The code has expired\. Ask for another call/);
    mock.timers.tick(600_000);
    assert.deepEqual(steps, ['starting', 'code', 'code']);
    assert.equal((await signIn.submit('351612')).step, 'signed-in');
  } finally {
    mock.timers.reset();
  }
});

test('survives a reload', async () => {
  const storage = new MemoryStorage();
  const { signIn } = begin([voice({ callAgainInSeconds: '30' })], { storage, now: () => 1_000_000 });
  await signIn.start('anna', 'secret');
  assert.doesNotMatch([...storage.items.values()].join(), /secret/);

  const later = begin([signedIn], { storage, now: () => 1_010_000 });
  assert.equal(later.signIn.resume(), true);
  const { step, challenge } = later.signIn.getState();
  assert.deepEqual([step, challenge.secondsLeft(1_010_000), challenge.callAgainIn(1_010_000)], ['code', 290, 20]);
  assert.equal(later.client.restored, 'session 1');
  assert.equal((await later.signIn.submit('351612')).step, 'signed-in');
  assert.equal(begin([], { storage, now: () => 1_010_000 }).signIn.resume(), false);
});

test('goes on only with what can be gone on with', async () => {
  const storage = new MemoryStorage();
  const again = (now, changes = {}) => begin([], { storage, now: () => now, ...changes }).signIn.resume();
  const first = begin([voice(), () => new Promise(() => {})], { storage, now: () => 0 });
  await first.signIn.start('anna', 'secret');
  assert.equal(again(0, { clientId: 'another' }), false);
  assert.equal(again(0, { storage: false }), false);
  assert.equal(again(900_000), false);
  assert.equal(again(899_999), true);
  // An answer is under way: its challenge is used.
  void first.signIn.submit('351612');
  assert.equal(again(0), false);
  storage.setItem('cognito-voice-otp.client', 'no JSON');
  assert.equal(again(0), false);
});

test('what the library can not go on with is over', async () => {
  const storage = new MemoryStorage();
  await begin([voice()], { storage, now: () => 0 }).signIn.start('anna', 'secret');
  const { client, signIn } = begin([], { storage, now: () => 0 });
  client.restore = () => JSON.parse('no JSON');
  assert.equal(signIn.resume(), false);
  assert.deepEqual(signIn.getState(), { step: 'idle' });
  assert.equal(storage.items.size, 0);
});

test('another language has other sentences', async () => {
  const { sentences } = await import('cognito-voice-otp');
  const german = { ...sentences, noCode: (digits) => `Der Code hat ${digits} Ziffern.` };
  const { signIn } = begin([voice()], { sentences: german });
  await signIn.start('anna', 'secret');
  assert.equal((await signIn.submit('')).error, 'Der Code hat 6 Ziffern.');
});
