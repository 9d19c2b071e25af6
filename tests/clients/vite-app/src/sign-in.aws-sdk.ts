import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { createSignIn } from 'cognito-voice-otp';
import { awsSdkClient } from 'cognito-voice-otp/aws-sdk';

// In .env.local: the outputs Region, UserPoolId and UserPoolClientId. An endpoint is for the local stack alone.
const { VITE_REGION: region, VITE_USER_POOL_ID: userPoolId, VITE_CLIENT_ID: clientId } = import.meta.env;

const sdk = new CognitoIdentityProviderClient({ region, endpoint: import.meta.env.VITE_ENDPOINT });

export const signIn = createSignIn({ client: awsSdkClient(sdk, { userPoolId, clientId }), userPoolId, clientId });
