// Users whose sign-ins end differently from the demo user's.

import { element, setText } from './element.js';
import { failureOf } from './vendor/cognito-voice-otp.js';

const SCENARIOS = [
  ['A call in German', { user: { attributes: { locale: 'de-DE' } } }],
  ['A call in Arabic', { user: { attributes: { locale: 'ar' } } }],
  ['A number that is not verified', { user: { phoneNumberVerified: false } }],
  ['No number', { user: { phoneNumber: null } }],
  ['No e-mail address', { user: { attributes: { email: null } } }],
  ['A user who is locked', { user: {}, prepare: lock }],
  // Once for each time that the create function asks.
  ['Connect is busy', { user: {}, fault: { next: 2, error: 'LimitExceededException' } }],
];

/** Fills the panel. `client` is one of the package. `onUser` gets each user who is added, as `GET /local/config` has them. */
export function offerScenarios(panel, client, onUser) {
  const status = panel.querySelector('[role="status"]');
  const run = async (name, { user, prepare, fault }) => {
    try {
      const added = await post('/local/users', user);
      setText(status, prepare ? `${name}: wrong codes are entered…` : '');
      await prepare?.(added, client);
      // A user who has not been called, so that the next sign-in places a call.
      if (fault) await post('/local/faults', fault);
      onUser(added);
      setText(status, `${name}: the form is filled in.`);
    } catch (error) {
      setText(status, `${name}: ${failureOf(error).sentence}`);
    }
  };
  const buttons = SCENARIOS.map(([name, scenario]) => {
    const button = element('button', { type: 'button' }, name);
    button.addEventListener('click', () => run(name, scenario));
    return button;
  });
  panel.querySelector('.row').append(...buttons);
}

/** The most wrong codes in a row that a setting can ask for, and one code in each sign-in. */
const MOST_SIGN_INS = 100;
/** How often the calls are read. */
const POLL_MS = 100;

/** Enters wrong codes until the user is locked. A sign-in takes a few of them, and the next one has another code. */
async function lock({ username, password, phoneNumber }, client) {
  for (let signIns = 0; signIns < MOST_SIGN_INS; signIns += 1) {
    try {
      await client.start(username, password, {});
      for (;;) {
        await heard(phoneNumber);
        await client.answer('wrong', {});
      }
    } catch (error) {
      const { reason } = failureOf(error, 'code');
      if (reason === 'SIGN_IN_LOCKED') return;
      if (reason !== 'NO_ATTEMPTS_LEFT') throw error;
    }
  }
  throw new Error('no wrong codes lock a user, by the settings.');
}

/** Waits until the latest call to a number has said its code, or has ended: before that, no answer counts. */
async function heard(number) {
  for (;;) {
    const calls = await (await fetch(`/local/calls?to=${encodeURIComponent(number)}`)).json();
    const call = calls.at(-1);
    if (call?.state === 'ended' || call?.transcript.some(({ says }) => /(\d, ){3}/.test(says))) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return response.json();
}
