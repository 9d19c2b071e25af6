import { Amplify } from 'aws-amplify';
import { createSignIn } from 'cognito-voice-otp';
import { amplifyClient } from 'cognito-voice-otp/amplify';

// In .env.local: the outputs UserPoolId and UserPoolClientId. An endpoint is for the local stack, or a pool's replica.
const { VITE_USER_POOL_ID: userPoolId, VITE_CLIENT_ID: clientId, VITE_ENDPOINT: endpoint } = import.meta.env;

Amplify.configure({
  Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } },
});

export const signIn = createSignIn({ client: amplifyClient(), userPoolId, clientId });
