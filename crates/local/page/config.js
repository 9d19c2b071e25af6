// The local stack's configuration, and whether it is running.

import { setText } from './element.js';

/** The endpoint is where this page comes from, by whatever name it was opened: all of the stack is on that port. */
export async function readConfig() {
  const response = await fetch('/local/config').catch((error) => {
    showState(false);
    throw error;
  });
  showState(true);
  if (!response.ok) throw new Error(`The local stack answers ${response.status}`);
  return { ...(await response.json()), endpoint: location.origin };
}

/** The user whom this name means to the pool, if there is one. */
export function userCalled(config, name) {
  const same = (own) => own?.toLowerCase() === name.trim().toLowerCase();
  return config.users.find(({ username, email }) => same(username) || same(email));
}

/** A number that no user has, or the last one that there is. */
export function freeNumber({ users }) {
  const numbers = Array.from({ length: 100 }, (_, line) => `+12065550${100 + line}`);
  return numbers.find((number) => !users.some(({ phoneNumber }) => phoneNumber === number)) ?? numbers.at(-1);
}

/** Fills the panel with the values that your own page needs. */
export function offerConfig(panel, { userPoolId, clientId, endpoint }) {
  offerText(panel, JSON.stringify({ userPoolId, clientId, endpoint }, undefined, 2));
}

/** Fills an element that has a text to be copied. */
export function offerText(panel, text) {
  setText(panel.querySelector('pre'), text);
  panel.querySelector('button').addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    setText(panel.querySelector('[role="status"]'), 'Copied.');
  });
}

/** Says in the page's head if the stack is gone. */
export function showState(isThere) {
  setText(document.getElementById('gone'), isThere ? '' : 'The local stack is gone. Start it again: ./local, or cargo run -p local in the source');
}
