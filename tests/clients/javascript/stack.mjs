// A local stack for one test file, and what a browser does with it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts `local` with these settings on a free port, and resolves when it is ready. */
export async function startStack(settings = {}) {
  const functions = `${root}target/debug`;
  const args = ['--port', '0', '--functions', functions];
  for (const [name, value] of Object.entries(settings)) args.push('--set', `${name}=${value}`);
  const process = spawn(`${functions}/local`, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: process.stdout })) {
    if (!line.startsWith('{"ready":true')) continue;
    process.stdout.resume();
    const { endpoint } = JSON.parse(line);
    const config = await (await fetch(`${endpoint}/local/config`)).json();
    return new Stack(process, endpoint, config);
  }
  throw new Error('local ended before it was ready');
}

class Stack {
  constructor(process, endpoint, config) {
    Object.assign(this, { process, endpoint, config });
  }

  stop() {
    this.process.kill('SIGTERM');
  }

  async request(method, path, body) {
    const response = await fetch(this.endpoint + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** Adds a user; what is left out has the local pool's defaults. */
  addUser(user) {
    return this.request('POST', '/local/users', { password: 'Correct-horse-1', ...user });
  }

  calls(number) {
    return this.request('GET', `/local/calls?to=${encodeURIComponent(number)}`);
  }

  /** The code of the latest call to a number, as its listener hears it. Waits until it was spoken. */
  async spokenCode(number) {
    for (;;) {
      const call = (await this.calls(number)).at(-1);
      const code = call?.transcript.map(({ says }) => digitsIn(says)).find(Boolean);
      if (code) return code;
      if (call?.state === 'ended') throw new Error(`no code in ${JSON.stringify(call.transcript)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  user(username) {
    const { userPoolId, clientId } = this.config;
    const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint: this.endpoint });
    const user = new CognitoUser({ Username: username, Pool: pool });
    user.setAuthenticationFlowType('CUSTOM_AUTH');
    return user;
  }
}

function digitsIn(says = '') {
  return says.match(/\d(?:, \d){3,}/)?.[0].replaceAll(', ', '');
}

/** Starts a sign-in with a password. Resolves to `{ challenge }` or `{ tokens }`, or rejects with Cognito's error. */
export function signIn(user, password) {
  return step((callbacks) =>
    user.authenticateUser(
      new AuthenticationDetails({ Username: user.getUsername(), Password: password }),
      callbacks,
    ),
  );
}

/** Starts a sign-in without a password. */
export function signInByCallAlone(user) {
  return step((callbacks) =>
    user.initiateAuth(new AuthenticationDetails({ Username: user.getUsername() }), callbacks),
  );
}

/** Answers the challenge. */
export function answer(user, code, metadata) {
  return step((callbacks) => user.sendCustomChallengeAnswer(code, callbacks, metadata));
}

/** Asks for another call. */
export function callAgain(user) {
  return answer(user, 'call again', { callAgain: 'true' });
}

function step(start) {
  return new Promise((resolve, reject) => {
    start({
      onSuccess: (session) => resolve({ tokens: session }),
      onFailure: reject,
      customChallenge: (challenge) => resolve({ challenge }),
    });
  });
}

/** A code that is not this one. */
export function wrong(code) {
  return code.replace(/\d$/, (digit) => (Number(digit) + 1) % 10);
}
