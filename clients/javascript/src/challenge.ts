// The challenge's parameters as a form shows them. docs/integrate.md says what each means.

import type { Parameters } from './client.js';
import type { Sent } from './failure.js';
import type { Sentences } from './sentences.js';
import { secondsUntil } from './time.js';

/** The tick box "Trust this device". */
export interface TrustDevice {
  days: number;
  /** "Trust this device for 30 days". */
  label: string;
  wanted: boolean;
}

/** A view model. It does not change: each challenge of Cognito's is another one. */
export class Challenge {
  /** The masked number: `+1••••••••00`. Give screen readers `spokenDestination`. */
  readonly destination: string;
  /** "the number that ends in 00". */
  readonly spokenDestination: string;
  readonly codeLength: number;
  /** Answers that will still be compared, at most. */
  readonly attemptsLeft: number;
  /** Further calls in this sign-in. */
  readonly callsLeft: number;
  /** Whether a limit refused the call. The code from an earlier call works. */
  readonly callRefused: boolean;
  /** Only if the user can choose to trust this device, and this device can be trusted. */
  readonly trustDevice: TrustDevice | undefined;
  /** Each code has its own. */
  readonly expiry: string | undefined;

  readonly #expiresAt: number;
  readonly #callAgainAt: number;
  readonly #sentences: Sentences;

  /** @internal `receivedAt` is when the parameters came: all times count from there, since the clock of a device may be wrong. */
  constructor(parameters: Parameters, receivedAt: number, sentences: Sentences, trustDevice?: TrustDevice) {
    const number = (name: string) => Number(parameters[name] ?? 0) || 0;
    const destination = parameters.destination ?? '';
    this.destination = destination.replaceAll('*', '•');
    this.spokenDestination = sentences.spokenDestination(destination.slice(-2));
    this.codeLength = number('codeLength');
    this.attemptsLeft = number('attemptsLeft');
    this.callsLeft = number('callsLeft');
    this.callRefused = parameters.callRefused !== undefined;
    this.trustDevice = trustDevice;
    this.expiry = parameters.expiresAt;
    this.#expiresAt = receivedAt + number('expiresInSeconds') * 1000;
    this.#callAgainAt = receivedAt + number('callAgainInSeconds') * 1000;
    this.#sentences = sentences;
  }

  /** For how long the code works. Let the user send an answer after it too: the functions decide what has expired. */
  secondsLeft(now = Date.now()): number {
    return secondsUntil(this.#expiresAt, now);
  }

  /** For how long another call is too early. */
  callAgainIn(now = Date.now()): number {
    return secondsUntil(this.#callAgainAt, now);
  }

  canCallAgain(now = Date.now()): boolean {
    return this.callsLeft > 0 && this.callAgainIn(now) === 0;
  }

  /** What the button says that asks for another call: "Call me again in 20 seconds". */
  callAgainLabel(now = Date.now()): string {
    return this.#sentences.callAgain(this.callAgainIn(now), this.callsLeft);
  }
}

/** @internal */
export interface Said {
  notice?: string;
  error?: string;
}

/** @internal What to say of a challenge, which came after another one, or is the first. `sent` is what was sent. */
export function say(
  challenge: Challenge,
  before: Challenge | undefined,
  sent: Sent,
  now: number,
  sentences: Sentences,
): Said {
  if (!before) {
    return { notice: challenge.callRefused ? sentences.earlierCode() : sentences.calling(challenge.spokenDestination) };
  }
  if (sent === 'code') {
    const isOver = challenge.secondsLeft(now) === 0;
    return { error: isOver ? sentences.expired(challenge.callsLeft) : sentences.wrongCode(challenge.attemptsLeft) };
  }
  if (challenge.callRefused) return { error: sentences.callRefused(challenge.callAgainIn(now)) };
  const isNew = challenge.expiry !== before.expiry;
  if (isNew || challenge.callsLeft < before.callsLeft) return { notice: sentences.callingAgain(isNew) };
  return { error: sentences.notCalledAgain(challenge.attemptsLeft) };
}
