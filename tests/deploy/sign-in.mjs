// A sign-in with the npm package and one of its adapters, for a program that has the phone. It reads and writes lines of
// JSON. First it reads the library, the pool and the user. Then it writes each challenge and reads the code, or null to be
// called again. At the end it writes the ID token or what went wrong.

import process from 'node:process';
import { createInterface } from 'node:readline';
import { adapters, signInWith } from '../clients/javascript/adapters.mjs';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const { library, username, password, ...stack } = await read();
const adapter = adapters[library];
const signIn = signInWith(adapter, stack);
let state = await signIn.start(username, password);
while (state.step === 'code') {
  write({ challenge: state.challenge });
  const code = await read();
  state = code ? await signIn.submit(code) : await signIn.callAgain();
}
if (state.step === 'signed-in') write({ token: adapter.idToken(state.session) });
else write({ failure: state.failure.reason, name: state.failure.name });
process.exit();
