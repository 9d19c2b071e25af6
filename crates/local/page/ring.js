// A soft ring.

const FREQUENCIES = [440, 480];
const VOLUME = 0.04;
const SECONDS = { on: 1.2, every: 3 };

export class Ring {
  #context;
  #timer;

  /** Browsers allow no sound before somebody has touched the page; then there is none. */
  start() {
    if (this.#timer || !globalThis.AudioContext || !navigator.userActivation?.hasBeenActive) return;
    this.#context ??= new AudioContext();
    this.#context.resume().catch(() => {});
    this.#once();
    this.#timer = setInterval(() => this.#once(), SECONDS.every * 1000);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#context?.suspend().catch(() => {});
  }

  #once() {
    const { currentTime: begin, destination } = this.#context;
    const end = begin + SECONDS.on;
    const gain = this.#context.createGain();
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(VOLUME, begin + 0.1);
    gain.gain.setValueAtTime(VOLUME, end - 0.2);
    gain.gain.linearRampToValueAtTime(0, end);
    gain.connect(destination);
    for (const frequency of FREQUENCIES) {
      const oscillator = this.#context.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(gain);
      oscillator.start(begin);
      oscillator.stop(end);
    }
  }
}
