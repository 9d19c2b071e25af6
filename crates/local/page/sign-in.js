// The form: password, code, signed in. It draws the states of a sign-in of the package `cognito-voice-otp`.

import { claimsOf, showClaims } from './claims.js';
import { focus, say, setText } from './element.js';
import { focusStep, showStep } from './steps.js';
import { clock, isPending } from './vendor/cognito-voice-otp.js';

/** The part of the page that shows each state. */
const PARTS = {
  idle: 'password-step',
  starting: 'password-step',
  failed: 'password-step',
  code: 'code-step',
  checking: 'code-step',
  calling: 'code-step',
  'signed-in': 'done-step',
};
const byId = (id) => document.getElementById(id);

export class Form {
  #signIn;
  #note;
  /** What is shown. */
  #state = { step: 'idle' };
  /** The code of which the phone was told that it has expired. */
  #expired;

  /** `signIn` is one of the package. `signOut()` forgets the tokens, and `note(text)` hears what there is to say about the calls so far. */
  constructor(signIn, { signOut, note }) {
    this.#signIn = signIn;
    this.#note = note;
    byId('password-step').addEventListener('submit', (event) => {
      event.preventDefault();
      signIn.start(byId('username').value, byId('password').value);
    });
    byId('code-step').addEventListener('submit', (event) => {
      event.preventDefault();
      if (byId('code').value.trim()) signIn.submit(byId('code').value);
    });
    byId('call-again').addEventListener('click', () => signIn.callAgain());
    byId('trust-device').addEventListener('change', ({ target }) => signIn.trustDevice(target.checked));
    byId('start-over').addEventListener('click', () => signIn.cancel());
    byId('sign-out').addEventListener('click', () => {
      signOut();
      signIn.cancel();
      say({ notice: 'You are signed out.' });
    });
    signIn.subscribe(() => this.#draw());
    setInterval(() => this.#tick(), 250);
    // Nothing is to be sent before there is somebody to send it.
    document.querySelector('#password-step button').disabled = false;
  }

  #draw() {
    const [before, state] = [this.#state, this.#signIn.getState()];
    this.#state = state;
    this.#say(before);
    const isBusy = isPending(state);
    byId('sign-in').setAttribute('aria-busy', String(isBusy));
    // They keep the focus while something is sent, so they aren't disabled. A second click does nothing.
    for (const button of document.querySelectorAll('#password-step button, #send-code')) setOff(button, isBusy);
    if (state.challenge) this.#showChallenge();
    else if (before.challenge) this.#note('This call belongs to a sign-in that is over.');
    if (state.step === 'signed-in') showTokens(state.session);
    this.#move(before);
  }

  /** Says what there is to say, unless it was said: a screen reader would read it again. */
  #say(before) {
    const { step, failure, by, challenge } = this.#state;
    let { notice, error } = this.#state;
    if (step === before.step && notice === before.notice && error === before.error) return;
    if (failure) error = failure.advice ? `${failure.sentence} For the developer: ${failure.advice}` : failure.sentence;
    if (by === 'device') notice = 'Signed in: this device is trusted, nobody was called.';
    // The heading says already that somebody is called.
    if (before.step === 'starting' && challenge && !challenge.callRefused) notice = undefined;
    say({ error, notice });
  }

  #showChallenge() {
    const { step, challenge } = this.#state;
    const { attemptsLeft, callsLeft, callRefused, destination, spokenDestination, trustDevice } = challenge;
    setText(document.querySelector('.destination'), destination);
    setText(byId('destination'), spokenDestination);
    setText(byId('attempts'), String(attemptsLeft));
    setText(byId('calls'), String(callsLeft));
    setText(byId('code-heading'), callRefused ? 'Enter the code' : 'Answer your phone');
    byId('calling').hidden = callRefused;
    byId('trust').hidden = !trustDevice;
    if (trustDevice) {
      setText(byId('trust-label'), trustDevice.label);
      byId('trust-device').checked = trustDevice.wanted;
    }
    if (step === 'code' && challenge.secondsLeft() > 0) this.#note('');
    this.#tick();
  }

  /** Shows another part of the page, and moves the focus where the user goes on. */
  #move(before) {
    const { step } = this.#state;
    const part = PARTS[step];
    showStep(part);
    if (part !== PARTS[before.step] || step === 'failed') {
      if (part === 'code-step') byId('code').value = '';
      focusStep(part);
    } else if (step === 'code' && before.step === 'checking') {
      focus(byId('code'));
      byId('code').select();
    } else if (step === 'code' && before.step === 'calling' && document.activeElement === byId('call-again')) {
      focus(byId('code'));
    }
  }

  #tick() {
    const { step, challenge } = this.#state;
    if (!challenge) return;
    const left = challenge.secondsLeft();
    setText(byId('expiry-label'), left > 0 ? 'Code works for another' : 'Code');
    setText(byId('expiry'), left > 0 ? clock(left) : 'expired');
    byId('expiry').classList.toggle('over', left === 0);
    setOff(byId('call-again'), step !== 'code' || !challenge.canCallAgain());
    setText(byId('call-again'), challenge.callAgainLabel());
    if (left === 0 && this.#expired !== challenge.expiry) {
      this.#expired = challenge.expiry;
      this.#note('The code of this call has expired.');
    }
  }
}

function showTokens(session) {
  const claims = claimsOf(session.getIdToken().getJwtToken());
  showClaims(byId('claims'), claims);
  byId('all-claims').textContent = JSON.stringify(claims, undefined, 2);
}

function setOff(button, isOff) {
  button.setAttribute('aria-disabled', String(isOff));
}
