// The sign-in page: the form, the phone beside it, and what happens behind.

import { offerConfig, offerText, readConfig, showState, userCalled } from './config.js';
import { Phone } from './phone.js';
import { offerScenarios } from './scenarios.js';
import { SignIn } from './sign-in.js';
import { watchTriggers } from './triggers.js';
import { CognitoUserPool, configure, signIn } from './vendor/identity-js.js';

const username = document.getElementById('username');
const code = document.getElementById('code');
let config, phone, named;

const form = new SignIn({
  async signIn(name, password, askForCode) {
    await takeNumber();
    return signIn(name, password, askForCode);
  },
  signOut,
  note: (text) => (phone.note = text),
});
try {
  await start();
  form.enable();
} catch (error) {
  form.refuse(error);
}

async function start() {
  config = await readConfig();
  const [demo] = config.users;
  if (demo && !username.value) {
    username.value = demo.username;
    document.getElementById('password').value = demo.password;
  }
  configure(config);
  // The library stores tokens for the next page. This page does not use those of an earlier visit.
  signOut();
  const number = userCalled(config, username.value)?.phoneNumber;
  named = number && username.value;
  // After the call, the user types the code. The focus stays where it is if there is no field.
  phone = new Phone(document.getElementById('phone'), number, { onOver: () => code.focus(), onState: showState });
  username.addEventListener('change', takeNumber);
  offerConfig(document.getElementById('for-your-app'), config);
  offerText(document.getElementById('expiring'), `${config.command} --set OTP_VALIDITY_SECONDS=20`);
  offerScenarios(document.getElementById('scenarios'), (user) => {
    username.value = user.username;
    document.getElementById('password').value = user.password;
    takeNumber();
  });
  watchTriggers(document.getElementById('triggers'));
}

function signOut() {
  const pool = new CognitoUserPool({ UserPoolId: config.userPoolId, ClientId: config.clientId });
  pool.getCurrentUser()?.signOut();
}

/** The phone takes the calls to the user who is named, unless somebody has given it another number since. Users can be
 * added at any time, so the stack is asked again. */
async function takeNumber() {
  if (username.value !== named) {
    const number = userCalled(await readConfig(), username.value)?.phoneNumber;
    named = number && username.value;
    if (number) phone.number = number;
  }
  await phone.ready();
}
