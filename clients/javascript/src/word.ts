// The names of what may end a sign-in. docs/reference/error-words.md says what each word means.

/** The words in the errors of the functions. */
export const ERROR_WORDS = [
  'CALL_BUSY',
  'CALL_LIMIT',
  'CALL_MISCONFIGURED',
  'CALL_REFUSED',
  'CALL_UNREACHABLE',
  'PHONE_COUNTRY_NOT_ALLOWED',
  'PHONE_INVALID',
  'PHONE_MISSING',
  'PHONE_TYPE_NOT_ALLOWED',
  'PHONE_UNVERIFIED',
  'SIGN_IN_BUSY',
  'SIGN_IN_DENIED',
  'SIGN_IN_LOCKED',
  'SIGN_IN_NOT_CALLED',
  'SIGN_IN_UNAVAILABLE',
] as const;

export type ErrorWord = (typeof ERROR_WORDS)[number];

/** What else Cognito may want of a user. Your app may have a page for it. */
export type OtherStep = 'RESET_PASSWORD' | 'CONFIRM_SIGN_UP' | 'NEW_PASSWORD' | 'MFA' | 'OTHER_STEP';

/** What has no word of the functions. `MISTAKE` is one in your app or in the set-up of the pool. */
export type Trouble =
  | 'WRONG_PASSWORD'
  | 'TOO_MANY_PASSWORDS'
  | 'NO_ATTEMPTS_LEFT'
  | 'TOOK_TOO_LONG'
  | 'OVER'
  | 'NO_CONNECTION'
  | 'TOO_MANY_REQUESTS'
  | 'MISTAKE'
  | 'UNKNOWN';

export type FailureReason = ErrorWord | OtherStep | Trouble;

/** The word in a message of Cognito's, and how many seconds to wait if it says so. */
export function wordIn(message: string): { word?: ErrorWord; seconds?: number } {
  for (const [, word, seconds] of message.matchAll(/\[([A-Z_]+)(?: (\d+))?\]/g)) {
    const known = ERROR_WORDS.find((own) => own === word);
    if (known) return seconds === undefined ? { word: known } : { word: known, seconds: Number(seconds) };
  }
  return {};
}
