import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mock, test } from 'node:test';
import { createSignIn } from 'cognito-voice-otp';
import { deviceId } from '../dist/device.js';
import { cognitoError, FakeClient, MemoryDevices, MemoryStorage, POOL, signedIn, voice } from './fake.mjs';

const NAME = `${POOL.userPoolId}|anna`;

function begin(answers, options = {}) {
  const client = new FakeClient(...answers);
  const devices = new MemoryDevices();
  return { client, devices, signIn: createSignIn({ client, devices, ...POOL, ...options }) };
}

const box = (wanted) => ({ days: 30, label: 'Trust this device for 30 days', wanted });

const deviceRound = {
  kind: 'challenge',
  parameters: { USERNAME: 'sub-of-anna', delivery: 'DEVICE', nonce: 'AAAAAAAAAAAAAAAAAAAAAA', expiresInSeconds: '300' },
};

test('a right code with the tick makes the device trusted', async () => {
  const { client, devices, signIn } = begin([
    voice({ deviceDays: '30' }),
    voice({ deviceDays: '30', attemptsLeft: '2' }),
    signedIn,
  ]);
  await signIn.start('anna', 'secret');
  assert.deepEqual(signIn.getState().challenge.trustDevice, box(false));
  signIn.trustDevice(true);
  assert.deepEqual(signIn.getState().challenge.trustDevice, box(true));
  assert.ok((await signIn.submit('000000')).challenge.trustDevice.wanted);
  await signIn.submit('351612');
  const { publicKey } = await devices.find(NAME);
  assert.deepEqual(
    client.requests.slice(1).map(({ metadata }) => metadata),
    [{ rememberDevice: publicKey }, { rememberDevice: publicKey }],
  );
});

test('there is one key, however quick the user is', async () => {
  const made = [];
  const create = async (name) => {
    made.push(name);
    return { publicKey: `key ${made.length}` };
  };
  const { client, signIn } = begin([voice({ deviceDays: '30' }), signedIn], { devices: { find: async () => {}, create } });
  await signIn.start('anna', 'secret');
  signIn.trustDevice(true);
  await signIn.submit('351612');
  assert.deepEqual(made, [NAME]);
  assert.deepEqual(client.requests[1].metadata, { rememberDevice: 'key 1' });
});

test('without the tick, nothing is kept or sent', async () => {
  const { client, devices, signIn } = begin([voice({ deviceDays: '30' }), signedIn]);
  await signIn.start('anna', 'secret');
  signIn.trustDevice(true);
  signIn.trustDevice(false);
  await signIn.submit('351612');
  assert.deepEqual(client.requests[1].metadata, {});
  assert.equal(
    (await begin([voice({ deviceDays: '30' })]).signIn.start('bert', 'secret')).challenge.trustDevice.wanted,
    false,
  );
  assert.ok(devices.keys.size <= 1);
});

test('a trusted device signs in without a call', async () => {
  const { client, devices, signIn } = begin([deviceRound, signedIn]);
  const device = await devices.create(NAME);
  const state = await signIn.start('Anna', 'secret');
  assert.deepEqual(state, { step: 'signed-in', session: 'tokens', by: 'device' });

  const [{ metadata }, { text }] = client.requests;
  const id = await deviceId(device);
  assert.deepEqual(metadata, { trustedDevice: id });
  const key = createPublicKey({ key: Buffer.from(device.publicKey, 'base64url'), format: 'der', type: 'spki' });
  const signed = `cognito-voice-otp trusted device v1|AAAAAAAAAAAAAAAAAAAAAA|us-east-1_Example|client|sub-of-anna|${id}`;
  assert.ok(verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(text, 'base64url')));
});

test('a signature that is refused leads to the call, and the key renews', async () => {
  const { client, devices, signIn } = begin([deviceRound, voice({ deviceDays: '30' }), signedIn], { language: 'de' });
  const device = await devices.create(NAME);
  const state = await signIn.start('anna', 'secret');
  assert.match(state.notice, /^We are calling/);
  assert.deepEqual(client.requests[1].metadata, { language: 'de' });
  signIn.trustDevice(true);
  assert.deepEqual(await signIn.submit('351612'), { step: 'signed-in', session: 'tokens', by: 'call' });
  assert.deepEqual(client.requests[2].metadata, { rememberDevice: device.publicKey });
});

test('a device round that can not be answered leads to the call', async () => {
  const broken = { find: async () => ({ publicKey: 'AAAA', sign: () => Promise.reject(new Error('No.')) }) };
  const { client, signIn } = begin([deviceRound, voice(), cognitoError('NotAuthorizedException')], { devices: broken });
  assert.equal((await signIn.start('anna', 'secret')).step, 'code');
  assert.equal(client.requests[1].text, 'no signature');
});

test('devices that are broken keep nobody from signing in', async () => {
  const never = () => new Promise(() => {});
  const odd = { find: async () => ({ publicKey: '?', sign: never }) };
  assert.equal((await begin([voice()], { devices: odd }).signIn.start('anna', 'secret')).step, 'code');

  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { client, signIn } = begin([voice({ deviceDays: '30' }), signedIn], {
      devices: { find: async () => undefined, create: never },
    });
    await signIn.start('anna', 'secret');
    signIn.trustDevice(true);
    const done = signIn.submit('351612');
    mock.timers.tick(2000);
    assert.equal((await done).step, 'signed-in');
    assert.deepEqual(client.requests[1].metadata, {});

    const slow = begin([voice({ deviceDays: '30' })], { devices: { find: never } });
    const started = slow.signIn.start('anna', 'secret');
    mock.timers.tick(2000);
    assert.equal((await started).challenge.trustDevice, undefined);
  } finally {
    mock.timers.reset();
  }
});

test('what ends a sign-in after a signature is not the password', async () => {
  const { devices, signIn } = begin([deviceRound, cognitoError('NotAuthorizedException')]);
  await devices.create(NAME);
  assert.equal((await signIn.start('anna', 'secret')).failure.reason, 'OVER');
});

test('there is a tick box only where it does something', async () => {
  const boxOf = async (parameters, options) =>
    (await begin([voice(parameters)], options).signIn.start('anna', 'secret')).challenge.trustDevice;
  const rejects = () => Promise.reject(new Error('No.'));
  assert.equal(await boxOf({}), undefined);
  assert.equal(await boxOf({ deviceDays: '0' }), undefined);
  assert.equal(await boxOf({ deviceDays: '30' }, { devices: false }), undefined);
  // Node has no IndexedDB.
  assert.equal(await boxOf({ deviceDays: '30' }, { devices: undefined }), undefined);
  assert.equal(await boxOf({ deviceDays: '30' }, { devices: { find: rejects } }), undefined);
});

test('a storage that can not be written takes the tick box away, and the sign-in goes on', async () => {
  const devices = { find: async () => undefined, create: () => Promise.reject(new Error('No.')) };
  const { client, signIn } = begin([voice({ deviceDays: '30' }), signedIn], { devices });
  await signIn.start('anna', 'secret');
  const gone = new Promise((resolve) => signIn.subscribe(() => signIn.getState().challenge?.trustDevice || resolve()));
  signIn.trustDevice(true);
  await gone;
  assert.equal((await signIn.submit('351612')).step, 'signed-in');
  assert.deepEqual(client.requests[1].metadata, {});
});

test('the tick survives a reload', async () => {
  const storage = new MemoryStorage();
  const first = begin([voice({ deviceDays: '30' })], { storage });
  await first.signIn.start('anna', 'secret');
  first.signIn.trustDevice(true);
  const { client, devices, signIn } = begin([signedIn], { storage });
  const shown = new Promise((resolve) => signIn.subscribe(() => signIn.getState().challenge?.trustDevice && resolve()));
  signIn.resume();
  await shown;
  assert.deepEqual(signIn.getState().challenge.trustDevice, box(true));
  await signIn.submit('351612');
  assert.deepEqual(client.requests[0].metadata, { rememberDevice: (await devices.find(NAME)).publicKey });
});

test('the tick survives a reload, however quick the user is', async () => {
  const storage = new MemoryStorage();
  const first = begin([voice({ deviceDays: '30' })], { storage });
  await first.signIn.start('anna', 'secret');
  first.signIn.trustDevice(true);
  const { client, devices, signIn } = begin([signedIn], { storage });
  signIn.resume();
  assert.equal((await signIn.submit('351612')).step, 'signed-in');
  assert.deepEqual(client.requests[0].metadata, { rememberDevice: (await devices.find(NAME)).publicKey });
});
