// Sign-up and a forgotten password. Cognito makes their codes itself, and a call speaks them.

import { CognitoError, cognito, sentenceOf } from './cognito.js';
import { focus, say, setText } from './element.js';
import { focusStep, showStep } from './steps.js';
import { digitsOf } from './vendor/cognito-voice-otp.js';

/** The ways of a code to its user, by the element that explains each, with its heading. */
const WAYS = { 'by-call': 'Answer your phone', 'by-text': 'Read your text message', 'by-mail': 'Read your e-mail' };
const byId = (id) => document.getElementById(id);

export class Account {
  #clientId;
  #page;
  #isBusy = false;
  /** What the code is for: `{ send, confirm, user, said }`. */
  #purpose;

  /** Of `page`, `freeNumber()` resolves to a number that no user has. `takeCalls(number)` and `takeCallsTo(name)` give the phone the number
   * that will be called. `leave()` gives up what the form was doing, and `fillIn(user)` fills it in. `noteLater()` gives a function that
   * says something about the calls so far. `speaksCodes` tells whether calls speak these codes. */
  constructor(clientId, page) {
    this.#clientId = clientId;
    this.#page = page;
    this.#on('sign-up', 'click', () => this.#openSignUp());
    this.#on('forgot-password', 'click', () => this.#forgot());
    this.#on('sign-up-step', 'submit', () => this.#signUp());
    this.#on('confirm-step', 'submit', () => this.#confirm());
    this.#on('send-again', 'click', () => this.#sendAgain());
    for (const id of ['sign-up-back', 'confirm-back']) this.#on(id, 'click', async () => this.#show('password-step'));
    for (const id of ['sign-up', 'forgot-password']) byId(id).disabled = false;
  }

  async #openSignUp() {
    const number = await this.#page.freeNumber();
    this.#page.leave();
    byId('new-number').value ||= number;
    this.#show('sign-up-step');
  }

  async #signUp() {
    const [username, password, number, locale] = ['new-username', 'new-password', 'new-number', 'locale'].map((id) => byId(id).value);
    await this.#page.takeCalls(number);
    const UserAttributes = [{ Name: 'phone_number', Value: number }];
    if (locale) UserAttributes.push({ Name: 'locale', Value: locale });
    const send = () => this.#cognito('ResendConfirmationCode', username);
    const sent = await this.#cognito('SignUp', username, { Password: password, UserAttributes }).catch(async (error) => {
      if (error.name !== 'UsernameExistsException') throw error;
      // Whoever left before the code gets a new one. Cognito refuses it where the user is confirmed.
      await this.#page.takeCallsTo(username);
      return send().catch(() => Promise.reject(error));
    });
    this.#purpose = {
      send,
      confirm: (ConfirmationCode) => this.#cognito('ConfirmSignUp', username, { ConfirmationCode }),
      user: () => ({ username, password }),
      said: 'You are signed up. Sign in: the phone rings once more.',
    };
    this.#askForCode(sent, { withPassword: false });
  }

  async #forgot() {
    const username = byId('username').value;
    if (!byId('username').reportValidity()) return;
    await this.#page.takeCallsTo(username);
    this.#page.leave();
    const language = byId('language').value;
    const send = () => this.#cognito('ForgotPassword', username, language && { ClientMetadata: { language } });
    const sent = await send();
    this.#purpose = {
      send,
      confirm: (ConfirmationCode, Password) => this.#cognito('ConfirmForgotPassword', username, { ConfirmationCode, Password }),
      user: () => ({ username, password: byId('reset-password').value }),
      said: 'Your password is changed. Sign in with the new one.',
    };
    this.#askForCode(sent, { withPassword: true });
  }

  #askForCode(sent, { withPassword }) {
    // A sign-in may have begun meanwhile.
    this.#page.leave();
    byId('confirm-step').reset();
    // What is required and not shown would keep the form from being sent.
    byId('reset').hidden = byId('reset-password').disabled = !withPassword;
    setText(byId('confirm'), withPassword ? 'Set the password' : 'Confirm');
    this.#showDestination(sent);
    this.#show('confirm-step');
  }

  #showDestination({ CodeDeliveryDetails: { DeliveryMedium, Destination } }) {
    const byPhone = this.#page.speaksCodes ? 'by-call' : 'by-text';
    const way = DeliveryMedium === 'SMS' ? byPhone : 'by-mail';
    setText(byId('confirm-heading'), WAYS[way]);
    for (const id of Object.keys(WAYS)) byId(id).hidden = id !== way;
    byId('no-call').hidden = way !== 'by-call';
    // The field gets the focus, so this is read out there.
    byId('confirm-code').setAttribute('aria-describedby', way);
    for (const id of ['called', 'texted']) setText(byId(id), `the number that ends in ${Destination.slice(-4)}`);
    setText(byId('mailed'), Destination);
  }

  async #sendAgain() {
    // The new call may ring before the answer is here.
    const note = this.#page.noteLater();
    this.#showDestination(await this.#purpose.send());
    note('The code of this call is void.');
    say({ notice: 'There is a new code. The old one works no longer.' });
    focus(byId('confirm-code'));
  }

  async #confirm() {
    const { confirm, user, said } = this.#purpose;
    const code = digitsOf(byId('confirm-code').value);
    try {
      if (!code) throw new CognitoError('CodeMismatchException');
      await confirm(code, byId('reset-password').value);
    } catch (error) {
      if (error.name === 'CodeMismatchException') byId('confirm-code').select();
      throw error;
    }
    this.#page.fillIn(user());
    byId('sign-up-step').reset();
    this.#show('password-step');
    say({ notice: said });
  }

  #show(step) {
    say({});
    showStep(step);
    focusStep(step);
  }

  #cognito(operation, Username, request) {
    return cognito(operation, { ClientId: this.#clientId, Username, ...request });
  }

  /** Does one thing at a time, and says what went wrong. */
  #on(id, event, work) {
    byId(id).addEventListener(event, async (happened) => {
      happened.preventDefault();
      if (this.#isBusy) return;
      this.#setBusy(true);
      await work().catch((error) => say({ error: sentenceOf(error) }));
      this.#setBusy(false);
    });
  }

  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    byId('sign-in').setAttribute('aria-busy', String(isBusy));
    // They keep the focus meanwhile, so they aren't disabled.
    const buttons = document.querySelectorAll('#sign-up-step button, #confirm-step button');
    for (const button of buttons) button.setAttribute('aria-disabled', String(isBusy));
  }
}
