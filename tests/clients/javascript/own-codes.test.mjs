// Cognito's own codes, which the phone speaks: with Amplify and with amazon-cognito-identity-js as they are.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } from 'amazon-cognito-identity-js';
import { Amplify } from 'aws-amplify';
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  confirmUserAttribute,
  fetchAuthSession,
  fetchUserAttributes,
  resendSignUpCode,
  resetPassword,
  sendUserAttributeVerificationCode,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updateUserAttributes,
} from 'aws-amplify/auth';
import { LIMIT, PASSWORD, startStack, wrong } from './stack.mjs';

const NEW_PASSWORD = 'Correct-horse-2';
const MISMATCH = 'CodeMismatchException';

/** Cognito's own MFA is for pools without custom auth, and so without the token gate. */
const startPool = () => startStack({}, '0', ['--token-gate', 'off']);

/** What a code by phone says of itself. */
const sentTo = (number) => ({ destination: `+*******${number.slice(-4)}`, deliveryMedium: 'SMS', attributeName: 'phone_number' });

describe('aws-amplify', LIMIT, () => {
  let stack;
  before(async () => {
    stack = await startPool();
    const { userPoolId, clientIdPassword: userPoolClientId, endpoint: userPoolEndpoint } = stack.config;
    Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint } } });
  });
  after(() => stack.stop());
  // There is one signed-in user for all.
  afterEach(() => signOut());

  for (const [locale, greeting] of [
    ['en-US', /a code to confirm your phone number/],
    ['de-DE', /Bestätigung Ihrer Nummer/],
  ]) {
    test(`signs up, ${locale}`, async () => {
      const { username, number } = stack.newName();
      const options = { userAttributes: { phone_number: number, locale } };
      const { isSignUpComplete, nextStep } = await signUp({ username, password: PASSWORD, options });
      const { signUpStep, codeDeliveryDetails } = nextStep;
      assert.deepEqual([isSignUpComplete, signUpStep, ...Object.values(codeDeliveryDetails).sort()], [
        false,
        'CONFIRM_SIGN_UP',
        ...Object.values(sentTo(number)).sort(),
      ]);
      const { attributes, transcript, code } = await stack.nextCall(number);
      assert.equal(attributes.Language, locale);
      assert.match(transcript[0].says, greeting);

      await assert.rejects(confirmSignUp({ username, confirmationCode: wrong(code) }), { name: MISMATCH });
      const confirmed = await confirmSignUp({ username, confirmationCode: code });
      assert.equal(confirmed.isSignUpComplete, true);
      assert.equal((await signIn({ username, password: PASSWORD })).isSignedIn, true);
      assert.equal((await fetchUserAttributes()).phone_number_verified, 'true');
    });
  }

  test('has another code sent, which voids the first', async () => {
    const { username, number } = stack.newName();
    await signUp({ username, password: PASSWORD, options: { userAttributes: { phone_number: number } } });
    const { code: first } = await stack.nextCall(number);
    assert.equal((await resendSignUpCode({ username })).deliveryMedium, 'SMS');
    const { code: second } = await stack.nextCall(number);
    if (first !== second) await assert.rejects(confirmSignUp({ username, confirmationCode: first }), { name: MISMATCH });
    assert.equal((await confirmSignUp({ username, confirmationCode: second })).isSignUpComplete, true);
  });

  test('resets a password', async () => {
    const { username, number } = await newUserWithoutEmail(stack);
    const { nextStep } = await resetPassword({ username, options: { clientMetadata: { language: 'de-DE' } } });
    assert.equal(nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE');
    assert.equal(nextStep.codeDeliveryDetails.deliveryMedium, 'SMS');
    const { code, attributes, transcript } = await stack.nextCall(number);
    assert.equal(attributes.Language, 'de-DE');
    assert.match(transcript[0].says, /Passwort/);
    await confirmResetPassword({ username, confirmationCode: code, newPassword: NEW_PASSWORD });
    assert.equal((await signIn({ username, password: NEW_PASSWORD })).isSignedIn, true);
  });

  test('changes the number, and verifies it', async () => {
    const { username, number } = await stack.newUser();
    const { number: newNumber } = stack.newName();
    await signIn({ username, password: PASSWORD });
    const change = () => updateUserAttributes({ userAttributes: { phone_number: newNumber } });
    const { phone_number } = await change();
    assert.equal(phone_number.nextStep.updateAttributeStep, 'CONFIRM_ATTRIBUTE_WITH_CODE');
    const { code: first } = await stack.nextCall(newNumber);
    // The number counts once its code was entered.
    assert.equal((await fetchUserAttributes()).phone_number, number);
    // sendUserAttributeVerificationCode would call the number that is the user's now.
    await change();
    const { code: second } = await stack.nextCall(newNumber);
    const confirm = (confirmationCode) => confirmUserAttribute({ userAttributeKey: 'phone_number', confirmationCode });
    if (first !== second) await assert.rejects(confirm(first), { name: MISMATCH });
    await confirm(second);
    assert.equal((await fetchUserAttributes()).phone_number, newNumber);
  });

  test('verifies the number of a user who is signed in', async () => {
    const { username, number } = await stack.newUser({ phoneNumberVerified: false });
    await signIn({ username, password: PASSWORD });
    await sendUserAttributeVerificationCode({ userAttributeKey: 'phone_number' });
    const { code } = await stack.nextCall(number);
    await confirmUserAttribute({ userAttributeKey: 'phone_number', confirmationCode: code });
    assert.equal((await fetchUserAttributes()).phone_number_verified, 'true');
  });

  for (const authFlowType of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
    test(`signs in with a second factor, ${authFlowType}`, async () => {
      const { username, number } = await stack.newUser();
      const start = () => signIn({ username, password: PASSWORD, options: { authFlowType } });
      assert.equal((await start()).isSignedIn, true);
      await updateMFAPreference({ sms: 'PREFERRED' });
      await signOut();
      const { nextStep } = await start();
      assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
      await finish(username, number, /^\d{6}$/);
    });
  }

  test('signs in with a code alone, which has eight digits', async () => {
    const { username, number } = await stack.newUser();
    const start = (preferredChallenge) =>
      signIn({ username, options: { authFlowType: 'USER_AUTH', ...(preferredChallenge && { preferredChallenge }) } });
    assert.equal((await start('SMS_OTP')).nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    await finish(username, number, /^\d{8}$/);
    await signOut();
    const { nextStep } = await start();
    assert.equal(nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
    assert.ok(nextStep.availableChallenges.includes('SMS_OTP'));
    const chosen = await confirmSignIn({ challengeResponse: 'SMS_OTP' });
    assert.equal(chosen.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    await finish(username, number, /^\d{8}$/);
  });

  /** Enters a wrong code and then the right one. */
  async function finish(username, number, form) {
    const { code, transcript } = await stack.nextCall(number);
    assert.match(code, form);
    assert.match(transcript[0].says, /your sign-in code/);
    await assert.rejects(confirmSignIn({ challengeResponse: wrong(code) }), { name: MISMATCH });
    assert.equal((await confirmSignIn({ challengeResponse: code })).isSignedIn, true);
    const { tokens } = await fetchAuthSession();
    await assertIdToken(stack, tokens.idToken.toString(), username);
  }
});

describe('amazon-cognito-identity-js', LIMIT, () => {
  let stack;
  before(async () => (stack = await startPool()));
  after(() => stack.stop());

  test('signs up, after another code', async () => {
    const { username, number } = stack.newName();
    const attributes = [
      new CognitoUserAttribute({ Name: 'phone_number', Value: number }),
      new CognitoUserAttribute({ Name: 'locale', Value: 'de-DE' }),
    ];
    const { user, userConfirmed, codeDeliveryDetails } = await called((callback) =>
      poolOf(stack).signUp(username, PASSWORD, attributes, null, callback),
    );
    assert.equal(userConfirmed, false);
    assert.equal(codeDeliveryDetails.DeliveryMedium, 'SMS');
    const { code: first, attributes: spoken } = await stack.nextCall(number);
    assert.equal(spoken.Language, 'de-DE');
    await called((callback) => user.resendConfirmationCode(callback));
    const { code: second } = await stack.nextCall(number);
    const confirm = (code) => called((callback) => user.confirmRegistration(code, false, callback));
    if (first !== second) await assert.rejects(confirm(first), { code: MISMATCH });
    assert.equal(await confirm(second), 'SUCCESS');
    assert.ok((await signInWith(user, PASSWORD)).session);
  });

  test('resets a password', async () => {
    const { username, number } = await newUserWithoutEmail(stack);
    const user = cognitoUser(stack, username);
    const sent = await new Promise((inputVerificationCode, onFailure) =>
      user.forgotPassword({ inputVerificationCode, onFailure, onSuccess: assert.fail }),
    );
    assert.equal(sent.CodeDeliveryDetails.DeliveryMedium, 'SMS');
    const { code } = await stack.nextCall(number);
    const confirm = (code) =>
      new Promise((onSuccess, onFailure) => user.confirmPassword(code, NEW_PASSWORD, { onSuccess, onFailure }));
    await assert.rejects(confirm(wrong(code)), { code: MISMATCH });
    await confirm(code);
    assert.ok((await signInWith(user, NEW_PASSWORD)).session);
  });

  test('verifies the number of a user who is signed in', async () => {
    const { username, number } = await stack.newUser({ phoneNumberVerified: false });
    const user = cognitoUser(stack, username);
    await signInWith(user, PASSWORD);
    await new Promise((inputVerificationCode, onFailure) =>
      user.getAttributeVerificationCode('phone_number', { inputVerificationCode, onFailure, onSuccess: assert.fail }),
    );
    const { code } = await stack.nextCall(number);
    await new Promise((onSuccess, onFailure) => user.verifyAttribute('phone_number', code, { onSuccess, onFailure }));
    const attributes = await called((callback) => user.getUserAttributes(callback));
    assert.equal(attributes.find(({ Name }) => Name === 'phone_number_verified').Value, 'true');
  });

  test('signs in with a second factor', async () => {
    const { username, number } = await stack.newUser();
    const user = cognitoUser(stack, username);
    await signInWith(user, PASSWORD);
    await called((callback) => user.setUserMfaPreference({ PreferredMfa: true, Enabled: true }, null, callback));
    const { mfa } = await signInWith(user, PASSWORD);
    assert.equal(mfa, 'SMS_MFA');
    const { code } = await stack.nextCall(number);
    const send = (code) => new Promise((onSuccess, onFailure) => user.sendMFACode(code, { onSuccess, onFailure }));
    await assert.rejects(send(wrong(code)), { code: MISMATCH });
    await assertIdToken(stack, (await send(code)).getIdToken().getJwtToken(), username);
  });
});

/** Whose password is reset by phone: Cognito prefers a verified e-mail address. */
function newUserWithoutEmail(stack) {
  return stack.newUser({ attributes: { email: null } });
}

function assertIdToken(stack, token, username) {
  return stack.assertToken(token, 'id', username, stack.config.clientIdPassword);
}

function poolOf({ config, endpoint }) {
  return new CognitoUserPool({ UserPoolId: config.userPoolId, ClientId: config.clientIdPassword, endpoint });
}

function cognitoUser(stack, username) {
  return new CognitoUser({ Username: username, Pool: poolOf(stack) });
}

/** Signs in with the password. Resolves to `{ session }`, or to `{ mfa }` if Cognito wants a code. */
function signInWith(user, Password) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password });
  return new Promise((resolve, onFailure) =>
    user.authenticateUser(details, {
      onSuccess: (session) => resolve({ session }),
      onFailure,
      mfaRequired: (mfa) => resolve({ mfa }),
    }),
  );
}

/** For functions that call back with an error or a result. */
function called(start) {
  return new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))));
}
