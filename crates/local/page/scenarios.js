// Users whose sign-ins end differently from the demo user's.

import { element, setText } from './element.js';

const SCENARIOS = [
  ['A call in German', { user: { attributes: { locale: 'de-DE' } } }],
  ['A call in Arabic', { user: { attributes: { locale: 'ar' } } }],
  ['A number that is not verified', { user: { phoneNumberVerified: false } }],
  ['No number', { user: { phoneNumber: null } }],
  // Once for each time that the create function asks.
  ['Connect is busy', { fault: { next: 2, error: 'LimitExceededException' } }],
];

/** Fills the panel. `onUser` gets each user who is added, as `GET /local/config` has them. */
export function offerScenarios(panel, onUser) {
  const status = panel.querySelector('[role="status"]');
  const run = async (name, { user, fault }) => {
    try {
      if (user) onUser(await post('/local/users', user));
      else await post('/local/faults', fault);
      setText(status, user ? `${name}: the form is filled in.` : `${name} at the next call.`);
    } catch {
      setText(status, 'Nothing answers.');
    }
  };
  const buttons = SCENARIOS.map(([name, scenario]) => {
    const button = element('button', { type: 'button' }, name);
    button.addEventListener('click', () => run(name, scenario));
    return button;
  });
  panel.querySelector('.row').append(...buttons);
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
