// The adapter for the AWS SDK, version 3.

import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider';
import type {
  AuthenticationResultType,
  CognitoIdentityProviderClient,
  RespondToAuthChallengeCommandOutput,
} from '@aws-sdk/client-cognito-identity-provider';

import type { CognitoClient, Metadata, Step } from './client.js';
import { Srp } from './srp.js';

/** The session is Cognito's tokens. Nobody stores them but you. */
export function awsSdkClient(
  sdk: CognitoIdentityProviderClient,
  pool: { userPoolId: string; clientId: string },
): CognitoClient<AuthenticationResultType> {
  const ClientId = pool.clientId;
  let username = '';
  let Session: string | undefined;

  function begin(AuthParameters: Record<string, string>, ClientMetadata?: Metadata) {
    return sdk.send(new InitiateAuthCommand({ AuthFlow: 'CUSTOM_AUTH', ClientId, AuthParameters, ClientMetadata }));
  }

  async function respond(
    ChallengeName: 'PASSWORD_VERIFIER' | 'CUSTOM_CHALLENGE',
    responses: Record<string, string>,
    ClientMetadata: Metadata,
  ) {
    const ChallengeResponses = { USERNAME: username, ...responses };
    return stepOf(
      await sdk.send(
        new RespondToAuthChallengeCommand({ ChallengeName, ClientId, Session, ChallengeResponses, ClientMetadata }),
      ),
    );
  }

  function stepOf(output: Omit<RespondToAuthChallengeCommandOutput, '$metadata'>): Step<AuthenticationResultType> {
    const { AuthenticationResult, ChallengeName = 'UNKNOWN', ChallengeParameters = {} } = output;
    if (AuthenticationResult) return { kind: 'signed-in', session: AuthenticationResult };
    if (ChallengeName !== 'CUSTOM_CHALLENGE') return { kind: 'other', name: ChallengeName };
    Session = output.Session;
    username = ChallengeParameters.USERNAME ?? username;
    return { kind: 'challenge', parameters: ChallengeParameters };
  }

  return {
    async start(name, password, metadata) {
      username = name;
      if (password === undefined) return stepOf(await begin({ USERNAME: name }, metadata));
      // Cognito would be asked in vain.
      if (!globalThis.crypto?.subtle) throw new Error('Without crypto.subtle, no password can be proved');
      const srp = new Srp();
      const output = await begin({ USERNAME: name, CHALLENGE_NAME: 'SRP_A', SRP_A: srp.a });
      if (output.ChallengeName !== 'PASSWORD_VERIFIER') return stepOf(output);
      Session = output.Session;
      const parameters = output.ChallengeParameters ?? {};
      username = parameters.USER_ID_FOR_SRP ?? name;
      return respond('PASSWORD_VERIFIER', await srp.proof(pool.userPoolId, password, parameters), metadata);
    },
    answer: (text, metadata) => respond('CUSTOM_CHALLENGE', { ANSWER: text }, metadata),
    save: () => JSON.stringify([username, Session]),
    restore(text) {
      [username, Session] = JSON.parse(text) as [string, string];
    },
  };
}
