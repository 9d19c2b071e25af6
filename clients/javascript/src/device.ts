// The trusted device: a key that scripts can't read, and that stands in for a call.

/** A key of this device. */
export interface Device {
  /** The public key: SPKI DER of a P-256 point, base64url without padding. */
  publicKey: string;
  /** Base64url of the 64-byte ECDSA signature (r and s) over the SHA-256 of the text in UTF-8. */
  sign(text: string): Promise<string>;
}

/** Where the keys are, by the name of pool and user. If it can't be read or written, users are called as ever. */
export interface DeviceStore {
  find(name: string): Promise<Device | undefined>;
  /** Makes a key and keeps it, unless there is one by this name. */
  create(name: string): Promise<Device>;
}

/** One key for each pool and user name as it was typed. */
export function deviceName(userPoolId: string, username: string): string {
  return `${userPoolId}|${username.trim().toLowerCase()}`;
}

/** The id by which the functions know a device: the hash of its public key. */
export async function deviceId({ publicKey }: Device): Promise<string> {
  return base64url(await crypto.subtle.digest('SHA-256', bytesOf(publicKey)));
}

type Proof = { nonce: string; userPoolId: string; clientId: string; username: string; deviceId: string };

/** What a trusted device signs in place of a code. */
export function signedText(proof: Proof): string {
  const { nonce, userPoolId, clientId, username, deviceId } = proof;
  return ['cognito-voice-otp trusted device v1', nonce, userPoolId, clientId, username, deviceId].join('|');
}

/** A new key that scripts can't read. A copy of the browser's profile may have it. */
export async function createKey(): Promise<{ publicKey: string; privateKey: CryptoKey }> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  return { publicKey: base64url(await crypto.subtle.exportKey('spki', keys.publicKey)), privateKey: keys.privateKey };
}

export function deviceOf({ publicKey, privateKey }: { publicKey: string; privateKey: CryptoKey }): Device {
  return {
    publicKey,
    sign: async (text) => {
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
      return base64url(await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(text)));
    },
  };
}

export function base64url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
}
