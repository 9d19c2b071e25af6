// Devices that a user trusts: no call on them, until the trust ends.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, PASSWORD, Suite, wrong } from './browser.mjs';
import { cognito, dynamodb, voiceOtp } from './operator.mjs';

const NEW_PASSWORD = 'Another-horse-2';

describe('a trusted device', LIMIT, () => {
  const suite = new Suite({ OTP_SECONDS_BETWEEN_CALLS: 0 });
  let visit;

  /** A new user signs in by a call, ticks the box, and signs out. */
  async function trusts(options) {
    const user = await suite.stack.newUser();
    visit = await suite.visit(options);
    await visit.signIn(user.username, PASSWORD);
    await signsInByCall({ trusting: true });
    return user;
  }

  /** Once the password was right, until the user is signed out again. */
  async function signsInByCall({ trusting }) {
    const { page } = visit;
    await visit.answer();
    const code = await visit.passGate();
    await page.click('.hang-up');
    await visit.shows('.status', 'You hung up');
    assert.equal(await page.getByLabel('Trust this device for 30 days').isChecked(), false);
    if (trusting) await page.getByLabel('Trust this device for 30 days').check();
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
    assert.equal(await page.textContent('#notice'), '');
    await signOut();
  }

  async function signOut() {
    await visit.page.click('#sign-out');
    await visit.shows('#notice', 'You are signed out.');
  }

  async function signsInWithoutCall({ username, number }, password = PASSWORD) {
    const { length } = await suite.stack.calls(number);
    await visit.signIn(username, password);
    await visit.shows('#notice', 'Signed in: this device is trusted, nobody was called.');
    await visit.shows('h2', 'You are signed in');
    assert.equal((await suite.stack.calls(number)).length, length);
  }

  /** The ordinary call, with all that it has. */
  async function isCalled({ username }, password = PASSWORD) {
    await visit.signIn(username, password);
    await visit.shows('.status', 'Incoming call');
    await visit.shows('#code:focus', '');
    assert.equal(await visit.page.textContent('#error'), '');
    assert.equal(await visit.page.textContent('#attempts'), '3');
    assert.equal(await visit.page.textContent('#calls'), '2');
  }

  test('needs no call, also after a reload', async () => {
    const user = await suite.stack.newUser();
    visit = await suite.visit();
    const { page } = visit;
    await visit.signIn(user.username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    await page.getByLabel('Trust this device for 30 days').check();
    await visit.look('50-trust-this-device');
    // The wish outlasts a wrong code.
    await visit.sendCode(wrong(code));
    await visit.shows('#error', '2 attempts left');
    assert.ok(await page.isChecked('#trust-device'));
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
    await signOut();
    await signsInWithoutCall(user);
    await visit.look('51-signed-in-by-device');
    await page.click('#triggers > summary');
    await visit.shows('#trigger-list .outcome', "a challenge for a trusted device's signature");
    await visit.shows('#trigger-list .outcome', 'the signature is right');
    await page.reload();
    await visit.shows('.phone[data-connected]', '');
    await signsInWithoutCall(user);
  });

  test('is one that the user wants to be one', async () => {
    const user = await suite.stack.newUser();
    visit = await suite.visit();
    await visit.signIn(user.username, PASSWORD);
    await signsInByCall({ trusting: false });
    await isCalled(user);
  });

  test("is one user's alone", async () => {
    const user = await trusts();
    await isCalled(await suite.stack.newUser());
    await visit.page.click('#start-over');
    await signsInWithoutCall(user);
  });

  for (const [end, meet] of [
    ['a reset of the password', resetPassword],
    ['another number', changeNumber],
    ['the last day', endTrust],
    ['the operator', forgetDevices],
  ]) {
    test(`is none any more after ${end}, until the user trusts it again`, async () => {
      const user = await trusts();
      const password = (await meet(user)) ?? PASSWORD;
      const signatures = watchSignatures();
      await isCalled(user, password);
      assert.deepEqual(signatures, [], 'none is asked for');
      await signsInByCall({ trusting: true });
      await signsInWithoutCall(user, password);
      assert.equal(signatures.length, 1);
    });
  }

  /** What devices answer from now on. */
  function watchSignatures() {
    const signatures = [];
    visit.page.on('request', (request) => {
      const answer = signatureIn(request);
      if (answer) signatures.push(answer);
    });
    return signatures;
  }

  /** 64 bytes in base64url, as an answer to a challenge. */
  function signatureIn(request) {
    const { ANSWER } = request.postDataJSON()?.ChallengeResponses ?? {};
    return ANSWER?.length === 86 ? ANSWER : undefined;
  }

  async function resetPassword({ username }) {
    const { clientId: ClientId } = suite.stack.config;
    await cognito(suite.stack, 'ForgotPassword', { ClientId, Username: username });
    const messages = await suite.stack.request('GET', '/local/messages');
    const { code: ConfirmationCode } = messages.findLast((message) => message.username === username);
    const request = { ClientId, Username: username, ConfirmationCode, Password: NEW_PASSWORD };
    await cognito(suite.stack, 'ConfirmForgotPassword', request);
    return NEW_PASSWORD;
  }

  async function changeNumber({ username, number }) {
    const attributes = { phone_number: number.replace('+1206555', '+1206556'), phone_number_verified: 'true' };
    const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
    await cognito(suite.stack, 'AdminUpdateUserAttributes', { Username: username, UserAttributes });
  }

  /** Moves the end of the trust to the past, in the user's row: it stands before the seal. */
  async function endTrust(user) {
    const Key = await rowKey(user);
    const { Item } = await dynamodb(suite.stack, 'GetItem', { Key });
    assert.equal(Item.devices.SS.length, 1);
    const past = Math.floor(Date.now() / 1000) - 1;
    const SS = Item.devices.SS.map((device) => device.replace(/\d+(?=\.\w+$)/, past));
    assert.notDeepEqual(SS, Item.devices.SS);
    await dynamodb(suite.stack, 'PutItem', { Item: { ...Item, devices: { SS } } });
  }

  async function forgetDevices({ username }) {
    assert.match(await voiceOtp(suite.stack, 'devices', username), / until /);
    await voiceOtp(suite.stack, 'devices', username, '--forget-all');
  }

  async function rowKey({ username }) {
    const { config } = suite.stack;
    const { UserAttributes } = await cognito(suite.stack, 'AdminGetUser', { Username: username });
    const { Value: sub } = UserAttributes.find(({ Name }) => Name === 'sub');
    return { pk: { S: `USER#${config.userPoolId}#${sub}` } };
  }

  for (const [kind, forge] of [
    ['forged', (signature) => signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
    ['replayed', (signature, earlier) => earlier],
  ]) {
    test(`that sends a ${kind} signature is called, and loses no attempt`, async () => {
      const user = await trusts();
      const signatures = watchSignatures();
      let isForging = false;
      await visit.page.route(`${suite.stack.endpoint}/`, (route, request) => {
        const signature = signatureIn(request);
        if (!signature || !isForging) return route.fallback();
        return route.continue({ postData: request.postData().replace(signature, forge(signature, signatures[0])) });
      });
      await signsInWithoutCall(user);
      await signOut();
      isForging = true;
      await isCalled(user);
      assert.equal(signatures.length, 2);
      await signsInByCall({ trusting: false });
    });
  }
});

describe('a device that can keep no key', LIMIT, () => {
  const suite = new Suite();

  for (const [what, init] of [
    ['without IndexedDB', () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined })],
    ['whose IndexedDB opens nothing', () => (IDBFactory.prototype.open = () => { throw new DOMException('No.', 'InvalidStateError'); })],
    ['without WebCrypto', () => Object.defineProperty(crypto, 'subtle', { value: undefined })],
  ]) {
    test(`${what} is called, and offers no trust`, async () => {
      const { username } = await suite.stack.newUser();
      const visit = await suite.visit({ init });
      await visit.signIn(username, PASSWORD);
      await visit.answer();
      const code = await visit.passGate();
      assert.equal(await visit.page.isVisible('#trust-device'), false);
      await visit.sendCode(code);
      await visit.shows('h2', 'You are signed in');
    });
  }
});

describe('where no device is trusted', LIMIT, () => {
  const suite = new Suite({ OTP_DEVICE_DAYS: 0 });

  test('there is nothing to tick', async () => {
    const { username } = await suite.stack.newUser();
    const visit = await suite.visit();
    await visit.signIn(username, PASSWORD);
    await visit.answer();
    const code = await visit.passGate();
    assert.equal(await visit.page.isVisible('#trust-device'), false);
    await visit.sendCode(code);
    await visit.shows('h2', 'You are signed in');
  });
});
