import { CognitoUserPool } from 'amazon-cognito-identity-js';
import { createSignIn } from 'cognito-voice-otp';
import { identityJsClient } from 'cognito-voice-otp/identity-js';

// In .env.local: the outputs UserPoolId and UserPoolClientId. An endpoint is for the local stack, or a pool's replica.
const { VITE_USER_POOL_ID: userPoolId, VITE_CLIENT_ID: clientId, VITE_ENDPOINT: endpoint } = import.meta.env;

const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });

export const signIn = createSignIn({ client: identityJsClient(pool), userPoolId, clientId });
