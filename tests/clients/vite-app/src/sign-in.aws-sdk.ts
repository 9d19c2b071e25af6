import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { createSignIn } from 'cognito-voice-otp';
import { awsSdkClient } from 'cognito-voice-otp/aws-sdk';

// In .env.local: the outputs UserPoolId and UserPoolClientId of the stack. An endpoint is for the local stack alone.
const { VITE_USER_POOL_ID: userPoolId, VITE_CLIENT_ID: clientId, VITE_ENDPOINT: endpoint } = import.meta.env;

const sdk = new CognitoIdentityProviderClient({ region: userPoolId.split('_')[0], endpoint });

export const signIn = createSignIn({ client: awsSdkClient(sdk, { userPoolId, clientId }), userPoolId, clientId });
