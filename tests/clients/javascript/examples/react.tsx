import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { signIn } from './amplify';

/** Gets the ID token, or what went wrong. */
type Props = { onSignedIn: (token?: string) => void; onError: (error: unknown) => void };

export function SignIn({ onSignedIn, onError }: Props) {
  const [challenge, setChallenge] = useState<Record<string, string>>();
  // The last challenge whose `callAgainInSeconds` are over.
  const [waitedFor, setWaitedFor] = useState<Record<string, string>>();
  // Resolves the promise that `signIn` waits for.
  const answer = useRef<(code?: string) => void>(undefined);

  useEffect(() => {
    if (!challenge) return;
    const timer = setTimeout(() => setWaitedFor(challenge), Number(challenge.callAgainInSeconds) * 1000);
    return () => clearTimeout(timer);
  }, [challenge]);

  function askForCode(challenge: Record<string, string>) {
    setChallenge(challenge);
    return new Promise<string | undefined>((resolve) => (answer.current = resolve));
  }

  function start(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn(String(form.get('username')), String(form.get('password')), askForCode)
      .then(onSignedIn, onError)
      .finally(() => setChallenge(undefined));
  }

  function sendCode(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    answer.current?.(String(new FormData(event.currentTarget).get('code')));
  }

  if (!challenge) {
    return (
      <form onSubmit={start}>
        <input name="username" aria-label="User name" autoComplete="username" required />
        <input name="password" aria-label="Password" type="password" autoComplete="current-password" required />
        <button>Sign in</button>
      </form>
    );
  }
  // Too early, or with no calls left, it would count as a wrong answer.
  const canCallAgain = challenge.callsLeft !== '0' && waitedFor === challenge;
  return (
    <form onSubmit={sendCode}>
      <p>
        Attempts left: {challenge.attemptsLeft}. Calls left: {challenge.callsLeft}.
      </p>
      <input name="code" aria-label="Code" inputMode="numeric" autoComplete="one-time-code" required />
      <button>Continue</button>
      <button type="button" onClick={() => answer.current?.()} disabled={!canCallAgain}>
        Call me again
      </button>
    </form>
  );
}
