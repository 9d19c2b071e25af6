// What to tell the user of an error. The words are those of README.md, "Error words".

import { duration } from './challenge.js';

const HELP = 'Ask for help.';
const MINUTE = 'Try again in a minute.';

const SENTENCES = {
  CALL_BUSY: () => `All lines are busy. ${MINUTE}`,
  CALL_LIMIT: (wait) => `There were too many calls. ${wait ? `Try again in ${wait}.` : 'Try again later.'}`,
  CALL_MISCONFIGURED: () => `We can't call anybody at the moment. ${HELP}`,
  CALL_REFUSED: () => `We may not call your number. Use another number, or ask for help.`,
  CALL_UNREACHABLE: () => `We could not reach the telephone service. Your phone may ring all the same. ${MINUTE}`,
  PHONE_COUNTRY_NOT_ALLOWED: () => `We don't call the country of your number. Use another number, or ask for help.`,
  PHONE_INVALID: () => `Your phone number is not valid. ${HELP}`,
  PHONE_MISSING: () => `You have no phone number with us. ${HELP}`,
  PHONE_TYPE_NOT_ALLOWED: () => `We don't call numbers of this type. Use another number, or ask for help.`,
  PHONE_UNVERIFIED: () => `Your phone number was never verified. ${HELP}`,
  SIGN_IN_BUSY: () => `The sign-in is busy, so nobody was called. ${MINUTE}`,
  SIGN_IN_LOCKED: (wait) =>
    wait
      ? `There were too many wrong codes. Try again in ${wait}.`
      : 'There were too many wrong codes. Reset your password, or ask for help.',
  SIGN_IN_UNAVAILABLE: () => `You can't sign in at the moment. ${HELP}`,
};

/** The word in Cognito's message, and the seconds to wait if it says any. */
export function wordOf(message = '') {
  const [, word, seconds] = message.match(/\[([A-Z_]+)(?: (\d+))?\]/) ?? [];
  return { word, seconds: seconds && Number(seconds) };
}

/** A sentence for an error of either library. `sent` is what was sent last: 'password', 'code' or 'call again'. */
export function sentence(error, sent) {
  // One library has Cognito's name of the error in `code`, the other in `name`.
  const name = error.code ?? error.name;
  const message = error.message ?? '';
  const { word, seconds } = wordOf(message);
  if (Object.hasOwn(SENTENCES, word ?? '')) return SENTENCES[word](seconds && duration(seconds));
  if (name === 'NotAuthorizedException') {
    if (/session is expired/.test(message)) return 'That took too long. Sign in once more.';
    if (sent === 'password') return 'User name or password is wrong.';
    if (sent === 'code') return 'That was not the code, and there are no attempts left. Sign in once more.';
    return 'This sign-in is over. Sign in once more.';
  }
  if (name === 'NetworkError' || name === 'TypeError') return 'Nothing answers. Is the local stack still running?';
  return `Something went wrong: ${message || name}`;
}
