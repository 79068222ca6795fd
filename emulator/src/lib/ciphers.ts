import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

// Keys go in as key objects throughout: Node takes several times as long to find out what a Buffer is than to use it.

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

export const toKey = (raw: Buffer): KeyObject => createSecretKey(raw);

export const hmacSha256 = (key: Buffer, ...parts: Uint8Array[]): Buffer => {
  const mac = createHmac('sha256', toKey(key));
  for (const part of parts) mac.update(part);
  return mac.digest();
};

export const hmacSha512 = (key: Buffer, ...parts: Uint8Array[]): Buffer => {
  const mac = createHmac('sha512', toKey(key));
  for (const part of parts) mac.update(part);
  return mac.digest();
};

export const hkdfSha256 = (input: Buffer, salt: Buffer, info: string, byteCount: number): Buffer =>
  Buffer.from(hkdfSync('sha256', toKey(input), salt, info, byteCount));

const nonceOf = (counter: number): Buffer => {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(counter, NONCE_BYTES - 4);
  return nonce;
};

/** AES-256-GCM with a counter or twelve bytes for a nonce; the tag follows the ciphertext. */
export const seal = (key: KeyObject, nonce: number | Buffer, plain: Uint8Array, associated?: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, typeof nonce === 'number' ? nonceOf(nonce) : nonce);
  if (associated) cipher.setAAD(associated);
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]);
};

/** The reverse of `seal`; throws if a bit is wrong. */
export const unseal = (key: KeyObject, nonce: number | Buffer, sealed: Uint8Array, associated?: Uint8Array): Buffer => {
  if (sealed.length < TAG_BYTES) throw new Error('sealed bytes are shorter than their tag');
  const decipher = createDecipheriv('aes-256-gcm', key, typeof nonce === 'number' ? nonceOf(nonce) : nonce);
  if (associated) decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  decipher.final();
  return plain;
};

export const encryptCbc = (key: Buffer, iv: Buffer, plain: Buffer): Buffer => {
  const cipher = createCipheriv('aes-256-cbc', toKey(key), iv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
};

export const decryptCbc = (key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer => {
  const decipher = createDecipheriv('aes-256-cbc', toKey(key), iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
};

/** AES-256-CTR; the same both ways. */
export const applyCtr = (key: Buffer, iv: Buffer, bytes: Buffer): Buffer => {
  const cipher = createCipheriv('aes-256-ctr', toKey(key), iv);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
};
