// The sign-in that is going on, kept over a reload of the page. It has no password and no code.

import type { Parameters } from './client.js';

/** What is needed to show the challenge again and to answer it. */
export interface SavedSignIn {
  username: string;
  parameters: Parameters;
  receivedAt: number;
  trust: boolean;
  /** The adapter's own. */
  client: string;
}

export interface Saved {
  read(now: number): SavedSignIn | undefined;
  write(signIn: SavedSignIn): void;
  clear(): void;
}

export type SessionStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** The longest time for which Cognito keeps a challenge. */
const LIFE_MS = 15 * 60 * 1000;

/** Without a storage, or if that refuses, nothing is kept. */
export function savedSignIn(storage: SessionStorage | false | undefined, clientId: string): Saved {
  const key = `cognito-voice-otp.${clientId}`;
  const own = storage ?? attempt(() => globalThis.sessionStorage);
  return {
    read: (now) => {
      const text = own && attempt(() => own.getItem(key));
      const found = text ? attempt(() => JSON.parse(text) as SavedSignIn) : undefined;
      return found && now - found.receivedAt < LIFE_MS ? found : undefined;
    },
    write: (signIn) => own && attempt(() => own.setItem(key, JSON.stringify(signIn))),
    clear: () => own && attempt(() => own.removeItem(key)),
  };
}

/** Browsers throw at any use of a storage that the user blocks, or that is full. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
