import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn as startSignIn } from 'aws-amplify/auth';

/** The ids are outputs of the stack; for the local stack, pass what it serves at /local/config. */
export function configure({ userPoolId, clientId, endpoint }) {
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } },
  });
}

/** `askForCode` gets what the page shows, and resolves to the code, or to nothing if the user wants another call. */
export async function signIn(username, password, askForCode) {
  const options = { authFlowType: 'CUSTOM_WITH_SRP' };
  let { isSignedIn, nextStep } = await startSignIn({ username, password, options });
  while (!isSignedIn) {
    const code = await askForCode(nextStep.additionalInfo);
    ({ isSignedIn, nextStep } = await confirmSignIn(
      code
        ? { challengeResponse: code }
        : // An answer must not be empty. This one isn't looked at.
          { challengeResponse: 'call again', options: { clientMetadata: { callAgain: 'true' } } },
    ));
  }
  const { tokens } = await fetchAuthSession();
  return tokens.idToken.toString();
}
