import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify as verifyEd25519,
} from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

/** Raw 32-byte halves of an X25519 pair. */
export type KeyPair = { publicKey: Buffer; privateKey: Buffer };

const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const ED_PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const FIELD = 2n ** 255n - 19n;
const ORDER = ed25519.Point.Fn.ORDER;

// Importing a key costs more than using it, and identity keys live as long as their Buffer does.
const importedPrivate = new WeakMap<Buffer, KeyObject>();
const importedPublic = new WeakMap<Buffer, KeyObject>();

const privateKeyObject = (raw: Buffer): KeyObject => {
  let key = importedPrivate.get(raw);
  if (!key) {
    key = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, raw]), format: 'der', type: 'pkcs8' });
    importedPrivate.set(raw, key);
  }
  return key;
};

const publicKeyObject = (raw: Buffer): KeyObject => {
  let key = importedPublic.get(raw);
  if (!key) {
    key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });
    importedPublic.set(raw, key);
  }
  return key;
};

export const generateKeyPair = (): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const { x, d } = privateKey.export({ format: 'jwk' });
  const pair = { publicKey: Buffer.from(x ?? '', 'base64url'), privateKey: Buffer.from(d ?? '', 'base64url') };
  // Most pairs are used at once: what Node has in its own form already need not be imported again.
  importedPublic.set(pair.publicKey, publicKey);
  importedPrivate.set(pair.privateKey, privateKey);
  return pair;
};

/** X25519; throws on a public key that is not 32 bytes or of low order. */
export const agree = (privateKey: Buffer, publicKey: Buffer): Buffer => {
  if (publicKey.length !== 32) throw new Error('an X25519 public key has 32 bytes');
  return diffieHellman({ privateKey: privateKeyObject(privateKey), publicKey: publicKeyObject(publicKey) });
};

const readLittleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

const writeLittleEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();

const sha512 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const clamp = (privateKey: Uint8Array): bigint => {
  const scalar = Buffer.from(privateKey);
  scalar[0] = (scalar[0] ?? 0) & 248;
  scalar[31] = ((scalar[31] ?? 0) & 127) | 64;
  return readLittleEndian(scalar);
};

const HASH_1_PREFIX = Buffer.concat([Buffer.from([0xfe]), Buffer.alloc(31, 0xff)]);

/**
 * XEdDSA over Curve25519 as Signal specifies it: the Edwards key always has sign bit 0, so the signature verifies both
 * for readers that honour the sign bit stored in the last byte and for those that ignore it.
 */
export const sign = (privateKey: Buffer, message: Uint8Array): Buffer => {
  const scalar = clamp(privateKey) % ORDER;
  const point = ed25519.Point.BASE.multiply(scalar);
  const encoded = Buffer.from(point.toBytes());
  const negative = ((encoded[31] ?? 0) & 128) !== 0;
  const secret = negative ? ORDER - scalar : scalar;
  encoded[31] = (encoded[31] ?? 0) & 127;
  const nonce = readLittleEndian(sha512(HASH_1_PREFIX, writeLittleEndian(secret), message, randomBytes(64))) % ORDER;
  const commitment = Buffer.from(ed25519.Point.BASE.multiply(nonce).toBytes());
  const challenge = readLittleEndian(sha512(commitment, encoded, message)) % ORDER;
  return Buffer.concat([commitment, writeLittleEndian((nonce + challenge * secret) % ORDER)]);
};

const invert = (value: bigint): bigint => {
  let [result, base, exponent] = [1n, value, FIELD - 2n];
  while (exponent > 0n) {
    if (exponent & 1n) result = (result * base) % FIELD;
    base = (base * base) % FIELD;
    exponent >>= 1n;
  }
  return result;
};

/** Strict XEdDSA verification of a signature made with an X25519 key; false for anything malformed. */
export const verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const u = readLittleEndian(publicKey) & ((1n << 255n) - 1n);
  if (u >= FIELD || (u + 1n) % FIELD === 0n) return false;
  const y = (((u + FIELD - 1n) % FIELD) * invert((u + 1n) % FIELD)) % FIELD;
  const edwards = writeLittleEndian(y);
  const plain = Buffer.from(signature);
  edwards[31] = (edwards[31] ?? 0) | ((plain[63] ?? 0) & 128);
  plain[63] = (plain[63] ?? 0) & 127;
  try {
    const key = createPublicKey({ key: Buffer.concat([ED_PUBLIC_PREFIX, edwards]), format: 'der', type: 'spki' });
    return verifyEd25519(null, message, key, plain);
  } catch {
    return false;
  }
};
