// What an ID token says.

import { element } from './element.js';

const LABELS = {
  'cognito:username': 'User name',
  email: 'E-mail',
  phone_number: 'Phone',
  sub: 'Subject',
  iss: 'Issued by',
  aud: 'For the app client',
  auth_time: 'Signed in at',
  exp: 'Valid until',
};
const TIMES = ['auth_time', 'exp'];

/** The claims, unverified: to trust them, a server must check the signature. */
export function claimsOf(token) {
  const base64 = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Shows those that people can read, in a `dl`. */
export function showClaims(list, claims) {
  const rows = Object.entries(LABELS).filter(([name]) => claims[name] !== undefined);
  list.replaceChildren(
    ...rows.map(([name, label]) => {
      const value = TIMES.includes(name) ? new Date(claims[name] * 1000).toLocaleString() : String(claims[name]);
      return element('div', {}, element('dt', {}, label), element('dd', {}, value));
    }),
  );
}
