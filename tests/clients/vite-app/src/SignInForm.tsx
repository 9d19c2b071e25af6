import { clock, type SignIn } from 'cognito-voice-otp';
import { useSignIn } from 'cognito-voice-otp/react';
import type { FormEvent, ReactNode } from 'react';

type Props<Session> = { signIn: SignIn<Session>; children: (session: Session, by: 'call' | 'device') => ReactNode };

/** Both forms, and then what the children make of the session. */
export function SignInForm<Session>({ signIn, children }: Props<Session>) {
  const { state, now, isPending, start, submit, callAgain, trustDevice, cancel } = useSignIn(signIn);

  if (state.step === 'signed-in') return children(state.session, state.by);
  const notice = 'notice' in state && state.notice;
  const error = state.step === 'failed' ? state.failure.sentence : 'error' in state && state.error;
  const challenge = 'challenge' in state && state.challenge;
  // The keys keep the fields of the two forms apart: the one must not show what was typed into the other. Buttons are not disabled
  // while they wait, so that they keep the focus. What is clicked then is ignored.
  return (
    <>
      {challenge ? (
        <form key="code" onSubmit={send((field) => submit(field('code')))} aria-busy={isPending}>
          <p>Answer the call to {challenge.spokenDestination}, press the key that the voice names, and type the code.</p>
          <label>
            Code{' '}
            <input
              name="code"
              inputMode="numeric"
              autoComplete="one-time-code"
              aria-invalid={Boolean(error)}
              aria-describedby="sign-in-error"
              autoFocus
              required
            />
          </label>
          {challenge.trustDevice && (
            <label>
              <input
                type="checkbox"
                checked={challenge.trustDevice.wanted}
                onChange={({ target }) => trustDevice(target.checked)}
              />
              {challenge.trustDevice.label}
            </label>
          )}
          <button aria-disabled={isPending}>Continue</button>
          <button type="button" aria-disabled={isPending || !challenge.canCallAgain(now)} onClick={callAgain}>
            {challenge.callAgainLabel(now)}
          </button>
          <button type="button" onClick={cancel}>
            Start over
          </button>
          <p>
            The code works for {clock(challenge.secondsLeft(now))}. Attempts left: {challenge.attemptsLeft}.
          </p>
        </form>
      ) : (
        <form key="password" onSubmit={send((field) => start(field('username'), field('password')))} aria-busy={isPending}>
          <label>
            User name <input name="username" autoComplete="username" autoFocus required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button aria-disabled={isPending}>Sign in</button>
        </form>
      )}
      <p role="status">{notice}</p>
      <p role="alert" id="sign-in-error">
        {error}
      </p>
    </>
  );
}

function send(submit: (field: (name: string) => string) => unknown) {
  return (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    submit((name) => String(data.get(name)));
  };
}
