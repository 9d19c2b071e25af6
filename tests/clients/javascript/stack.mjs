// A local stack for one test file.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CognitoJwtVerifier } from 'aws-jwt-verify';

export const PASSWORD = 'Correct-horse-1';

/** For `describe`: what waits in vain must end. On a busy machine, tests may take long. */
export const LIMIT = { timeout: 1_800_000 };

/** As long as they may be, so that no machine is too slow. */
const PATIENT = { CONNECT_RING_TIMEOUT_SECONDS: 60, OTP_VALIDITY_SECONDS: 600 };

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BINARIES = path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target', 'debug');

// Runs a command until stdin ends. It does so when this process ends, however that comes about.
const UNTIL_STDIN_ENDS = '"$@" & exec >&-; cat > /dev/null; kill $!; wait $!';

/**
 * Starts `local` with production's limits, these settings and further flags, on `port` or a free one, and resolves when it
 * is ready.
 */
export async function startStack(settings = {}, port = '0', flags = []) {
  const command = [`${BINARIES}/local`, '--port', port, '--limits', '--functions', BINARIES, ...flags];
  for (const [name, value] of Object.entries({ ...PATIENT, ...settings })) command.push('--set', `${name}=${value}`);
  const local = spawn('sh', ['-c', UNTIL_STDIN_ENDS, 'sh', ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: local.stdout });
  const ready = new Promise((resolve, reject) => {
    lines.on('line', (line) => line.startsWith('{"ready":true') && resolve(JSON.parse(line)));
    lines.on('close', () => reject(new Error(`${command[0]} ended before it was ready; is it built?`)));
  });
  try {
    const { endpoint } = await ready;
    return new Stack(local, endpoint, await (await fetch(`${endpoint}/local/config`)).json());
  } catch (error) {
    local.stdin.end();
    throw error;
  }
}

class Stack {
  #process;
  #serial = 0;
  /** By number, how many calls `nextCall` gave. */
  #heard = new Map();

  constructor(process, endpoint, config) {
    this.#process = process;
    Object.assign(this, { endpoint, config });
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }

  async request(method, path, body) {
    const response = await fetch(this.endpoint + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Adds a user with a number of its own, so that no test meets the calls of another. */
  async newUser(changes = {}) {
    const { username, number } = this.newName();
    await this.request('POST', '/local/users', { username, password: PASSWORD, phoneNumber: number, ...changes });
    return { username, number };
  }

  /** A user name and a number that nobody has. */
  newName() {
    const serial = this.#serial++;
    return { username: `user-${serial}`, number: `+120655501${String(10 + serial)}` };
  }

  /** The calls to a number, or all. */
  calls(number) {
    return this.request('GET', `/local/calls${number ? `?to=${encodeURIComponent(number)}` : ''}`);
  }

  /** The code of the latest call to a number, as its listener hears it. Waits until it was spoken. */
  async spokenCode(number) {
    for (;;) {
      const call = (await this.calls(number)).at(-1);
      const code = call?.transcript.map(({ says }) => digitsIn(says)).find(Boolean);
      if (code) return code;
      if (call?.state === 'ended') throw new Error(`no code in ${JSON.stringify(call.transcript)}`);
      await sleep(20);
    }
  }

  /** The next call to a number with the code that it spoke, once it has. A code of Cognito's own is sent only after Cognito's
   * answer, so the latest call may be an earlier one. */
  async nextCall(number) {
    const index = this.#heard.get(number) ?? 0;
    this.#heard.set(number, index + 1);
    for (;;) {
      const call = (await this.calls(number))[index];
      const code = call?.transcript.map(({ says }) => digitsIn(says)).find(Boolean);
      if (code) return { ...call, code };
      if (call?.state === 'ended') throw new Error(`no code in ${JSON.stringify(call.transcript)}`);
      await sleep(20);
    }
  }

  /** The first call to a number, when it is over. */
  async endedCall(number) {
    for (;;) {
      const [call] = await this.calls(number);
      if (call?.state === 'ended') return call;
      await sleep(20);
    }
  }

  /** Checks a token as an application's server does, and that it is this user's. */
  async assertToken(token, tokenUse, username, clientId = this.config.clientId) {
    const { userPoolId } = this.config;
    const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse });
    verifier.cacheJwks(await this.request('GET', `/${userPoolId}/.well-known/jwks.json`));
    const claims = await verifier.verify(token);
    assert.equal(claims[tokenUse === 'id' ? 'cognito:username' : 'username'], username);
  }
}

/** The first digits that are said one by one. The code may be said once more in the same line. */
function digitsIn(says = '') {
  return says.match(/\d(?:, \d){3,}/)?.[0].replaceAll(', ', '');
}

/** A code that is not this one. */
export function wrong(code) {
  return code.replace(/\d$/, (digit) => (Number(digit) + 1) % 10);
}
