// What ended a sign-in, read from the errors of any of the libraries.

import { type Sentences, sentences as english } from './sentences.js';
import { type ErrorWord, type FailureReason, type OtherStep, type Trouble, wordIn } from './word.js';

export interface Failure {
  reason: FailureReason;
  /** The functions' word, if it was one of their errors. */
  word?: ErrorWord;
  /** What the user has to do first, if it was no error. */
  step?: OtherStep;
  /** How long to wait before another sign-in, if that is known. */
  seconds?: number;
  /** What to tell the user. */
  sentence: string;
  /** What the developer has to change, if it was a mistake in the app or in the set-up of the pool. */
  advice?: string;
  /** Cognito's or the library's name of the error or the step. */
  name: string;
  error?: unknown;
}

/** What was sent last. */
export type Sent = 'password' | 'device' | 'code' | 'call again';

const STEPS: Record<string, OtherStep> = {
  PasswordResetRequiredException: 'RESET_PASSWORD',
  RESET_PASSWORD: 'RESET_PASSWORD',
  UserNotConfirmedException: 'CONFIRM_SIGN_UP',
  CONFIRM_SIGN_UP: 'CONFIRM_SIGN_UP',
};

/** What Cognito says of mistakes in an app or in its set-up. Not all of them can only be that. */
const MISTAKES: [said: RegExp, advice: string, reason?: Trouble][] = [
  [
    /^Custom auth lambda trigger is not configured/,
    'The functions are not attached to the user pool, see `voice-otp doctor`.',
  ],
  [/^User pool client .* does not exist/, 'There is no app client with this id in this Region.'],
  [
    /^(USER_SRP_AUTH is|USER_PASSWORD_AUTH flow) not enabled/,
    'Begin the sign-in with CUSTOM_AUTH, which Amplify calls CUSTOM_WITH_SRP.',
  ],
  [/^Without crypto\.subtle/, 'Serve the page by HTTPS or from localhost: else browsers have no crypto.subtle.'],
  [/SECRET_HASH was not received/, 'This app client has a secret. A page needs an app client without one.'],
  // The answer to an earlier request may have been lost, too.
  [/^Invalid session for the user\.$/, 'Send the Session of the latest challenge. Each works once.', 'OVER'],
];

/** Reads an error. `wait` is how many seconds the last challenge says to wait for another call: a new sign-in has to wait too. */
export function failureOf(error: unknown, sent: Sent = 'password', wait = 0, sentences: Sentences = english): Failure {
  const { name, message } = namesOf(error);
  const { word, seconds } = wordIn(message);
  const shared = { name, error };
  if (word) return finish(word, { ...shared, word, ...(seconds === undefined ? {} : { seconds }) }, message, sentences);
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (step) return finish(step, { ...shared, step }, message, sentences);
  const mistake = MISTAKES.find(([said]) => said.test(message));
  const reason = mistake ? (mistake[2] ?? 'MISTAKE') : troubleOf(name, message, sent);
  const waits = wait > 0 && (reason === 'NO_ATTEMPTS_LEFT' || reason === 'TOOK_TOO_LONG' || reason === 'OVER');
  const rest = { ...shared, ...(mistake && { advice: mistake[1] }), ...(waits && { seconds: wait }) };
  return finish(reason, rest, message || name, sentences);
}

/** What to say of a step that is no custom challenge, by any library's name of it. */
export function failureOfStep(name: string, sentences: Sentences = english): Failure {
  const step =
    STEPS[name] ?? (/NEW_PASSWORD/.test(name) ? 'NEW_PASSWORD' : /MFA|TOTP|SMS|EMAIL/.test(name) ? 'MFA' : 'OTHER_STEP');
  return finish(step, { name, step }, name, sentences);
}

/** Whether the same answer can be sent again: Cognito may not have seen it. */
export function canRetry({ reason }: Failure): boolean {
  return reason === 'NO_CONNECTION' || reason === 'TOO_MANY_REQUESTS';
}

function finish(
  reason: FailureReason,
  rest: Omit<Failure, 'reason' | 'sentence'>,
  message: string,
  sentences: Sentences,
): Failure {
  return { reason, ...rest, sentence: sentences.failures[reason]({ seconds: rest.seconds, message }) };
}

function troubleOf(name: string, message: string, sent: Sent): Trouble {
  // Amplify keeps a sign-in for three minutes after a reload.
  if (/session is expired/.test(message) || name === 'SignInException') return 'TOOK_TOO_LONG';
  if (name === 'NotAuthorizedException') {
    if (/^Password attempts exceeded/.test(message)) return 'TOO_MANY_PASSWORDS';
    return sent === 'password' ? 'WRONG_PASSWORD' : sent === 'code' ? 'NO_ATTEMPTS_LEFT' : 'OVER';
  }
  // Pools that hide who exists never say so.
  if (name === 'UserNotFoundException') return 'WRONG_PASSWORD';
  if (name === 'TooManyRequestsException') return 'TOO_MANY_REQUESTS';
  return isUnanswered(name, message) ? 'NO_CONNECTION' : 'UNKNOWN';
}

/** Whether a request got no answer. A TypeError may be any mistake; browsers have words of their own for this one. */
function isUnanswered(name: string, message: string): boolean {
  return (
    name === 'NetworkError' ||
    name === 'TimeoutError' ||
    // Node's, as in ECONNREFUSED.
    /^(E[A-Z]+|EAI_AGAIN)$/.test(name) ||
    (name === 'TypeError' && /fetch|network|load failed/i.test(message))
  );
}

/** amazon-cognito-identity-js has Cognito's name of an error in `code`, the other libraries in `name`. A DOMException's `code` is a
 * number. */
function namesOf(error: unknown): { name: string; message: string } {
  if (typeof error !== 'object' || error === null) return { name: 'Error', message: String(error) };
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  return { name: typeof code === 'string' ? code : String(name ?? 'Error'), message: typeof message === 'string' ? message : '' };
}
