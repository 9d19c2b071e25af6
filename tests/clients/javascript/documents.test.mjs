// What the documents say of Cognito's own answers, and of the local stack.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { LIMIT, startStack } from './stack.mjs';

describe('the documents', LIMIT, () => {
  let errorWords, integrate, stack;
  before(async () => {
    const read = (name) => readFile(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');
    [errorWords, integrate] = await Promise.all([read('reference/error-words'), read('integrate')]);
    stack = await startStack();
  });
  after(() => stack.stop());

  test("have Cognito's words for the mistakes of a client", async () => {
    const [, section] = errorWords.match(/^## Before the functions\n([^]*)/m);
    const rows = [...section.matchAll(/^\| `(\w+)`: (.+?) \|/gm)].map(([, type, message]) => `${type}: ${message}`);
    const { username } = await stack.newUser();
    const { clientId, clientIdWithSecret } = stack.config;
    const begin = (AuthFlow, ClientId, parameters) =>
      refusal('InitiateAuth', { AuthFlow, ClientId, AuthParameters: { USERNAME: username, ...parameters } });
    const srp = { SRP_A: 'ABCDEF', CHALLENGE_NAME: 'SRP_A' };
    const said = [
      // The local pool always has its triggers.
      'InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.',
      await begin('CUSTOM_AUTH', clientId),
      await begin('CUSTOM_AUTH', 'anotherclient', srp),
      await begin('USER_SRP_AUTH', clientId, srp),
      await begin('CUSTOM_AUTH', clientIdWithSecret, srp),
      await refusal('RespondToAuthChallenge', {
        ChallengeName: 'CUSTOM_CHALLENGE',
        ClientId: clientId,
        Session: 'an older session, or none at all',
        ChallengeResponses: { USERNAME: username, ANSWER: '471902' },
      }),
    ];
    const anyId = (text) => text.replace(/(lient) \S+ (does|is)/, '$1 … $2');
    assert.deepEqual(said.map(anyId), rows);
  });

  async function refusal(operation, body) {
    const response = await fetch(stack.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(body),
    });
    const { __type, message } = await response.json();
    return `${__type}: ${message}`;
  }

  test('have commands for other users and faults that work', async () => {
    const commands = [...integrate.matchAll(/^ {4}(curl .*\/local\/.*)$/gm)].map(([, command]) => command);
    assert.ok(commands.length >= 3, String(commands));
    for (const command of commands) {
      const here = command.replace('http://127.0.0.1:9229', stack.endpoint).replace('curl', 'curl --fail --silent --show-error');
      await promisify(execFile)('sh', ['-c', here]);
    }
    const { users } = await (await fetch(`${stack.endpoint}/local/config`)).json();
    assert.ok(['anna', 'bert'].every((name) => users.some(({ username }) => username === name)));
    assert.equal((await stack.request('GET', '/local/faults')).error, 'LimitExceededException');
  });
});
