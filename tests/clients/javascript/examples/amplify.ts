import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn as startSignIn } from 'aws-amplify/auth';

/** Gets the challenge's parameters, and resolves to the code, or to nothing if the user wants another call. */
export type AskForCode = (challenge: Record<string, string>) => Promise<string | undefined>;

/** The ids are outputs of the stack; for the local stack, pass what it serves at /local/config. */
export function configure(stack: { userPoolId: string; clientId: string; endpoint?: string }) {
  const { userPoolId, clientId, endpoint } = stack;
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } },
  });
}

/** Resolves to the ID token. */
export async function signIn(username: string, password: string, askForCode: AskForCode) {
  const options = { authFlowType: 'CUSTOM_WITH_SRP' } as const;
  let { nextStep } = await startSignIn({ username, password, options });
  while (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE') {
    const code = await askForCode(nextStep.additionalInfo ?? {});
    ({ nextStep } = await confirmSignIn(
      code
        ? { challengeResponse: code }
        : // An answer must not be empty. This one isn't looked at.
          { challengeResponse: 'call again', options: { clientMetadata: { callAgain: 'true' } } },
    ));
  }
  // A password to reset, a sign-up to confirm: the step is the error's name.
  const name = nextStep.signInStep;
  if (name !== 'DONE') throw Object.assign(new Error(`Cognito wants ${name}`), { name });
  const { tokens } = await fetchAuthSession();
  return tokens?.idToken?.toString();
}
