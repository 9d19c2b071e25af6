// A sign-in with an example of docs/integrate.md, for a program that has the phone. It reads and writes lines of JSON. First
// it reads the pool and the user. Then it writes each challenge and reads the code, or null to be called again. At the
// end it writes the ID token or the error.

import process from 'node:process';
import { createInterface } from 'node:readline';
import { amplify, identityJs } from '../clients/javascript/examples.mjs';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const { example, username, password, ...pool } = await read();
const { configure, signIn } = { amplify, 'identity-js': identityJs }[example];
configure(pool);
try {
  const token = await signIn(username, password, (challenge) => {
    write({ challenge });
    return read();
  });
  write({ token });
} catch ({ name, message }) {
  write({ error: { name, message } });
}
process.exit();
