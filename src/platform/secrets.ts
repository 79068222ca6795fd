import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const version = 1;
const keyIdBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes;

export interface Vault {
  /** AES-256-GCM. `aad` says what the value is and whose; decrypting it as anything else fails. */
  encrypt(plain: Uint8Array | string, aad: string): Buffer;
  /** Throws when the value was altered, belongs elsewhere, or was encrypted with a key that is not configured. */
  decrypt(sealed: Uint8Array, aad: string): Buffer;
  /** Names the key that encrypts, without telling anything about it: 8 hex digits. */
  keyId(): string;
  /** Names the key that a value was encrypted with. */
  keyIdOf(sealed: Uint8Array): string;
}

interface VaultKey {
  readonly id: Buffer;
  /** Made once: a key given as bytes is unpacked anew for every value. */
  readonly key: KeyObject;
}

/**
 * Encrypts with `key`, decrypts with whichever of the two the value names. A sealed value is: version (1 byte), key id (4),
 * nonce (12, random), ciphertext, tag (16). Random nonces keep a key safe for some 2^32 values; rotate it long before.
 */
export function createVault(secrets: { key: string; previous?: string | undefined }): Vault {
  const current = deriveKey(secrets.key);
  const keys = secrets.previous === undefined ? [current] : [current, deriveKey(secrets.previous)];

  function encrypt(plain: Uint8Array | string, aad: string): Buffer {
    const head = Buffer.concat([Buffer.of(version), current.id]);
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', current.key, nonce);
    cipher.setAAD(Buffer.concat([head, Buffer.from(aad)]));
    const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
    return Buffer.concat([head, nonce, body, cipher.final(), cipher.getAuthTag()]);
  }

  function decrypt(sealed: Uint8Array, aad: string): Buffer {
    const bytes = viewBytes(sealed);
    const head = bytes.subarray(0, headBytes);
    const key = requireKey(bytes);
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(headBytes, headBytes + nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.concat([head, Buffer.from(aad)]));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(headBytes + nonceBytes, -tagBytes)), decipher.final()]);
  }

  function requireKey(bytes: Buffer): KeyObject {
    if (bytes.length < headBytes + nonceBytes + tagBytes || bytes[0] !== version) {
      throw new Error('This is not a value that the vault has sealed.');
    }
    const id = bytes.subarray(1, headBytes);
    const found = keys.find((candidate) => candidate.id.equals(id));
    if (!found) throw new Error(`The value was sealed with key ${id.toString('hex')}, which is not configured.`);
    return found.key;
  }

  return {
    encrypt,
    decrypt,
    keyId: () => current.id.toString('hex'),
    keyIdOf: (sealed) => viewBytes(sealed).subarray(1, headBytes).toString('hex'),
  };
}

function deriveKey(secret: string): VaultKey {
  if (secret.length < 32) throw new Error('A secret of the vault has at least 32 characters.');
  const derive = (info: string, bytes: number) => Buffer.from(hkdfSync('sha256', secret, '', info, bytes));
  return { id: derive('sluice vault key id 1', keyIdBytes), key: createSecretKey(derive('sluice vault key 1', 32)) };
}

const viewBytes = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What is stored of an API key: 64 hex digits, worthless without the pepper. */
export const hashApiKey = (pepper: string, secret: string): string =>
  createHmac('sha256', pepper).update(secret).digest('hex');

/** Two short texts that are stored at first start and tell at every later one whether key and pepper are still the same. */
export interface Canary {
  readonly sealed: string;
  readonly hashed: string;
}

export type CanaryOutcome =
  /** `renew` asks to store a new canary: this one was sealed with the previous key. */
  | { readonly kind: 'fits'; readonly renew: boolean }
  | { readonly kind: 'key_differs' }
  | { readonly kind: 'pepper_differs' };

const canaryText = 'sluice canary';

export const makeCanary = (vault: Vault, pepper: string): Canary => ({
  sealed: vault.encrypt(canaryText, canaryText).toString('base64'),
  hashed: hashApiKey(pepper, canaryText),
});

export function checkCanary(canary: Canary, vault: Vault, pepper: string): CanaryOutcome {
  const sealed = Buffer.from(canary.sealed, 'base64');
  if (!opensCanary(sealed, vault)) return { kind: 'key_differs' };
  const expected = Buffer.from(hashApiKey(pepper, canaryText));
  const stored = Buffer.from(canary.hashed);
  if (stored.length !== expected.length || !timingSafeEqual(stored, expected)) return { kind: 'pepper_differs' };
  return { kind: 'fits', renew: vault.keyIdOf(sealed) !== vault.keyId() };
}

function opensCanary(sealed: Buffer, vault: Vault): boolean {
  try {
    return vault.decrypt(sealed, canaryText).toString() === canaryText;
  } catch {
    return false;
  }
}
