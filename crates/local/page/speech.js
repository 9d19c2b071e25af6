// Says something aloud, or waits for as long as it takes to read it.

const MILLISECONDS_A_CHARACTER = 25;
const LEAST_MILLISECONDS = 300;
/** How long a voice may take to begin, in milliseconds. Some never begin, and report no error. */
const START_TIMEOUT = 3000;
/** A code, digit by digit or word by word. */
const CODE = /((?:[^\s,]+, ){3,}[^\s,.]+)/;

export class Speech {
  #isAloud = true;
  #saying = new AbortController();

  get isAloud() {
    return this.#isAloud;
  }

  set isAloud(isAloud) {
    this.#isAloud = isAloud;
    if (!isAloud) globalThis.speechSynthesis?.cancel();
  }

  /** Whether this language would be heard. */
  canSay(language) {
    return this.#isAloud && voiceFor(language) !== undefined;
  }

  /** Resolves when it has been said, or stopped. */
  async say(text, language) {
    const { signal } = (this.#saying = new AbortController());
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await Promise.race([stopped, this.#say(text, language, signal)]);
  }

  stop() {
    this.#saying.abort();
    globalThis.speechSynthesis?.cancel();
  }

  async #say(text, language, signal) {
    const voice = this.#isAloud ? voiceFor(language) : undefined;
    for (const part of voice ? parts(text) : []) {
      if (part.text.trim() && !(await aloud(part, voice))) return reading(part.text);
      // It may have been stopped between two parts, when there was nothing to cancel.
      if (signal.aborted) return;
    }
    if (!voice) await reading(text);
  }
}

/** Cuts a text into what is said as usual and what is said slowly. */
export function parts(text) {
  return text.split(CODE).map((part, index) => ({ text: part, isSlow: index % 2 === 1 }));
}

/** Resolves to whether it was said. */
function aloud({ text, isSlow }, voice) {
  return new Promise((resolve) => {
    const utterance = new SpeechSynthesisUtterance(text);
    Object.assign(utterance, { voice, lang: voice.lang, rate: isSlow ? 0.6 : 1 });
    const timeout = setTimeout(() => resolve(false), START_TIMEOUT);
    utterance.onstart = () => clearTimeout(timeout);
    utterance.onend = () => resolve(true);
    utterance.onerror = () => resolve(false);
    speechSynthesis.speak(utterance);
  });
}

function reading(text) {
  const time = Math.max(LEAST_MILLISECONDS, text.length * MILLISECONDS_A_CHARACTER);
  return new Promise((resolve) => setTimeout(resolve, time));
}

/** A voice of the language, of the same country if there is one. */
function voiceFor(language) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  const tag = (voice) => voice.lang.replaceAll('_', '-').toLowerCase();
  const wanted = language.toLowerCase();
  return (
    voices.find((voice) => tag(voice) === wanted) ??
    voices.find((voice) => tag(voice).split('-')[0] === wanted.split('-')[0])
  );
}
