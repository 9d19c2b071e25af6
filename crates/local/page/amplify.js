// The least that a page needs, with Amplify.

import { Challenge, count } from './challenge.js';
import { claimsOf, showClaims } from './claims.js';
import { readConfig, showState, userCalled } from './config.js';
import { focus, say, setText } from './element.js';
import { sentence } from './fault.js';
import { Phone } from './phone.js';
import { configure, signIn, signOut } from './vendor/amplify.js';

const byId = (id) => document.getElementById(id);
let answer, challenge, named, phone, sent;

byId('password-step').addEventListener('submit', async (event) => {
  event.preventDefault();
  [sent, challenge, byId('code').value] = ['password', undefined, ''];
  say({ notice: 'Checking the password…' });
  try {
    await takeNumber();
    const token = await signIn(byId('username').value.trim(), byId('password').value, askForCode);
    showClaims(byId('claims'), claimsOf(token));
    say({});
    show('done-step');
  } catch (error) {
    say({ error: sentence(error, sent, challenge?.secondsToCall()) });
    show('password-step');
  }
  challenge = undefined;
});

byId('code-step').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = byId('code').value.trim();
  if (code) send('code', code);
});
byId('call-again').addEventListener('click', () => send('call again'));
byId('sign-out').addEventListener('click', async () => {
  await signOut();
  show('password-step');
});

try {
  const config = await readConfig();
  const [demo] = config.users;
  if (demo && !byId('username').value) [byId('username').value, byId('password').value] = [demo.username, demo.password];
  configure(config);
  await signOut();
  const number = userCalled(config, byId('username').value)?.phoneNumber;
  named = number && byId('username').value;
  phone = new Phone(byId('phone'), number, { onOver: () => byId('code').focus(), onState: showState });
  setInterval(tick, 250);
  byId('password-step').querySelector('button').disabled = false;
} catch (error) {
  say({ error: sentence(error) });
}

/** The phone takes the calls to the user who is named, unless somebody has given it another number since. */
async function takeNumber() {
  const name = byId('username').value;
  if (name !== named) {
    const number = userCalled(await readConfig(), name)?.phoneNumber;
    named = number && name;
    if (number) phone.number = number;
  }
  await phone.ready();
}

function askForCode(parameters) {
  const before = challenge;
  challenge = new Challenge(parameters);
  const calls = `${count(challenge.callsLeft, 'further call')} left.`;
  const { error, notice } = before ? challenge.after(before, sent) : challenge.first();
  say(error ? { error: `${error} ${calls}` } : { notice: `${notice} ${calls}` });
  tick();
  show('code-step');
  return new Promise((resolve) => (answer = resolve));
}

function send(what, code) {
  sent = what;
  say({ notice: what === 'code' ? 'Checking the code…' : 'Asking for another call…' });
  answer(code);
}

function tick() {
  if (!challenge) return;
  const { isPossible, label } = challenge.callAgain();
  byId('call-again').disabled = !isPossible;
  setText(byId('call-again'), label);
  if (challenge.secondsLeft() > 0 || challenge.saidOver) return;
  challenge.saidOver = true;
  say({ error: 'The code has expired. Ask for another call, or sign in again.' });
}

function show(step) {
  for (const id of ['password-step', 'code-step', 'done-step']) byId(id).hidden = id !== step;
  // Who is on the phone already stays there.
  if (!byId('phone').contains(document.activeElement)) focus(byId(step).querySelector('#code, h2, button'));
}
