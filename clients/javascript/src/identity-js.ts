// The adapter for amazon-cognito-identity-js.

import { AuthenticationDetails, CognitoUser } from 'amazon-cognito-identity-js';
import type { CognitoUserPool, CognitoUserSession, IAuthenticationCallback } from 'amazon-cognito-identity-js';

import type { CognitoClient, Step } from './client.js';

/** The session is the library's, which stores the tokens too. */
export function identityJsClient(pool: CognitoUserPool): CognitoClient<CognitoUserSession> {
  let user: UserWithSession;

  function use(username: string) {
    user = new CognitoUser({ Username: username, Pool: pool }) as UserWithSession;
    user.setAuthenticationFlowType('CUSTOM_AUTH');
  }

  return {
    start(username, password, metadata) {
      use(username);
      const details = { Username: username, ClientMetadata: metadata };
      if (password === undefined)
        return next((callbacks) => user.initiateAuth(new AuthenticationDetails(details), callbacks));
      const proof = new AuthenticationDetails({ ...details, Password: password });
      return next((callbacks) => user.authenticateUser(proof, callbacks));
    },
    answer: (text, metadata) => next((callbacks) => user.sendCustomChallengeAnswer(text, callbacks, metadata)),
    save: () => JSON.stringify([user.getUsername(), user.Session]),
    restore(text) {
      const [username, session] = JSON.parse(text) as [string, string];
      use(username);
      user.Session = session;
    },
  };
}

/** The library's types don't have what it keeps of Cognito's latest answer. */
type UserWithSession = CognitoUser & { Session: string | null };

function next(request: (callbacks: IAuthenticationCallback) => void) {
  return new Promise<Step<CognitoUserSession>>((resolve, reject) => {
    // The library takes the answer for tokens if it doesn't know the challenge, and finds none.
    const fail = (error: unknown) =>
      error instanceof TypeError && /NewDeviceMetadata/.test(error.message)
        ? resolve({ kind: 'other', name: 'UNKNOWN' })
        : reject(error as Error);
    const other = (name: string) => () => resolve({ kind: 'other', name });
    request({
      onSuccess: (session) => resolve({ kind: 'signed-in', session }),
      onFailure: fail,
      customChallenge: (parameters) => resolve({ kind: 'challenge', parameters }),
      newPasswordRequired: other('NEW_PASSWORD_REQUIRED'),
      mfaRequired: other('SMS_MFA'),
      totpRequired: other('SOFTWARE_TOKEN_MFA'),
      mfaSetup: other('MFA_SETUP'),
      selectMFAType: other('SELECT_MFA_TYPE'),
    });
  });
}
