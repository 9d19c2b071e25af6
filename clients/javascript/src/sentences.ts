// What is said to the user, in English. A translation is another object of this type.

import type { FailureReason } from './word.js';

export interface Sentences {
  /** The masked number as it is read aloud, from its last two digits. */
  spokenDestination(lastDigits: string): string;

  checkingPassword(): string;
  calling(spokenDestination: string): string;
  /** The first call of this sign-in is refused, but an earlier sign-in's code works. */
  earlierCode(): string;
  checkingCode(): string;
  askingForCall(): string;

  /** The user entered something else than a code. Nothing was sent. */
  noCode(codeLength: number): string;
  wrongCode(attemptsLeft: number): string;
  /** `callsLeft` is 0 if only a new sign-in brings a new code. */
  expired(callsLeft: number): string;
  callingAgain(isNewCode: boolean): string;
  /** A limit refuses another call. `wait` is in seconds, 0 if nobody knows. */
  callRefused(wait: number): string;
  notCalledAgain(attemptsLeft: number): string;

  /** The button for another call. */
  callAgain(wait: number, callsLeft: number): string;
  /** The tick box. */
  trustDevice(days: number): string;

  /** What ended the sign-in. */
  failures: { [reason in FailureReason]: (details: FailureDetails) => string };
}

export interface FailureDetails {
  /** How many seconds to wait, if Cognito or the last challenge said so. */
  seconds: number | undefined;
  /** Cognito's message. */
  message: string;
}

const HELP = 'Ask for help.';
const MINUTE = 'Try again in a minute.';

export const sentences: Sentences = {
  spokenDestination: (lastDigits) => `the number that ends in ${lastDigits}`,

  checkingPassword: () => 'Checking the password…',
  calling: (spokenDestination) => `We are calling ${spokenDestination}.`,
  earlierCode: () => 'We could not call again yet. The code from the last call still works.',
  checkingCode: () => 'Checking the code…',
  askingForCall: () => 'Asking for another call…',

  noCode: (codeLength) => `The code has ${codeLength} digits.`,
  wrongCode: (attemptsLeft) => `That was not the code. ${count(attemptsLeft, 'attempt')} left.`,
  expired: (callsLeft) => `The code has expired. ${callsLeft > 0 ? 'Ask for another call' : 'Start over'} to get a new one.`,
  callingAgain: (isNewCode) =>
    `We are calling you again, with ${isNewCode ? 'a new code: the old one works no longer' : 'the same code'}.`,
  callRefused: (wait) =>
    `Too many calls, so we can't call you again now.${wait > 0 ? ` Another call is possible in ${duration(wait)}.` : ''} ` +
    'The code that you have still works.',
  notCalledAgain: (attemptsLeft) =>
    `There was no other call: it was too early, or there are none left. ${count(attemptsLeft, 'attempt')} left.`,

  callAgain: (wait, callsLeft) => {
    if (callsLeft === 0) return 'No more calls';
    return wait > 0 ? `Call me again in ${duration(wait)}` : 'Call me again';
  },
  trustDevice: (days) => `Trust this device for ${count(days, 'day')}`,

  failures: {
    CALL_BUSY: () => `All lines are busy. ${MINUTE}`,
    // The reason may be the pause after a call, the user's limit, or a budget that others have used up.
    CALL_LIMIT: ({ seconds }) =>
      seconds ? `We can't call you yet. Try again in ${duration(seconds)}.` : "We can't call you now. Try again later.",
    CALL_MISCONFIGURED: () => `We can't call anybody at the moment. ${HELP}`,
    CALL_REFUSED: () => 'We may not call your number. Use another number, or ask for help.',
    CALL_UNREACHABLE: () => `The call may not have been placed. ${MINUTE}`,
    PHONE_COUNTRY_NOT_ALLOWED: () => "We don't call the country of your number. Use another number, or ask for help.",
    PHONE_INVALID: () => `Your phone number is not valid. ${HELP}`,
    PHONE_MISSING: () => `You have no phone number with us. ${HELP}`,
    PHONE_TYPE_NOT_ALLOWED: () => "We don't call numbers of this type. Use another number, or ask for help.",
    PHONE_UNVERIFIED: () => `Your phone number was never verified. ${HELP}`,
    SIGN_IN_BUSY: () => `The sign-in is busy. ${MINUTE}`,
    SIGN_IN_DENIED: ({ seconds }) =>
      `A sign-in was stopped from your phone. Try again${seconds ? ` in ${duration(seconds)}` : ' later'}. ` +
      'If you did not start it, reset your password.',
    SIGN_IN_LOCKED: ({ seconds }) =>
      seconds
        ? `There were too many wrong codes. Try again in ${duration(seconds)}.`
        : 'There were too many wrong codes. Reset your password, or ask for help.',
    SIGN_IN_NOT_CALLED: () => 'You were not called for this sign-in. Sign in again.',
    SIGN_IN_UNAVAILABLE: () => `You can't sign in at the moment. ${HELP}`,

    RESET_PASSWORD: () => 'Your password must be reset before you can sign in. Choose "Forgot password", or ask for help.',
    CONFIRM_SIGN_UP: () => 'Your sign-up is not confirmed yet. Confirm it first, with the code that was sent to you then.',
    NEW_PASSWORD: () => `You must choose a new password before you can sign in, which this page does not offer. ${HELP}`,
    MFA: () => `Your sign-in needs another step, which this page does not offer. ${HELP}`,
    OTHER_STEP: () => `Your sign-in needs another step, which this page does not offer. ${HELP}`,

    WRONG_PASSWORD: () => 'User name or password is wrong.',
    TOO_MANY_PASSWORDS: () => 'There were too many wrong passwords. Try again later.',
    NO_ATTEMPTS_LEFT: ({ seconds }) => `That was not the code, and there are no attempts left. ${again(seconds)}`,
    TOOK_TOO_LONG: ({ seconds }) => `That took too long. ${again(seconds)}`,
    OVER: ({ seconds }) => `This sign-in is over. ${again(seconds)}`,
    NO_CONNECTION: () => 'Nothing answers. Check your connection and try again.',
    TOO_MANY_REQUESTS: () => `Too many people are signing in. ${MINUTE}`,
    MISTAKE: () => `You can't sign in at the moment. ${HELP}`,
    UNKNOWN: ({ message }) => `Something went wrong: ${message}`,
  },
};

/** `1 call`, `2 calls`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Seconds as people say them in English: 40 seconds, 2 minutes, 3 hours. Never less than it is. */
export function duration(seconds: number): string {
  if (seconds < 120) return count(seconds, 'second');
  if (seconds < 7200) return count(Math.ceil(seconds / 60), 'minute');
  return count(Math.ceil(seconds / 3600), 'hour');
}

function again(seconds: number | undefined): string {
  return `Sign in again${seconds ? ` in ${duration(seconds)}` : ''}.`;
}
