// The npm package with each library.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { signOut } from 'aws-amplify/auth';
import { adapters, signInWith } from './adapters.mjs';
import { LIMIT, PASSWORD, startStack, wrong } from './stack.mjs';

/** What Cognito may want besides the code: after which operation, its answer, and what the package calls it. */
const OTHER_STEPS = [
  [
    'InitiateAuth',
    { __type: 'PasswordResetRequiredException', message: 'Password reset required for the user' },
    'RESET_PASSWORD',
  ],
  ['InitiateAuth', { __type: 'UserNotConfirmedException', message: 'User is not confirmed.' }, 'CONFIRM_SIGN_UP'],
  [
    'RespondToAuthChallenge',
    challenge('NEW_PASSWORD_REQUIRED', { userAttributes: '{}', requiredAttributes: '[]' }),
    'NEW_PASSWORD',
  ],
  ['RespondToAuthChallenge', challenge('SMS_MFA'), 'MFA'],
  ['RespondToAuthChallenge', challenge('SELECT_CHALLENGE'), 'OTHER_STEP'],
  ['RespondToAuthChallenge', challenge('SOFTWARE_TOKEN_MFA'), 'MFA'],
  ['RespondToAuthChallenge', challenge('SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]' }), 'MFA'],
];

for (const [library, adapter] of Object.entries(adapters)) {
  describe(library, LIMIT, () => {
    let stack;
    before(async () => (stack = await startStack({ OTP_SECONDS_BETWEEN_CALLS: 0 })));
    after(() => stack.stop());
    // Amplify has one signed-in user for all that a page does.
    if (library === 'aws-amplify') afterEach(() => signOut());

    test('signs in with a wrong code, another call and the right code', async () => {
      const { username, number } = await stack.newUser();
      const signIn = signInWith(adapter, stack.config);
      let state = await signIn.start(username, PASSWORD);
      const shown = [];
      const { destination } = state.challenge;
      assert.match(destination, new RegExp(`^\\+1•+${number.slice(-2)}$`));
      const note = ({ challenge }) => shown.push([challenge.attemptsLeft, challenge.callsLeft]);
      note(state);
      const code = await stack.spokenCode(number);
      note((state = await signIn.submit(wrong(code))));
      note((state = await signIn.callAgain()));
      assert.deepEqual(shown, [
        [3, 2],
        [2, 2],
        [2, 1],
      ]);
      assert.equal((await stack.calls(number)).length, 2);
      state = await signIn.submit(`${code.slice(0, 3)} ${code.slice(3)}`);
      assert.deepEqual([state.step, state.by], ['signed-in', 'call']);
      await stack.assertToken(adapter.idToken(state.session), 'id', username);
    });

    test('goes on after a reload', async () => {
      const { username, number } = await stack.newUser();
      const items = new Map();
      const storage = {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => items.set(key, value),
        removeItem: (key) => items.delete(key),
      };
      await signInWith(adapter, stack.config, { storage }).start(username, PASSWORD);
      const signIn = signInWith(adapter, stack.config, { storage });
      assert.ok(signIn.resume());
      const state = await signIn.submit(await stack.spokenCode(number));
      assert.equal(state.step, 'signed-in');
      await stack.assertToken(adapter.idToken(state.session), 'id', username);
    });

    test('says that the password is wrong', async () => {
      const { username, number } = await stack.newUser();
      const { failure } = await signInWith(adapter, stack.config).start(username, 'Wrong-horse-1');
      assert.deepEqual([failure.reason, failure.name], ['WRONG_PASSWORD', 'NotAuthorizedException']);
      assert.deepEqual(await stack.calls(number), []);
    });

    test('says what kept the call from being placed', async () => {
      const { username } = await stack.newUser({ phoneNumberVerified: false });
      const { failure } = await signInWith(adapter, stack.config).start(username, PASSWORD);
      assert.deepEqual([failure.word, failure.name], ['PHONE_UNVERIFIED', 'UserLambdaValidationException']);
    });

    test('says that there are no attempts left', async () => {
      const { username, number } = await stack.newUser();
      const signIn = signInWith(adapter, stack.config);
      await signIn.start(username, PASSWORD);
      const code = await stack.spokenCode(number);
      await signIn.submit(wrong(code));
      await signIn.submit(wrong(code));
      const { failure } = await signIn.submit(wrong(code));
      assert.equal(failure.reason, 'NO_ATTEMPTS_LEFT');
    });

    for (const [operation, answer, step] of OTHER_STEPS) {
      test(`names the step for ${answer.ChallengeName ?? answer.__type}`, async () => {
        const { username } = await stack.newUser();
        const standIn = await startStandIn(stack, operation, () => answer);
        try {
          const { failure } = await signInWith(adapter, { ...stack.config, endpoint: standIn.endpoint }).start(
            username,
            PASSWORD,
          );
          assert.equal(failure.step, step);
        } finally {
          standIn.close();
        }
      });
    }

    test('sends what a trusted device needs, where the functions get it', async () => {
      const { username } = await stack.newUser();
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      const device = {
        publicKey: spki.toString('base64url'),
        sign: async (text) =>
          sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
      };
      const sent = [];
      const standIn = await startStandIn(
        stack,
        'RespondToAuthChallenge',
        ({ ChallengeName, ChallengeResponses, ClientMetadata }) => {
          sent.push({ ChallengeName, ANSWER: ChallengeResponses.ANSWER, ClientMetadata });
          const parameters = {
            USERNAME: username,
            delivery: 'DEVICE',
            nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
            expiresInSeconds: '300',
          };
          if (sent.length === 1) return challenge('CUSTOM_CHALLENGE', parameters);
          return challenge('CUSTOM_CHALLENGE', {
            USERNAME: username,
            delivery: 'VOICE',
            destination: '+1********00',
            codeLength: '6',
          });
        },
      );
      const devices = { find: async () => device, create: async () => device };
      const config = { ...stack.config, endpoint: standIn.endpoint };
      const signIn = signInWith(adapter, config, { devices, language: 'de' });
      try {
        assert.equal((await signIn.start(username, PASSWORD)).step, 'code');
      } finally {
        standIn.close();
      }
      const id = createHash('sha256').update(spki).digest('base64url');
      assert.deepEqual(sent[0], {
        ChallengeName: 'PASSWORD_VERIFIER',
        ANSWER: undefined,
        ClientMetadata: { language: 'de', trustedDevice: id },
      });
      assert.match(sent[1].ANSWER, /^[\w-]{86}$/);
      assert.deepEqual(sent[1].ClientMetadata, { language: 'de' });
    });
  });
}

function challenge(ChallengeName, ChallengeParameters = {}) {
  return { ChallengeName, Session: 'the next session of this sign-in', ChallengeParameters };
}

/** Answers one operation itself, and has the stack answer the others. */
async function startStandIn(stack, operation, answer) {
  const server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const body = Buffer.concat(await request.toArray());
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    if (target.endsWith(`.${operation}`)) {
      const given = answer(JSON.parse(body));
      response.writeHead(given.__type ? 400 : 200, headers).end(JSON.stringify(given));
    } else {
      const answered = await fetch(stack.endpoint, { method: 'POST', headers, body });
      response.writeHead(answered.status, headers).end(await answered.text());
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { endpoint: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
