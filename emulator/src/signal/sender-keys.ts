import { randomBytes, randomInt } from 'node:crypto';
import { proto } from 'baileys';
import { decryptCbc, encryptCbc, hkdfSha256, hmacSha256 } from '../lib/ciphers.ts';
import { generateKeyPair, type KeyPair, sign, verify } from '../lib/curve.ts';
import { type RatchetOutcome, typed, untyped } from './ratchet.ts';

/** Signal's sender keys: each device encrypts once for a whole group, with a chain that it has handed to every other one. */

/** Somebody's chain as another device has it. */
export type SenderKey = {
  id: number;
  iteration: number;
  chainKey: Buffer;
  signingKey: Buffer;
  /** Chain keys of messages that have been overtaken, by iteration. */
  skipped: Map<number, Buffer>;
};

export type OwnSenderKey = {
  id: number;
  iteration: number;
  chainKey: Buffer;
  signing: KeyPair;
  /** Devices, as `number:device`, that have the chain. */
  sharedWith: Set<string>;
};

const VERSION_BYTE = 0x33;
const SIGNATURE_BYTES = 64;
const SKIPPED_MAX = 2000;
const KEYS_MAX = 5;
const ONE = Buffer.from([1]);
const TWO = Buffer.from([2]);

const versioned = (encoded: Uint8Array): Buffer => Buffer.concat([Buffer.from([VERSION_BYTE]), encoded]);

const secretsOf = (chainKey: Buffer) => {
  const secrets = hkdfSha256(hmacSha256(chainKey, ONE), Buffer.alloc(32), 'WhisperGroup', 48);
  return { iv: secrets.subarray(0, 16), cipherKey: secrets.subarray(16) };
};

export const createSenderKey = (): OwnSenderKey => ({
  id: randomInt(1, 0x7fffffff),
  iteration: 0,
  chainKey: randomBytes(32),
  signing: generateKeyPair(),
  sharedWith: new Set(),
});

/** What another device needs to read from here on. */
export const writeDistribution = (own: OwnSenderKey): Buffer => {
  const { id, iteration, chainKey, signing } = own;
  const signingKey = typed(signing.publicKey);
  return versioned(proto.SenderKeyDistributionMessage.encode({ id, iteration, chainKey, signingKey }).finish());
};

/** Encrypts for everyone who has the chain, and moves it on. */
export const encryptForGroup = (own: OwnSenderKey, plain: Buffer): Buffer => {
  const { cipherKey, iv } = secretsOf(own.chainKey);
  const ciphertext = encryptCbc(cipherKey, iv, plain);
  const body = versioned(proto.SenderKeyMessage.encode({ id: own.id, iteration: own.iteration, ciphertext }).finish());
  own.iteration += 1;
  own.chainKey = hmacSha256(own.chainKey, TWO);
  return Buffer.concat([body, sign(own.signing.privateKey, body)]);
};

/** Takes a chain in. One that is known already stays where it is, so that a repetition opens nothing twice. */
export const acceptDistribution = (keys: SenderKey[], distribution: Buffer): SenderKey[] => {
  const { id, iteration, chainKey, signingKey } = proto.SenderKeyDistributionMessage.decode(distribution.subarray(1));
  const signing = Buffer.from(untyped(Buffer.from(signingKey ?? [])));
  const known = keys.find((key) => key.id === (id ?? 0) && key.signingKey.equals(signing));
  if (known && known.iteration >= (iteration ?? 0)) return keys;
  const key: SenderKey = {
    id: id ?? 0,
    iteration: iteration ?? 0,
    chainKey: Buffer.from(chainKey ?? []),
    signingKey: signing,
    skipped: known?.skipped ?? new Map(),
  };
  return [key, ...keys.filter((other) => other !== known)].slice(0, KEYS_MAX);
};

const advance = (key: SenderKey, iteration: number): Buffer | 'used' | 'too-far' => {
  if (iteration < key.iteration) {
    const kept = key.skipped.get(iteration);
    key.skipped.delete(iteration);
    return kept ?? 'used';
  }
  if (iteration - key.iteration > SKIPPED_MAX) return 'too-far';
  while (key.iteration < iteration) {
    key.skipped.set(key.iteration, key.chainKey);
    key.chainKey = hmacSha256(key.chainKey, TWO);
    key.iteration += 1;
  }
  for (const oldest of key.skipped.keys()) {
    if (key.skipped.size <= SKIPPED_MAX) break;
    key.skipped.delete(oldest);
  }
  const found = key.chainKey;
  key.chainKey = hmacSha256(key.chainKey, TWO);
  key.iteration += 1;
  return found;
};

/** Reads what somebody sent to a group; never throws. A signature that does not hold changes nothing. */
export const decryptFromGroup = (keys: SenderKey[], sealed: Buffer): RatchetOutcome => {
  try {
    const body = sealed.subarray(0, sealed.length - SIGNATURE_BYTES);
    const { id, iteration, ciphertext } = proto.SenderKeyMessage.decode(body.subarray(1));
    const key = keys.find((candidate) => candidate.id === (id ?? 0));
    if (!key) return { kind: 'failed', reason: 'no sender key' };
    if (!verify(key.signingKey, body, sealed.subarray(sealed.length - SIGNATURE_BYTES))) {
      return { kind: 'failed', reason: 'bad signature' };
    }
    const chainKey = advance(key, iteration ?? 0);
    if (chainKey === 'used') return { kind: 'duplicate' };
    if (chainKey === 'too-far') return { kind: 'failed', reason: 'too far into the future' };
    const { cipherKey, iv } = secretsOf(chainKey);
    return { kind: 'plain', bytes: decryptCbc(cipherKey, iv, Buffer.from(ciphertext ?? [])) };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
};
