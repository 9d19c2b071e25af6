// The texts for the user about errors. The words are those of docs/reference/error-words.md.

import { duration } from './challenge.js';

const HELP = 'Ask for help.';
const MINUTE = 'Try again in a minute.';

const SENTENCES = {
  CALL_BUSY: () => `All lines are busy. ${MINUTE}`,
  // The reason may be the pause after a call, the user's limit, or a budget that others have used up.
  CALL_LIMIT: (wait) => (wait ? `We can't call you yet. Try again in ${wait}.` : `We can't call you now. Try again later.`),
  CALL_MISCONFIGURED: () => `We can't call anybody at the moment. ${HELP}`,
  CALL_REFUSED: () => `We may not call your number. Use another number, or ask for help.`,
  CALL_UNREACHABLE: () => `The call may not have been placed. ${MINUTE}`,
  PHONE_COUNTRY_NOT_ALLOWED: () => `We don't call the country of your number. Use another number, or ask for help.`,
  PHONE_INVALID: () => `Your phone number is not valid. ${HELP}`,
  PHONE_MISSING: () => `You have no phone number with us. ${HELP}`,
  PHONE_TYPE_NOT_ALLOWED: () => `We don't call numbers of this type. Use another number, or ask for help.`,
  PHONE_UNVERIFIED: () => `Your phone number was never verified. ${HELP}`,
  SIGN_IN_BUSY: () => `The sign-in is busy. ${MINUTE}`,
  SIGN_IN_DENIED: (wait) =>
    `A sign-in was stopped from your phone. Try again${wait ? ` in ${wait}` : ' later'}. If you did not start it, reset your password.`,
  SIGN_IN_LOCKED: (wait) =>
    wait
      ? `There were too many wrong codes. Try again in ${wait}.`
      : 'There were too many wrong codes. Reset your password, or ask for help.',
  SIGN_IN_NOT_CALLED: () => 'You were not called for this sign-in. Sign in again.',
  SIGN_IN_UNAVAILABLE: () => `You can't sign in at the moment. ${HELP}`,
};

const RESET = 'Your password must be reset before you can sign in. Choose "Forgot password", or ask for help.';
const CONFIRM = 'Your sign-up is not confirmed yet. Confirm it first, with the code that was sent to you then.';

/** What else Cognito may want, by the names of both libraries. A page that can do such a step goes on there. */
const STEPS = {
  PasswordResetRequiredException: RESET,
  RESET_PASSWORD: RESET,
  UserNotConfirmedException: CONFIRM,
  CONFIRM_SIGN_UP: CONFIRM,
};
const NEW_PASSWORD = 'You must choose a new password before you can sign in, which this page does not offer. Ask for help.';
const OTHER_STEP = 'Your sign-in needs another step, which this page does not offer. Ask for help.';

/** What Cognito says of mistakes in an app or in its set-up, and what its developer has to change. */
const MISTAKES = [
  [/^Custom auth lambda trigger is not configured/, 'the functions are not attached to the user pool, see `voice-otp doctor`.'],
  [/^User pool client .* does not exist/, 'there is no app client with this id in this Region.'],
  [/^(USER_SRP_AUTH is|USER_PASSWORD_AUTH flow) not enabled/, 'begin the sign-in with CUSTOM_AUTH, which Amplify calls CUSTOM_WITH_SRP.'],
  [/SECRET_HASH was not received/, 'this app client has a secret. A page needs an app client without one.'],
  [/^Invalid session for the user\.$/, 'send the Session of the latest challenge. Each works once.'],
];

/** The word in Cognito's message, and the seconds to wait if it says any. */
export function wordOf(message = '') {
  const [, word, seconds] = message.match(/\[([A-Z_]+)(?: (\d+))?\]/) ?? [];
  return { word, seconds: seconds && Number(seconds) };
}

/**
 * A sentence for an error of either library. `sent` is what was sent last: 'password', 'code' or 'call again'; `wait`
 * is how many seconds the last challenge says to wait for another call, which a new sign-in has to wait too.
 */
export function sentence(error, sent, wait = 0) {
  // One library has Cognito's name of the error in `code`, the other in `name`.
  const name = error.code ?? error.name;
  const message = error.message ?? '';
  const { word, seconds } = wordOf(message);
  if (Object.hasOwn(SENTENCES, word ?? '')) return SENTENCES[word](seconds && duration(seconds));
  if (Object.hasOwn(STEPS, name)) return STEPS[name];
  if (/NEW_PASSWORD/.test(name)) return NEW_PASSWORD;
  if (isStep(name)) return OTHER_STEP;
  const mistake = MISTAKES.find(([said]) => said.test(message));
  if (mistake) return `You can't sign in at the moment. ${HELP} For the developer: ${mistake[1]}`;
  const again = `Sign in again${wait > 0 ? ` in ${duration(wait)}` : ''}.`;
  if (name === 'NotAuthorizedException') {
    if (/session is expired/.test(message)) return `That took too long. ${again}`;
    if (sent === 'password') return 'User name or password is wrong.';
    if (sent === 'code') return `That was not the code, and there are no attempts left. ${again}`;
    return `This sign-in is over. ${again}`;
  }
  if (isUnanswered(name, message)) return 'Nothing answers. Check your connection and try again.';
  return `Something went wrong: ${message || name}`;
}

/** Whether this is the name of a step: the libraries write those in capitals, and no error so. */
function isStep(name) {
  return /^[A-Z]+(_[A-Z]+)+$/.test(name);
}

/** Whether a request got no answer. A TypeError may be any mistake; browsers have words of their own for this one. */
function isUnanswered(name, message) {
  return name === 'NetworkError' || (name === 'TypeError' && /fetch|network|load failed/i.test(message));
}
