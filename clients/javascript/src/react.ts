// The React hook.

'use client';

import { useEffect, useReducer, useSyncExternalStore } from 'react';

import type { SignIn } from './sign-in.js';
import { isPending, type State } from './state.js';

export interface UseSignIn<Session> extends Omit<SignIn<Session>, 'getState' | 'subscribe' | 'resume'> {
  state: State<Session>;
  /** Whether an answer of Cognito's is awaited. */
  isPending: boolean;
  /** Changes while there is a challenge, so that countdowns count: `challenge.secondsLeft(now)`. */
  now: number;
}

/** The state of a sign-in and what can be done. Goes on with a sign-in after a reload. Make `signIn` once, outside of components. */
export function useSignIn<Session>(signIn: SignIn<Session>): UseSignIn<Session> {
  const { getState, subscribe, resume, ...actions } = signIn;
  const state = useSyncExternalStore(subscribe, getState, getState);
  const [, tick] = useReducer((count: number) => count + 1, 0);
  const counts = 'challenge' in state;

  useEffect(() => void resume(), [resume]);
  useEffect(() => {
    if (!counts) return;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [counts]);

  return { ...actions, state, isPending: isPending(state), now: Date.now() };
}
