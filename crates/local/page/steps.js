// The steps of the form. One of them is shown.

import { focus } from './element.js';

/** What gets the focus in each step. */
const STEPS = {
  'password-step': '#password-step button',
  'code-step': '#code',
  'done-step': '#done-step h2',
  'sign-up-step': '#new-username',
  'confirm-step': '#confirm-code',
};

/** Shows a step, and none of the others. */
export function showStep(step) {
  for (const id of Object.keys(STEPS)) document.getElementById(id).hidden = id !== step;
}

/** Moves the focus to where the user goes on. A user who is on the phone keeps it there. */
export function focusStep(step) {
  const { activeElement, body } = document;
  const isElsewhere = activeElement !== body && !document.getElementById('sign-in').contains(activeElement);
  if (!isElsewhere) focus(document.querySelector(STEPS[step]));
}
