// The sign-in page: the form, the phone beside it, and what happens behind.

import { Account } from './account.js';
import { freeNumber, offerConfig, offerText, readConfig, showState, userCalled } from './config.js';
import { element, say } from './element.js';
import { LANGUAGES } from './languages.js';
import { Phone } from './phone.js';
import { offerScenarios } from './scenarios.js';
import { Form } from './sign-in.js';
import { languageName } from './transcript.js';
import { watchTriggers } from './triggers.js';
import { CognitoUserPool, createSignIn, failureOf, identityJsClient } from './vendor/cognito-voice-otp.js';

const byId = (id) => document.getElementById(id);
const [username, password, language] = ['username', 'password', 'language'].map(byId);
/** The user of the latest sign-in: a reload empties the form. */
const USERNAME = 'username';
let phone;
/** The number that the phone got last because it is a user's. */
let taken;

try {
  await start();
} catch (error) {
  say({ error: failureOf(error).sentence });
}

async function start() {
  const config = await readConfig();
  const { userPoolId, clientId, endpoint } = config;
  const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });
  const client = identityJsClient(pool);
  const signOut = () => pool.getCurrentUser()?.signOut();
  // The library stores tokens for the next page. This page does not use those of an earlier visit.
  signOut();

  const user = userCalled(config, sessionStorage.getItem(USERNAME) ?? '') ?? config.users[0];
  if (user && !username.value) fillIn(user);
  taken = userCalled(config, username.value)?.phoneNumber;
  // After the call, the user types the code. A field that is not shown takes no focus.
  const onOver = () => ['code', 'confirm-code'].forEach((id) => byId(id).focus());
  phone = new Phone(byId('phone'), taken, { onOver, onState: showState });
  username.addEventListener('change', () => takeNumber());
  offerLanguages();

  offerConfig(byId('for-your-app'), config);
  offerText(byId('expiring'), `${config.command} --set OTP_VALIDITY_SECONDS=20`);
  offerText(byId('forgetting'), `${config.command} ledger demo --forget-devices --endpoint ${endpoint}`);
  // A library has one session: that of the form's sign-in must stay.
  offerScenarios(byId('scenarios'), identityJsClient(pool), (user) => {
    fillIn(user);
    takeNumber();
  });
  watchTriggers(byId('triggers'));

  const onPhone = {
    ...client,
    // The phone takes the user's calls before there are any.
    async start(...user) {
      sessionStorage.setItem(USERNAME, user[0]);
      await takeNumber();
      return client.start(...user);
    },
  };
  const signIn = createSignIn({ client: onPhone, userPoolId, clientId, language: () => language.value });
  const note = (text) => (phone.note = text);
  new Form(signIn, { signOut, note });
  // The clients whose users take a call may not write a number.
  new Account(config.clientIdPassword, {
    freeNumber: async () => freeNumber(await readConfig()),
    takeCalls,
    takeCallsTo: takeNumber,
    leave: () => signIn.cancel(),
    fillIn,
    noteLater: () => phone.noteLater(),
    speaksCodes: config.speaksCognitoCodes,
  });
  signIn.resume();
}

function offerLanguages() {
  for (const select of [language, byId('locale')]) {
    const options = Object.keys(LANGUAGES).map((tag) => element('option', { value: tag }, languageName(tag)));
    select.append(...options.sort((one, other) => one.text.localeCompare(other.text)));
  }
}

function fillIn(user) {
  username.value = user.username;
  password.value = user.password;
}

/** The phone takes the calls to the user who is named, unless somebody has given it another number since. Users can be
 * added at any time and get other numbers, so the stack is asked again. */
async function takeNumber(name = username.value) {
  const number = userCalled(await readConfig(), name)?.phoneNumber;
  if (number && number !== taken) await takeCalls(number);
  else await phone.ready();
}

async function takeCalls(number) {
  phone.number = taken = number;
  await phone.ready();
}
