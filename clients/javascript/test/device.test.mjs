import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { createKey, deviceId, deviceName, deviceOf, signedText } from '../dist/device.js';

test('a key has the public form, the id and the signature that the functions want', async () => {
  const key = await createKey();
  const device = deviceOf(key);
  assert.match(device.publicKey, /^[\w-]{122}$/);
  const der = Buffer.from(device.publicKey, 'base64url');
  assert.equal(der.length, 91);
  assert.equal(await deviceId(device), createHash('sha256').update(der).digest('base64url'));

  const text = signedText({ nonce: 'n', userPoolId: 'p', clientId: 'c', username: 'Ünal', deviceId: 'd' });
  assert.equal(text, 'cognito-voice-otp trusted device v1|n|p|c|Ünal|d');
  const signature = await device.sign(text);
  assert.match(signature, /^[\w-]{86}$/);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const isRight = (of) =>
    verify('sha256', Buffer.from(of), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  assert.ok(isRight(text));
  assert.ok(!isRight(`${text}2`));
});

test('scripts can not read a key', async () => {
  const { privateKey } = await createKey();
  assert.equal(privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey('pkcs8', privateKey));
});

test('each pool and user has its own key, however the name is typed', () => {
  assert.equal(deviceName('pool', ' Anna '), deviceName('pool', 'anna'));
  assert.notEqual(deviceName('pool', 'anna'), deviceName('pool2', 'anna'));
});
