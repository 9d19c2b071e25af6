// The challenge's parameters, as numbers and moments. docs/integrate.md says what each means.

export class Challenge {
  #expiresAt;

  constructor(parameters, now = Date.now()) {
    this.destination = parameters.destination;
    // Counted from now, since the clock of a device may be wrong.
    this.#expiresAt = now + Number(parameters.expiresInSeconds) * 1000;
    /** Each code has its own. */
    this.expiry = parameters.expiresAt;
    this.attemptsLeft = Number(parameters.attemptsLeft);
    this.callsLeft = Number(parameters.callsLeft);
    this.callAgainAt = now + Number(parameters.callAgainInSeconds) * 1000;
    this.callRefused = parameters.callRefused;
  }

  secondsLeft(now = Date.now()) {
    return secondsUntil(this.#expiresAt, now);
  }

  secondsToCall(now = Date.now()) {
    return secondsUntil(this.callAgainAt, now);
  }

  /** What the button says that asks for another call. */
  callAgain(now = Date.now()) {
    const wait = this.secondsToCall(now);
    if (this.callsLeft === 0) return { isPossible: false, label: 'No more calls' };
    if (wait > 0) return { isPossible: false, label: `Call me again in ${duration(wait)}` };
    return { isPossible: true, label: 'Call me again' };
  }

  /** The masked number as it is read aloud, without asterisks. */
  get spokenDestination() {
    return `the number that ends in ${this.destination.slice(-2)}`;
  }

  /** What to say of the first challenge of a sign-in. */
  first() {
    if (this.callRefused) return { notice: 'We could not call again yet. The code from the last call still works.' };
    return { notice: `We are calling ${this.spokenDestination}.` };
  }

  /** What to say of this challenge, which came after another one, and after what was sent: a code or the wish for a call. */
  after(before, sent, now = Date.now()) {
    const attempts = count(this.attemptsLeft, 'attempt');
    const isNew = this.expiry !== before.expiry;
    if (sent === 'code') {
      if (this.secondsLeft(now) === 0) return { error: 'The code has expired. Ask for another call.' };
      return { error: `That was not the code. ${attempts} left.` };
    }
    if (this.callRefused) {
      const wait = this.secondsToCall(now) > 0 ? ` Another call is possible in ${duration(this.secondsToCall(now))}.` : '';
      return { error: `Too many calls, so we can't call you again now.${wait} The code that you have still works.` };
    }
    if (this.callsLeft < before.callsLeft || isNew) {
      const which = isNew ? 'with a new code: the old one works no longer' : 'with the same code';
      return { notice: `We are calling you again, ${which}.` };
    }
    return { error: `There was no other call: it was too early, or there are none left. ${attempts} left.` };
  }
}

/** 1 call, 2 calls. */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Seconds as people say them: 40 seconds, 2 minutes, 3 hours. Never less than it is. */
export function duration(seconds) {
  if (seconds < 120) return count(seconds, 'second');
  if (seconds < 7200) return count(Math.ceil(seconds / 60), 'minute');
  return count(Math.ceil(seconds / 3600), 'hour');
}

/** Seconds as a clock shows them: 4:05. */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function secondsUntil(moment, now) {
  return Math.max(0, Math.ceil((moment - now) / 1000));
}
