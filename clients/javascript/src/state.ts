// What a form draws. The README has a table of it.

import type { Challenge } from './challenge.js';
import type { Failure } from './failure.js';

export type State<Session> =
  /** The form for user name and password. */
  | { step: 'idle' }
  /** The password is checked, or a trusted device signs. */
  | { step: 'starting'; notice: string }
  /** The form for the code. */
  | { step: 'code'; challenge: Challenge; notice?: string; error?: string }
  /** The code is checked. */
  | { step: 'checking'; challenge: Challenge; notice: string }
  /** Another call is asked for. */
  | { step: 'calling'; challenge: Challenge; notice: string }
  /** `session` is what the adapter gives: tokens, or what holds them. */
  | { step: 'signed-in'; session: Session; by: 'call' | 'device' }
  /** The sign-in is over. Draw the form for user name and password again. */
  | { step: 'failed'; failure: Failure };

/** Whether an answer of Cognito's is awaited. */
export function isPending({ step }: State<unknown>): boolean {
  return step === 'starting' || step === 'checking' || step === 'calling';
}
