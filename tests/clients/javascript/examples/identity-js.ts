import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import type { CognitoUserSession, IAuthenticationCallback } from 'amazon-cognito-identity-js';

/** Gets the challenge's parameters, and resolves to the code, or to nothing if the user wants another call. */
export type AskForCode = (challenge: Record<string, string>) => Promise<string | undefined>;

let pool: CognitoUserPool;

/** The ids are outputs of the stack; for the local stack, pass what it serves at /local/config. */
export function configure(stack: { userPoolId: string; clientId: string; endpoint?: string }) {
  const { userPoolId, clientId, endpoint } = stack;
  pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });
}

/** Resolves to the ID token. */
export async function signIn(username: string, password: string, askForCode: AskForCode) {
  const user = new CognitoUser({ Username: username, Pool: pool });
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  const details = new AuthenticationDetails({ Username: username, Password: password });

  let step = await next((callbacks) => user.authenticateUser(details, callbacks));
  while ('challenge' in step) {
    const code = await askForCode(step.challenge);
    step = await next((callbacks) => {
      if (code) user.sendCustomChallengeAnswer(code, callbacks);
      // An answer must not be empty. This one isn't looked at.
      else user.sendCustomChallengeAnswer('call again', callbacks, { callAgain: 'true' });
    });
  }
  return step.session.getIdToken().getJwtToken();
}

type Step = { challenge: Record<string, string> } | { session: CognitoUserSession };

function next(request: (callbacks: IAuthenticationCallback) => void) {
  return new Promise<Step>((resolve, reject) => {
    // For a step that this sign-in can't do. The step is the error's name.
    const wants = (name: string) => () => reject(Object.assign(new Error(`Cognito wants ${name}`), { name }));
    request({
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      customChallenge: (challenge) => resolve({ challenge }),
      newPasswordRequired: wants('NEW_PASSWORD_REQUIRED'),
      mfaRequired: wants('SMS_MFA'),
      totpRequired: wants('SOFTWARE_TOKEN_MFA'),
      mfaSetup: wants('MFA_SETUP'),
      selectMFAType: wants('SELECT_MFA_TYPE'),
    });
  });
}
