// A phone: it rings, is answered, shows and says what is said, has keys.

import { element, setText } from './element.js';
import { Ring } from './ring.js';
import { Speech } from './speech.js';
import * as connect from './connect.js';
import { languageName, languageOf, shownLine } from './transcript.js';
import { clock } from './vendor/cognito-voice-otp.js';

const KEYS = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
];
const NAMES = { '*': 'star', '#': 'hash' };
const ENDS = {
  flow: 'The service hung up',
  callee: 'You hung up',
  declined: 'You declined the call',
  'no-answer': 'Missed call: nobody answered',
};
const E164 = /^\+[1-9]\d{1,14}$/;

export class Phone {
  #line;
  #calls = new Map();
  #call;
  /** How many lines of a call's transcript have been said here. */
  #said = 0;
  #isSaying = false;
  #pressed = Promise.resolve();
  #answeredAt;
  #isConnected = false;
  /** Whether the connection was there and is gone. */
  #isLost = false;
  /** Notices about calls. */
  #note = { text: '', contactIds: [] };
  #speech = new Speech();
  #ring = new Ring();
  #view;

  #onOver;
  #onState;

  /** Builds the phone in `place`, for the calls to a number. `onOver` hears that a call is over, which held the focus;
   * `onState` whether the stack answers. */
  constructor(place, number = '', { onOver = () => {}, onState = () => {} } = {}) {
    this.#onOver = onOver;
    this.#onState = onState;
    this.#view = this.#build(place);
    this.number = number;
    setInterval(() => this.#tick(), 500);
  }

  set number(written) {
    const number = written.replaceAll(/[\s().-]/g, '');
    if (this.#line && number === this.#view.taken) return;
    this.#view.number.value = number;
    this.#view.taken = number;
    this.#line?.close();
    this.#line = undefined;
    this.#calls.clear();
    this.#isConnected = false;
    this.#isLost = false;
    if (E164.test(number)) {
      this.#line = new connect.Line(number, {
        onCall: (call) => this.#take(call),
        onState: (isConnected) => {
          this.#isConnected = isConnected;
          this.#isLost = !isConnected;
          this.#forget();
          this.#pick();
          this.#onState(isConnected);
        },
      });
    }
    this.#pick();
  }

  /** Says something about the calls that there are now, as long as they last. An empty text takes it back. */
  set note(text) {
    this.noteLater()(text);
  }

  /** A function that says something later about the calls that there are now. */
  noteLater() {
    const contactIds = [...this.#calls.keys()];
    return (text) => {
      this.#note = { text, contactIds };
      this.#show();
    };
  }

  /** Resolves once calls to the number ring here, or nothing answers. */
  async ready() {
    await this.#line?.ready;
  }

  /** A connection begins with the calls that have not ended. Calls that end between two connections are not reported. */
  #forget() {
    for (const [contactId, { state }] of this.#calls) if (state !== 'ended') this.#calls.delete(contactId);
  }

  #take(call) {
    this.#calls.set(call.contactId, call);
    this.#pick();
  }

  /** The answered call comes first, then the latest ringing one, then the latest ended one. */
  #pick() {
    const calls = [...this.#calls.values()];
    const call =
      calls.find(({ state }) => state === 'talking') ??
      calls.findLast(({ state }) => state === 'ringing') ??
      calls.findLast(({ contactId }) => contactId === this.#call?.contactId) ??
      calls.at(-1);
    const isAnother = call?.contactId !== this.#call?.contactId;
    const before = isAnother ? undefined : this.#call?.state;
    this.#call = call;
    if (isAnother) {
      this.#said = call?.heard ?? 0;
      this.#view.lines.replaceChildren();
      this.#speech.stop();
    }
    if (call?.state === 'talking' && before !== 'talking') this.#answeredAt = Date.now();
    if (call?.state === 'ended' && before === 'talking') this.#speech.stop();
    this.#show();
    // On a small screen they may be out of sight.
    if (call?.state === 'talking' && before === 'ringing' && this.#isSpoken()) {
      this.#view.keypad.scrollIntoView({ block: 'nearest' });
    }
    if (call?.state === 'ended' && before && before !== 'ended' && this.#view.phone.contains(document.activeElement)) {
      this.#onOver();
    }
    this.#say();
  }

  /** Speaks the lines that have not been spoken yet, one after the other. */
  async #say() {
    if (this.#isSaying) return;
    this.#isSaying = true;
    for (;;) {
      const call = this.#call;
      if (call?.state !== 'talking' || !this.#line.speaks(call)) break;
      // Another page may have spoken before this one.
      this.#said = Math.max(this.#said, call.heard);
      const line = call.transcript[this.#said];
      if (!line) break;
      if (line.says !== undefined) {
        this.#mark(this.#said);
        await this.#speech.say(line.says, languageOf(call));
      }
      // The key that stopped it must be sent first: it may be the answer to the prompt.
      await this.#pressed;
      if (call.contactId !== this.#call?.contactId) continue;
      this.#said++;
      await connect.heard(call, this.#said);
    }
    this.#isSaying = false;
    this.#mark(-1);
  }

  #press(key) {
    const call = this.#call;
    if (call?.state !== 'talking') return;
    // One after the other, as they were pressed.
    this.#pressed = this.#pressed.then(() => connect.press(call, key));
    this.#speech.stop();
    const button = this.#view.keys.get(key);
    button.classList.add('pressed');
    setTimeout(() => button.classList.remove('pressed'), 150);
  }

  #show() {
    const { phone, status, who, answer, decline, hangUp, keypad, lines, language, voice, waiting } = this.#view;
    const call = this.#call;
    const state = call?.state ?? 'idle';
    const hadFocus = phone.contains(document.activeElement);
    const isSilent = !call || state === 'ringing' || (state === 'ended' && call.transcript.length === 0);
    phone.dataset.state = state === 'ended' && isSilent ? 'missed' : state;
    phone.toggleAttribute('data-connected', this.#isConnected);
    setText(status, this.#status());
    setText(who, call ? spaced(call.source) : this.#line ? spaced(this.#view.taken) : 'No number');
    answer.hidden = decline.hidden = state !== 'ringing';
    hangUp.hidden = keypad.hidden = state !== 'talking';
    lines.hidden = isSilent;
    const isRinging = [...this.#calls.values()].some(({ state }) => state === 'ringing');
    const isNoted = ['ringing', 'talking'].includes(state) && this.#note.contactIds.includes(call.contactId);
    const isWaiting = state === 'talking' && isRinging;
    setText(waiting, isWaiting ? 'Another call is waiting: hang up to take it.' : isNoted ? this.#note.text : '');
    if (state === 'ringing' && this.#isConnected && this.#speech.isAloud) this.#ring.start();
    else this.#ring.stop();
    if (call) {
      for (let index = lines.children.length; index < call.transcript.length; index++) {
        lines.append(shownLine(call.transcript[index], languageOf(call)));
      }
      lines.scrollTop = lines.scrollHeight;
      // What is spoken aloud must not be read by a screen reader at the same time.
      lines.setAttribute('aria-live', this.#isSpoken() && this.#speech.canSay(languageOf(call)) ? 'off' : 'polite');
    }
    const isMute = this.#isSpoken() && this.#speech.isAloud && !this.#speech.canSay(languageOf(call));
    setText(voice, isMute ? `This browser has no voice for ${languageName(languageOf(call))}: read along.` : '');
    setText(language, isSilent ? '' : languageName(languageOf(call)));
    // The button that had the focus may be gone.
    if (hadFocus && !phone.contains(document.activeElement)) phone.focus({ preventScroll: true });
    this.#tick();
  }

  #isSpoken() {
    return this.#call?.state === 'talking' && this.#line.speaks(this.#call);
  }

  #status() {
    const call = this.#call;
    if (!this.#line) return 'Give this phone a number, such as +12065550100';
    if (!this.#isConnected) return this.#isLost ? 'No connection' : 'Connecting…';
    if (!call) return 'No call';
    if (call.state === 'ringing') return 'Incoming call';
    if (call.state === 'talking') return this.#isSpoken() ? 'In call' : 'Answered on another page';
    const { Denied } = call.attributes;
    if (Denied && call.transcript.at(-1)?.says === Denied) return 'You said that it was not you';
    return ENDS[call.endedBy] ?? 'The call has ended';
  }

  #tick() {
    const { clock: face } = this.#view;
    if (this.#call?.state === 'talking') {
      setText(face, clock(Math.floor((Date.now() - this.#answeredAt) / 1000)));
    } else {
      setText(face, new Date().toLocaleTimeString([], { hour: 'numeric', minute: '2-digit', hour12: false }));
    }
  }

  #mark(index) {
    [...this.#view.lines.children].forEach((line, at) => line.classList.toggle('current', at === index));
  }

  #build(place) {
    const button = (name, label, onClick) => {
      const made = element('button', { type: 'button', class: name }, label);
      made.addEventListener('click', onClick);
      return made;
    };
    const view = {
      answer: button('answer', 'Answer', () => this.#line.answer(this.#call)),
      clock: element('p', { class: 'clock' }),
      decline: button('decline', 'Decline', () => connect.decline(this.#call)),
      hangUp: button('hang-up', 'Hang up', () => connect.hangUp(this.#call)),
      keys: new Map(
        KEYS.map(([key, letters]) => {
          const made = button('key', key, () => this.#press(key));
          made.dataset.key = key;
          if (NAMES[key]) made.setAttribute('aria-label', NAMES[key]);
          made.append(element('small', { 'aria-hidden': 'true' }, letters));
          return [key, made];
        }),
      ),
      language: element('p', { class: 'language' }),
      lines: element('div', { class: 'lines', role: 'log', 'aria-label': 'What is said', tabindex: '0' }),
      number: element('input', { id: 'number', type: 'tel', autocomplete: 'off', spellcheck: 'false' }),
      sound: element('input', { id: 'sound', type: 'checkbox', role: 'switch' }),
      status: element('p', { class: 'status', role: 'status' }),
      voice: element('p', { class: 'hint', role: 'status' }),
      waiting: element('p', { class: 'waiting', role: 'status' }),
      who: element('p', { class: 'who' }),
    };
    view.keypad = element('div', { class: 'keypad', role: 'group', 'aria-label': 'Keypad' }, ...view.keys.values());
    const screen = element(
      'div',
      { class: 'screen' },
      element('div', { class: 'top' }, view.clock, view.language),
      view.who,
      view.status,
      view.waiting,
      view.lines,
      view.keypad,
      element('div', { class: 'buttons' }, view.decline, view.answer, view.hangUp),
    );
    view.phone = element('section', { class: 'phone', 'aria-label': 'Phone', tabindex: '-1' }, screen);
    view.phone.addEventListener('keydown', (event) => {
      if (!view.keys.has(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      event.preventDefault();
      this.#press(event.key);
    });
    view.sound.checked = this.#speech.isAloud;
    view.sound.addEventListener('change', () => {
      this.#speech.isAloud = view.sound.checked;
      this.#show();
    });
    view.number.addEventListener('change', () => (this.number = view.number.value));
    place.replaceChildren(
      view.phone,
      element(
        'div',
        { class: 'phone-settings' },
        element('label', { for: 'number' }, 'Number of this phone'),
        view.number,
        element('label', { class: 'switch' }, view.sound, 'Ring and speak aloud'),
        view.voice,
      ),
    );
    return view;
  }
}

/** A number of North America in groups, others as they are. */
function spaced(number) {
  return number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2 $3');
}
