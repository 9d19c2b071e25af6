// The adapter for Amplify, version 6.

import { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import type { AuthSession, SignInInput, SignInOutput } from 'aws-amplify/auth';

import type { CognitoClient, Step } from './client.js';

/** Uses what `Amplify.configure` was given. Amplify stores the tokens; the session is what `fetchAuthSession` gives. */
export function amplifyClient(): CognitoClient<AuthSession> {
  return {
    async start(username, password, clientMetadata) {
      if (password === undefined)
        return begin({ username, options: { authFlowType: 'CUSTOM_WITHOUT_SRP', clientMetadata } });
      return begin({ username, password, options: { authFlowType: 'CUSTOM_WITH_SRP', clientMetadata } });
    },
    async answer(challengeResponse, clientMetadata) {
      return stepOf(await confirmSignIn({ challengeResponse, options: { clientMetadata } }));
    },
    // Amplify itself keeps a sign-in over a reload, for three minutes.
    save: () => '',
    restore: () => {},
  };
}

/** Whoever signs in takes the place of the user who is signed in, as with the other libraries. Amplify would refuse. */
async function begin(input: SignInInput) {
  const output = await signIn(input).catch(async (error: unknown) => {
    if ((error as Error).name !== 'UserAlreadyAuthenticatedException') throw error;
    await signOut();
    return signIn(input);
  });
  return stepOf(output);
}

async function stepOf({ nextStep }: Pick<SignInOutput, 'nextStep'>): Promise<Step<AuthSession>> {
  switch (nextStep.signInStep) {
    case 'DONE':
      return { kind: 'signed-in', session: await fetchAuthSession() };
    case 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE':
      return { kind: 'challenge', parameters: nextStep.additionalInfo ?? {} };
    default:
      return { kind: 'other', name: nextStep.signInStep };
  }
}
