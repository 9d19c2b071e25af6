// The form: password, code, signed in.

import { Challenge, clock } from './challenge.js';
import { claimsOf, showClaims } from './claims.js';
import { focus, say, setText } from './element.js';
import { sentence } from './fault.js';

const STEPS = ['password-step', 'code-step', 'done-step'];
const byId = (id) => document.getElementById(id);

export class SignIn {
  #library;
  #challenge;
  #sent;
  /** Gives the library what the user entered: a code, or nothing for another call. */
  #answer;
  /** Which sign-in it is. One that was given up may still get an error, which is ignored. */
  #run = 0;

  /** The buttons of the first step are disabled until `enable()`: nothing is to be sent before there is somebody to send it.
   *
   * `library` has `signIn(username, password, askForCode)`, as in the examples of docs/integrate.md, and `signOut()`; `note(text)` hears
   * what there is to say about the calls so far. */
  constructor(library) {
    this.#library = library;
    byId('password-step').addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.#isBusy) this.#start();
    });
    byId('code-step').addEventListener('submit', (event) => {
      event.preventDefault();
      const code = byId('code').value.trim();
      if (code && !this.#isBusy) this.#send('code', code);
    });
    byId('call-again').addEventListener('click', () => {
      if (!this.#isBusy && this.#challenge.callAgain().isPossible) this.#send('call again');
    });
    byId('start-over').addEventListener('click', () => this.#end({}));
    byId('sign-out').addEventListener('click', () => {
      this.#library.signOut();
      this.#end({ notice: 'You are signed out.' });
    });
    setInterval(() => this.#tick(), 250);
  }

  enable() {
    document.querySelector('#password-step button').disabled = false;
  }

  /** Shows an error from before the first step. */
  refuse(error) {
    say({ error: sentence(error) });
  }

  async #start() {
    const run = ++this.#run;
    this.#sent = 'password';
    this.#challenge = undefined;
    say({ notice: 'Checking the password…' });
    this.#wait(true);
    try {
      const ask = (parameters) => this.#ask(run, parameters);
      const token = await this.#library.signIn(byId('username').value.trim(), byId('password').value, ask);
      if (run === this.#run) this.#done(token);
    } catch (error) {
      if (run === this.#run) this.#end({ error: sentence(error, this.#sent, this.#challenge?.secondsToCall()) });
    }
  }

  /** The library has a challenge, and wants to know what the user says to it. */
  #ask(run, parameters) {
    if (run !== this.#run) return new Promise(() => {});
    const [before, challenge] = [this.#challenge, new Challenge(parameters)];
    this.#challenge = challenge;
    // The heading says already that somebody is called.
    say(before ? challenge.after(before, this.#sent) : challenge.callRefused ? challenge.first() : {});
    this.#wait(false);
    this.#library.note('');
    this.#tick();
    setText(document.querySelector('.destination'), challenge.destination.replaceAll('*', '•'));
    setText(byId('destination'), challenge.spokenDestination);
    setText(byId('attempts'), String(challenge.attemptsLeft));
    setText(byId('calls'), String(challenge.callsLeft));
    setText(byId('code-heading'), challenge.callRefused ? 'Enter the code' : 'Answer your phone');
    byId('calling').hidden = Boolean(challenge.callRefused);
    if (!before) {
      byId('code').value = '';
      this.#show('code-step', byId('code'));
    } else if (this.#sent === 'code') {
      focus(byId('code'));
      byId('code').select();
    } else if (document.activeElement === byId('call-again')) {
      focus(byId('code'));
    }
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #send(what, code) {
    this.#sent = what;
    say({ notice: what === 'code' ? 'Checking the code…' : 'Asking for another call…' });
    this.#wait(true);
    this.#answer(code);
  }

  #done(token) {
    const claims = claimsOf(token);
    showClaims(byId('claims'), claims);
    byId('all-claims').textContent = JSON.stringify(claims, undefined, 2);
    this.#forget();
    say({});
    this.#wait(false);
    this.#show('done-step', document.querySelector('#done-step h2'));
  }

  /** Back to the first step. */
  #end(message) {
    this.#run++;
    this.#forget();
    say(message);
    this.#wait(false);
    this.#show('password-step', document.querySelector('#password-step button'));
  }

  #forget() {
    if (this.#challenge) this.#library.note('This call belongs to a sign-in that is over.');
    this.#challenge = undefined;
  }

  #show(step, focused) {
    // A user who is on the phone keeps the focus there.
    const isElsewhere = document.activeElement !== document.body && !byId('sign-in').contains(document.activeElement);
    for (const id of STEPS) byId(id).hidden = id !== step;
    if (!isElsewhere) focus(focused);
  }

  get #isBusy() {
    return byId('sign-in').getAttribute('aria-busy') === 'true';
  }

  /** Fields and buttons keep the focus while something is sent, so they aren't disabled; a second click does nothing. */
  #wait(isWaiting) {
    byId('sign-in').setAttribute('aria-busy', String(isWaiting));
    for (const button of document.querySelectorAll('#password-step button, #send-code')) setOff(button, isWaiting);
    if (isWaiting) setOff(byId('call-again'), true);
  }

  #tick() {
    if (!this.#challenge) return;
    const isBusy = this.#isBusy;
    const left = this.#challenge.secondsLeft();
    setText(byId('expiry-label'), left > 0 ? 'Code works for another' : 'Code');
    setText(byId('expiry'), left > 0 ? clock(left) : 'expired');
    byId('expiry').classList.toggle('over', left === 0);

    const { isPossible, label } = this.#challenge.callAgain();
    setOff(byId('call-again'), isBusy || !isPossible);
    setText(byId('call-again'), label);
    if (left === 0 && !isBusy && !this.#challenge.saidOver) {
      this.#challenge.saidOver = true;
      const next = this.#challenge.callsLeft > 0 ? 'Ask for another call to get a new one.' : 'Start over to get a new one.';
      say({ error: `The code has expired. ${next}` });
      this.#library.note('The code of this call has expired.');
    }
  }
}

function setOff(button, isOff) {
  button.setAttribute('aria-disabled', String(isOff));
}
