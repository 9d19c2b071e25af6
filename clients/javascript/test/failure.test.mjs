import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ERROR_WORDS, failureOf, failureOfStep, sentences, wordIn } from 'cognito-voice-otp';
import { cognitoError } from './fake.mjs';

test('the words are those of docs/reference/error-words.md', async () => {
  const page = await readFile(new URL('../../../docs/reference/error-words.md', import.meta.url), 'utf8');
  const words = [...page.matchAll(/^## ([A-Z_]+)$/gm)].map(([, word]) => word);
  assert.ok(words.length > 0);
  assert.deepEqual([...ERROR_WORDS].sort(), words.sort());
});

test('has a sentence for each word, in the errors of each library', () => {
  for (const word of ERROR_WORDS) {
    const message = `CreateAuthChallenge failed with error Something [${word} 90].`;
    for (const error of [
      { code: 'UserLambdaValidationException', name: 'Error', message },
      cognitoError('UserLambdaValidationException', message),
    ]) {
      const failure = failureOf(error);
      assert.deepEqual([failure.reason, failure.word, failure.seconds], [word, word, 90]);
      const saysIt = ['CALL_LIMIT', 'SIGN_IN_DENIED', 'SIGN_IN_LOCKED'].includes(word);
      assert.equal(failure.sentence.includes('90 seconds'), saysIt, word);
      assert.doesNotMatch(failure.sentence, /undefined|went wrong/);
      assert.equal(failure.error, error);
    }
  }
});

test("finds the word in a trigger's error as Cognito wraps it", () => {
  assert.deepEqual(wordIn('PreTokenGeneration failed with error Sign in with a phone call [SIGN_IN_NOT_CALLED].'), {
    word: 'SIGN_IN_NOT_CALLED',
  });
  assert.deepEqual(wordIn('failed with error [OTHER] [CALL_LIMIT 7] . .'), { word: 'CALL_LIMIT', seconds: 7 });
  assert.deepEqual(wordIn('nothing [ELSE]'), {});
});

test('names the step that Cognito wants, by the names of each library', () => {
  const steps = {
    RESET_PASSWORD: 'RESET_PASSWORD',
    CONFIRM_SIGN_UP: 'CONFIRM_SIGN_UP',
    NEW_PASSWORD_REQUIRED: 'NEW_PASSWORD',
    CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED: 'NEW_PASSWORD',
    SMS_MFA: 'MFA',
    CONFIRM_SIGN_IN_WITH_TOTP_CODE: 'MFA',
    SELECT_MFA_TYPE: 'MFA',
    SELECT_CHALLENGE: 'OTHER_STEP',
  };
  for (const [name, step] of Object.entries(steps)) {
    const failure = failureOfStep(name);
    assert.deepEqual([failure.step, failure.name], [step, name]);
    assert.equal(failure.sentence, sentences.failures[step]({ seconds: undefined, message: name }));
  }
  assert.equal(failureOf(cognitoError('PasswordResetRequiredException')).step, 'RESET_PASSWORD');
  assert.equal(failureOf({ code: 'UserNotConfirmedException', message: 'No.' }).step, 'CONFIRM_SIGN_UP');
});

test('tells what is wrong from what was sent last', () => {
  const reasons = (error) => ['password', 'device', 'code', 'call again'].map((sent) => failureOf(error, sent).reason);
  assert.deepEqual(reasons(cognitoError('NotAuthorizedException')), ['WRONG_PASSWORD', 'OVER', 'NO_ATTEMPTS_LEFT', 'OVER']);
  const expired = cognitoError('NotAuthorizedException', 'Invalid session for the user, session is expired.');
  assert.deepEqual(new Set(reasons(expired)), new Set(['TOOK_TOO_LONG']));
  const many = cognitoError('NotAuthorizedException', 'Password attempts exceeded');
  assert.match(failureOf(many).sentence, /^There were too many wrong passwords\./);
  const failure = failureOf(cognitoError('NotAuthorizedException'), 'code', 20);
  assert.equal(failure.seconds, 20);
  assert.match(failure.sentence, /Sign in again in 20 seconds\./);
  assert.equal(failureOf(cognitoError('NotAuthorizedException'), 'password', 20).seconds, undefined);
});

test('tells a developer what to change', async () => {
  const page = await readFile(new URL('../../../docs/reference/error-words.md', import.meta.url), 'utf8');
  const [, section] = page.match(/^## Before the functions\n([^]*)/m);
  const rows = [...section.matchAll(/^\| `(\w+)`: (.+?) \|/gm)].filter(([, , message]) => !/^Incorrect/.test(message));
  assert.ok(rows.length >= 5);
  for (const [, name, message] of rows) {
    const failure = failureOf(cognitoError(name, message.replace('…', 'abc')));
    assert.ok(failure.advice, message);
    assert.doesNotMatch(failure.sentence, /went wrong/);
  }
});

test('tells a developer that a password takes HTTPS', async () => {
  const { awsSdkClient } = await import('cognito-voice-otp/aws-sdk');
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true });
  try {
    const failure = await awsSdkClient({}, { userPoolId: '', clientId: '' }).start('anna', 'secret', {}).catch(failureOf);
    assert.deepEqual([failure.reason, /HTTPS/.test(failure.advice)], ['MISTAKE', true]);
  } finally {
    delete crypto.subtle;
  }
});

test('knows a request without an answer by the names of each library and browser', () => {
  const errors = [
    { code: 'NetworkError', message: 'Network error' },
    cognitoError('NetworkError', 'A network error has occurred.'),
    new TypeError('Failed to fetch'),
    new TypeError('NetworkError when attempting to fetch resource.'),
    new TypeError('Load failed'),
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    new DOMException('The operation timed out.', 'TimeoutError'),
  ];
  for (const error of errors) assert.equal(failureOf(error).reason, 'NO_CONNECTION', String(error));
  assert.equal(failureOf(new TypeError('x is undefined')).reason, 'UNKNOWN');
  assert.equal(failureOf('what').reason, 'UNKNOWN');
});
