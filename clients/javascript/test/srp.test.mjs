import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import identityJs from 'amazon-cognito-identity-js';
import BigIntegers from 'amazon-cognito-identity-js/lib/BigInteger.js';
import { Srp } from '../dist/srp.js';

const BigInteger = BigIntegers.default;
const POOL = 'Example';
const hex = (bytes) => randomBytes(bytes).toString('hex');

/** AWS's own library, with the same secret. */
async function signatureOfAws(secret, password, { SALT, SRP_B, SECRET_BLOCK, USER_ID_FOR_SRP }, timestamp) {
  const helper = new identityJs.AuthenticationHelper(POOL);
  helper.smallAValue = new BigInteger(secret, 16);
  helper.largeAValue = await promisify(helper.calculateA.bind(helper))(helper.smallAValue);
  const keyOf = promisify(helper.getPasswordAuthenticationKey.bind(helper));
  const key = await keyOf(USER_ID_FOR_SRP, password, new BigInteger(SRP_B, 16), new BigInteger(SALT, 16));
  const signed = [POOL, USER_ID_FOR_SRP, Buffer.from(SECRET_BLOCK, 'base64'), timestamp].map((part) => Buffer.from(part));
  return {
    a: helper.largeAValue.toString(16),
    signature: createHmac('sha256', key).update(Buffer.concat(signed)).digest('base64'),
  };
}

test("proves a password as AWS's own library does", async () => {
  // Enough for numbers that begin with zeros, and with a first bit of either value.
  for (let round = 0; round < 12; round++) {
    const secret = hex(round % 4 === 0 ? 1 : 128);
    const parameters = {
      SALT: round % 5 === 0 ? `00${hex(15)}` : hex(16),
      SRP_B: hex(round % 3 === 0 ? 300 : 383),
      SECRET_BLOCK: randomBytes(64).toString('base64'),
      USER_ID_FOR_SRP: 'Ünal',
    };
    const srp = new Srp(BigInt(`0x${secret}`));
    const proof = await srp.proof(`us-east-1_${POOL}`, 'Pässword 7', parameters);
    const expected = await signatureOfAws(secret, 'Pässword 7', parameters, proof.TIMESTAMP);
    assert.equal(srp.a, expected.a);
    assert.equal(proof.PASSWORD_CLAIM_SIGNATURE, expected.signature, JSON.stringify(parameters));
  }
});

test('writes the time as Cognito wants it', async () => {
  const parameters = { SALT: 'ab', SRP_B: 'abc', SECRET_BLOCK: 'AAAA', USER_ID_FOR_SRP: 'anna' };
  const timestamp = async (moment) =>
    (await new Srp().proof('us-east-1_Example', 'x', parameters, new Date(moment))).TIMESTAMP;
  assert.equal(await timestamp('2026-11-03T09:05:07Z'), 'Tue Nov 3 09:05:07 UTC 2026');
  assert.equal(await timestamp('2026-11-30T23:59:59Z'), 'Mon Nov 30 23:59:59 UTC 2026');
});

test('takes no number of Cognito that would give the password away', async () => {
  const parameters = { SALT: 'ab', SRP_B: '0', SECRET_BLOCK: 'AAAA', USER_ID_FOR_SRP: 'anna' };
  await assert.rejects(new Srp().proof('us-east-1_Example', 'x', parameters), /may not/);
});
