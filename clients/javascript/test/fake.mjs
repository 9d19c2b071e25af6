// A Cognito that answers as a test says, and devices in memory.

import { createKey, deviceOf } from '../dist/device.js';

export const POOL = { userPoolId: 'us-east-1_Example', clientId: 'client' };

/** A challenge of the functions, but for these parameters. */
export function voice(changes = {}) {
  const parameters = {
    USERNAME: 'sub-of-anna',
    delivery: 'VOICE',
    destination: '+1********00',
    codeLength: '6',
    expiresAt: '1795347143',
    expiresInSeconds: '300',
    attemptsLeft: '3',
    callsLeft: '2',
    callAgainInSeconds: '0',
    ...changes,
  };
  return { kind: 'challenge', parameters };
}

export const signedIn = { kind: 'signed-in', session: 'tokens' };

/** Gives the answers one after the other, each a step, an error or a function that gives one. `requests` is what was asked. */
export class FakeClient {
  requests = [];
  restored;

  constructor(...answers) {
    this.answers = answers;
  }

  start(username, password, metadata) {
    return this.#next({ username, password, metadata });
  }

  answer(text, metadata) {
    return this.#next({ text, metadata });
  }

  save() {
    return `session ${this.requests.length}`;
  }

  restore(text) {
    this.restored = text;
  }

  async #next(request) {
    this.requests.push(request);
    const answer = this.answers.shift();
    const given = typeof answer === 'function' ? await answer(request) : answer;
    if (given instanceof Error) throw given;
    return given;
  }
}

/** As the libraries are: it has the session of the latest answer alone. */
export class OneSessionClient extends FakeClient {
  session;
  answeredIn = [];

  async start(username, ...rest) {
    try {
      const step = await super.start(username, ...rest);
      this.session = username;
      return step;
    } catch (error) {
      this.session = undefined;
      throw error;
    }
  }

  answer(...given) {
    this.answeredIn.push(this.session);
    return super.answer(...given);
  }
}

export class MemoryDevices {
  keys = new Map();

  async find(name) {
    const key = this.keys.get(name);
    return key && deviceOf(key);
  }

  async create(name) {
    if (!this.keys.has(name)) this.keys.set(name, await createKey());
    return this.find(name);
  }
}

export class MemoryStorage {
  items = new Map();

  getItem(key) {
    return this.items.get(key) ?? null;
  }

  setItem(key, value) {
    this.items.set(key, value);
  }

  removeItem(key) {
    this.items.delete(key);
  }
}

/** An error as the AWS SDK and Amplify have it. */
export function cognitoError(name, message = 'No.') {
  return Object.assign(new Error(message), { name });
}

/** An answer that comes when the test gives it. `asked` resolves when somebody waits for it. */
export function heldAnswer() {
  const held = {};
  const answer = new Promise((resolve) => (held.give = resolve));
  held.asked = new Promise((resolve) => {
    held.next = () => {
      resolve();
      return answer;
    };
  });
  return held;
}
