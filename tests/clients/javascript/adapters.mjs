// The npm package with each library. Before: clients/javascript/install.

import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { CognitoUserPool } from 'amazon-cognito-identity-js';
import { Amplify } from 'aws-amplify';
import { createSignIn } from 'cognito-voice-otp';
import { amplifyClient } from 'cognito-voice-otp/amplify';
import { awsSdkClient } from 'cognito-voice-otp/aws-sdk';
import { identityJsClient } from 'cognito-voice-otp/identity-js';

/** For each library: what makes a client of the package for a stack, and where a session has the ID token. */
export const adapters = {
  'amazon-cognito-identity-js': {
    client: ({ userPoolId, clientId, endpoint }) =>
      identityJsClient(new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint })),
    idToken: (session) => session.getIdToken().getJwtToken(),
  },
  'aws-amplify': {
    client({ userPoolId, clientId, endpoint }) {
      Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } } });
      return amplifyClient();
    },
    idToken: (session) => session.tokens.idToken.toString(),
  },
  '@aws-sdk/client-cognito-identity-provider': {
    client({ region, userPoolId, clientId, endpoint }) {
      // Its sign-in needs no credentials. Without them it would look for some.
      const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
      const sdk = new CognitoIdentityProviderClient({ region, endpoint, credentials });
      return awsSdkClient(sdk, { userPoolId, clientId });
    },
    idToken: (session) => session.IdToken,
  },
};

/** A sign-in with one of them. */
export function signInWith(adapter, stack, options = {}) {
  const { userPoolId, clientId } = stack;
  return createSignIn({ client: adapter.client(stack), userPoolId, clientId, ...options });
}
