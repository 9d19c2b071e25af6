// The client's part of SRP as Cognito has it: SRP-6a (RFC 5054) in its group of 3072 bits, with SHA-256, and HKDF (RFC 5869) over
// the shared secret. The password is proved, and never sent.

import type { Parameters } from './client.js';

const N = BigInt(
  '0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B' +
    '302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6' +
    '49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D' +
    '670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718' +
    '3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D' +
    'B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C' +
    'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
);
const G = 2n;

/** One proof of a password. */
export class Srp {
  readonly #secret: bigint;
  readonly #a: bigint;

  constructor(secret = numberOf(crypto.getRandomValues(new Uint8Array(128)))) {
    this.#secret = secret;
    this.#a = power(G, secret);
  }

  /** What InitiateAuth sends as `SRP_A`. */
  get a(): string {
    return this.#a.toString(16);
  }

  /** The responses to PASSWORD_VERIFIER, from its parameters. */
  async proof(
    userPoolId: string,
    password: string,
    parameters: Parameters,
    now = new Date(),
  ): Promise<Record<string, string>> {
    const { SALT = '', SRP_B = '', SECRET_BLOCK = '', USER_ID_FOR_SRP: user = '' } = parameters;
    const pool = userPoolId.split('_')[1] ?? '';
    const b = BigInt(`0x${SRP_B}`);
    const u = numberOf(await hash(bytesOf(this.#a), bytesOf(b)));
    if (b % N === 0n || u === 0n) throw new Error('Cognito answers SRP with a number that it may not');
    const k = numberOf(await hash(bytesOf(N), bytesOf(G)));
    const x = numberOf(await hash(bytesOf(BigInt(`0x${SALT}`)), await hash(utf8(`${pool}${user}:${password}`))));
    const secret = power(b - k * power(G, x), this.#secret + u * x);

    const timestamp = timestampOf(now);
    const block = Uint8Array.from(atob(SECRET_BLOCK), (char) => char.charCodeAt(0));
    const key = await derive(bytesOf(secret), bytesOf(u));
    const signature = await crypto.subtle.sign('HMAC', key, join(utf8(pool + user), block, utf8(timestamp)));
    return {
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: btoa(String.fromCharCode(...new Uint8Array(signature))),
      TIMESTAMP: timestamp,
    };
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The key of the signature. */
async function derive(secret: Bytes, salt: Bytes): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt, info: utf8('Caldera Derived Key') };
  const bits = await crypto.subtle.deriveBits(algorithm, material, 128);
  return crypto.subtle.importKey('raw', bits, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/** `base` to the power of `exponent`, modulo N. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = ((base % N) + N) % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

/** Cognito hashes numbers as Java's BigInteger writes them: the first bit is the sign, and so 0. */
function bytesOf(number: bigint): Bytes {
  let hex = number.toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  if (/^[89a-f]/.test(hex)) hex = `00${hex}`;
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function numberOf(bytes: Bytes): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}

async function hash(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', join(...parts)));
}

function join(...parts: Bytes[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** `Mon Nov 3 09:05:07 UTC 2026`: no zero before the day. */
function timestampOf(now: Date): string {
  const [weekday = '', day, month, year, time] = now.toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${month} ${Number(day)} ${time} UTC ${year}`;
}
