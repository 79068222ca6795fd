import { createPublicKey, verify } from 'node:crypto';

const prime = 2n ** 255n - 19n;
const keyBytes = 32;
const signatureBytes = 64;
const signalKeyType = 5;
// The DER of an Ed25519 public key, up to its 32 bytes.
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Checks an XEdDSA signature by a Curve25519 key: an Ed25519 one by the same point in Edwards form, whose sign is carried
 * in the top bit of the signature. Takes keys with and without Signal's type byte.
 */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const montgomery = withoutType(publicKey);
  if (montgomery === undefined || signature.byteLength !== signatureBytes) return false;
  const edwards = edwardsOf(montgomery, (signature[signatureBytes - 1] ?? 0) & 0x80);
  if (edwards === undefined) return false;
  const plain = Buffer.from(signature);
  plain[signatureBytes - 1] = (plain[signatureBytes - 1] ?? 0) & 0x7f;
  try {
    const key = createPublicKey({ key: Buffer.concat([ed25519Prefix, edwards]), format: 'der', type: 'spki' });
    return verify(null, message, key, plain);
  } catch {
    return false;
  }
}

function withoutType(key: Uint8Array): Uint8Array | undefined {
  if (key.byteLength === keyBytes) return key;
  return key.byteLength === keyBytes + 1 && key[0] === signalKeyType ? key.subarray(1) : undefined;
}

/** y = (u - 1) / (u + 1); no key of anybody has u = -1, for which there is none. */
function edwardsOf(montgomery: Uint8Array, sign: number): Buffer | undefined {
  const masked = Buffer.from(montgomery);
  masked[keyBytes - 1] = (masked[keyBytes - 1] ?? 0) & 0x7f;
  const u = BigInt(`0x${masked.reverse().toString('hex')}`) % prime;
  if (u === prime - 1n) return undefined;
  const y = (modulo(u - 1n) * power(u + 1n, prime - 2n)) % prime;
  const edwards = Buffer.from(y.toString(16).padStart(keyBytes * 2, '0'), 'hex').reverse();
  edwards[keyBytes - 1] = (edwards[keyBytes - 1] ?? 0) | sign;
  return edwards;
}

function modulo(value: bigint): bigint {
  return ((value % prime) + prime) % prime;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = modulo(base);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}
