// The least that a page needs, with Amplify.

import { signOut } from 'aws-amplify/auth';
import { configure, signIn } from './amplify.mjs';
import { Challenge, count } from './challenge.js';
import { claimsOf, showClaims } from './claims.js';
import { readConfig, userCalled } from './config.js';
import { sentence } from './fault.js';
import { Phone } from './phone.js';

const byId = (id) => document.getElementById(id);
const config = await readConfig();
const [demo] = config.users;
if (demo && !byId('username').value) [byId('username').value, byId('password').value] = [demo.username, demo.password];
configure(config);
await signOut();
const phone = new Phone(byId('phone'), demo?.phoneNumber, () => byId('code').focus());

let answer;
let sent;

byId('password-step').addEventListener('submit', async (event) => {
  event.preventDefault();
  [sent, byId('code').value] = ['password', ''];
  say('Checking the password…');
  try {
    const number = userCalled(await readConfig(), byId('username').value)?.phoneNumber;
    if (number) phone.number = number;
    await phone.ready();
    const token = await signIn(byId('username').value.trim(), byId('password').value, askForCode);
    showClaims(byId('claims'), claimsOf(token));
    say('');
    show('done-step');
  } catch (error) {
    say(sentence(error, sent));
    show('password-step');
  }
});

byId('code-step').addEventListener('submit', (event) => {
  event.preventDefault();
  sent = 'code';
  answer?.(byId('code').value.trim());
});
byId('call-again').addEventListener('click', () => {
  sent = 'call again';
  answer?.();
});
byId('sign-out').addEventListener('click', async () => {
  await signOut();
  show('password-step');
});

function askForCode(parameters) {
  const challenge = new Challenge(parameters);
  const facts = `${count(challenge.attemptsLeft, 'attempt')} and ${count(challenge.callsLeft, 'further call')} left.`;
  const wait = challenge.secondsToCall();
  say(`${{ password: '', code: 'That was not the code. ', 'call again': '' }[sent]}We call ${challenge.destination}. ${facts}
    ${challenge.callsLeft && wait ? `The next call is possible in ${count(wait, 'second')}.` : ''}`);
  show('code-step');
  return new Promise((resolve) => (answer = resolve));
}

function say(message) {
  byId('message').textContent = message;
}

function show(step) {
  for (const id of ['password-step', 'code-step', 'done-step']) byId(id).hidden = id !== step;
  // Who is on the phone already stays there.
  if (!byId('phone').contains(document.activeElement)) byId(step).querySelector('#code, h2, button').focus();
}
