import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, duration, sentences } from 'cognito-voice-otp';
import { Challenge, say } from '../dist/challenge.js';
import { voice } from './fake.mjs';

const challenge = (changes, receivedAt = 0, trust) => new Challenge(voice(changes).parameters, receivedAt, sentences, trust);

test('counts from when the challenge came, whatever the clock of the device says', () => {
  for (const receivedAt of [0, 1_795_000_000_000]) {
    const shown = challenge({ callAgainInSeconds: '30' }, receivedAt);
    assert.equal(shown.secondsLeft(receivedAt), 300);
    assert.equal(shown.secondsLeft(receivedAt + 1), 300);
    assert.equal(shown.secondsLeft(receivedAt + 299_001), 1);
    assert.equal(shown.secondsLeft(receivedAt + 900_000), 0);
    assert.deepEqual([shown.canCallAgain(receivedAt + 29_999), shown.canCallAgain(receivedAt + 30_000)], [false, true]);
    assert.equal(shown.callAgainLabel(receivedAt + 9_500), 'Call me again in 21 seconds');
    assert.equal(shown.callAgainLabel(receivedAt + 30_000), 'Call me again');
  }
  assert.equal(challenge({ callsLeft: '0' }).canCallAgain(1e9), false);
  assert.equal(challenge({ callsLeft: '0' }).callAgainLabel(1e9), 'No more calls');
});

test('shows the masked number, and says it without stars', () => {
  const { destination, spokenDestination } = challenge();
  assert.deepEqual([destination, spokenDestination], ['+1••••••••00', 'the number that ends in 00']);
});

test('says what became of an answer', () => {
  const first = (changes) => say(challenge(changes), undefined, 'password', 0, sentences);
  const said = (changes, sent, now = 0) => say(challenge(changes), challenge(), sent, now, sentences);
  assert.deepEqual(first({}), { notice: 'We are calling the number that ends in 00.' });
  assert.match(first({ callRefused: 'CALL_LIMIT' }).notice, /The code from the last call still works/);
  assert.deepEqual(said({ attemptsLeft: '1' }, 'code'), { error: 'That was not the code. 1 attempt left.' });
  assert.match(said({}, 'code', 300_000).error, /^The code has expired\. Ask for another call/);
  assert.match(said({ callsLeft: '0' }, 'code', 300_000).error, /^The code has expired\. Start over/);
  assert.match(said({ callsLeft: '1' }, 'call again').notice, /with the same code/);
  assert.match(said({ callsLeft: '2', expiresAt: '1795347999' }, 'call again').notice, /with a new code/);
  assert.match(said({ callRefused: 'CALL_LIMIT', callAgainInSeconds: '600' }, 'call again').error, /possible in 10 minutes/);
  assert.match(said({ attemptsLeft: '2' }, 'call again').error, /too early/);
});

test('says times as people and as clocks do', () => {
  assert.deepEqual([1, 119, 120, 121, 7199, 7200].map(duration), [
    '1 second',
    '119 seconds',
    '2 minutes',
    '3 minutes',
    '120 minutes',
    '2 hours',
  ]);
  assert.deepEqual([0, 65, 600].map(clock), ['0:00', '1:05', '10:00']);
});
