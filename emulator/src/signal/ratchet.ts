import { timingSafeEqual } from 'node:crypto';
import { decryptCbc, encryptCbc, hkdfSha256, hmacSha256 } from '../lib/ciphers.ts';
import { agree, generateKeyPair, type KeyPair } from '../lib/curve.ts';
import { readRatchetEnvelope, writeRatchetEnvelope } from './envelopes.ts';

/** Signal's Double Ratchet, synchronous and on plain data, so that state can be kept in memory and stored as it is. */

type Chain = { key: Buffer; index: number };
type ReceivingChain = Chain & { ephemeral: Buffer; skipped: Map<number, Buffer> };

export type Session = {
  remoteIdentity: Buffer;
  remoteRegistrationId: number;
  /** Public base key of whoever started the session; tells a repeated first message from a new session. */
  baseKey: Buffer;
  rootKey: Buffer;
  ephemeral: KeyPair;
  sending: Chain | undefined;
  previousCounter: number;
  receiving: ReceivingChain[];
  /** Set until the other side has answered: every message so far must carry the session's making. */
  pending: { preKeyId: number | undefined; signedPreKeyId: number } | undefined;
};

export type RatchetOutcome =
  | { kind: 'plain'; bytes: Buffer }
  | { kind: 'duplicate' }
  | { kind: 'failed'; reason: string };

const VERSION_BYTE = 0x33;
const MAC_BYTES = 8;
const RECEIVING_CHAINS_MAX = 5;
const SKIPPED_KEYS_MAX = 2000;
const NO_SALT = Buffer.alloc(32);

/** Signal writes public keys with a leading type byte. */
export const typed = (publicKey: Buffer): Buffer => Buffer.concat([Buffer.from([5]), publicKey]);

/** Strips the type byte; throws on anything that is not a public key. */
export const untyped = (key: Buffer): Buffer => {
  if (key.length === 33 && key[0] === 5) return key.subarray(1);
  if (key.length === 32) return key;
  throw new Error('not a public key');
};

const ONE = Buffer.from([1]);
const TWO = Buffer.from([2]);

/** Mixes one key agreement into the root; gives the new root and the chain that hangs below it. */
export const stepRoot = (rootKey: Buffer, privateKey: Buffer, publicKey: Buffer): { rootKey: Buffer; chain: Chain } => {
  const secrets = hkdfSha256(agree(privateKey, publicKey), rootKey, 'WhisperRatchet', 64);
  return { rootKey: secrets.subarray(0, 32), chain: { key: secrets.subarray(32), index: 0 } };
};

const messageSecrets = (messageKey: Buffer) => {
  const secrets = hkdfSha256(messageKey, NO_SALT, 'WhisperMessageKeys', 80);
  return { cipherKey: secrets.subarray(0, 32), macKey: secrets.subarray(32, 64), iv: secrets.subarray(64) };
};

const macOf = (macKey: Buffer, sender: Buffer, receiver: Buffer, body: Buffer): Buffer =>
  hmacSha256(macKey, typed(sender), typed(receiver), body).subarray(0, MAC_BYTES);

/** Encrypts one message, advancing the sending chain. Throws if the session cannot send. */
export const encryptWith = (session: Session, ownIdentity: Buffer, plain: Buffer): Buffer => {
  const chain = session.sending;
  if (!chain) throw new Error('session has no sending chain');
  const { cipherKey, macKey, iv } = messageSecrets(hmacSha256(chain.key, ONE));
  const ciphertext = encryptCbc(cipherKey, iv, plain);
  const envelope = writeRatchetEnvelope({
    ephemeral: typed(session.ephemeral.publicKey),
    counter: chain.index,
    previousCounter: session.previousCounter,
    ciphertext,
  });
  chain.key = hmacSha256(chain.key, TWO);
  chain.index += 1;
  const body = Buffer.concat([Buffer.from([VERSION_BYTE]), envelope]);
  return Buffer.concat([body, macOf(macKey, ownIdentity, session.remoteIdentity, body)]);
};

type Advance = { messageKey: Buffer; commit: () => void };

/** Finds the key of one message without changing the chain; `commit` does, once the message proved genuine. */
const advanceChain = (chain: ReceivingChain, counter: number): Advance | 'used' | 'too-far' => {
  if (counter < chain.index) {
    const messageKey = chain.skipped.get(counter);
    return messageKey ? { messageKey, commit: () => void chain.skipped.delete(counter) } : 'used';
  }
  if (counter - chain.index > SKIPPED_KEYS_MAX) return 'too-far';
  const skipped: [number, Buffer][] = [];
  let key = chain.key;
  for (let index = chain.index; index < counter; index += 1) {
    skipped.push([index, hmacSha256(key, ONE)]);
    key = hmacSha256(key, TWO);
  }
  const messageKey = hmacSha256(key, ONE);
  return {
    messageKey,
    commit: () => {
      for (const [index, skippedKey] of skipped) chain.skipped.set(index, skippedKey);
      while (chain.skipped.size > SKIPPED_KEYS_MAX) {
        const oldest = chain.skipped.keys().next().value;
        if (oldest === undefined) break;
        chain.skipped.delete(oldest);
      }
      chain.key = hmacSha256(key, TWO);
      chain.index = counter + 1;
    },
  };
};

type Step = { chain: ReceivingChain; commit: () => void };

/** The chain for a ratchet key: a known one, or the one that a step of the ratchet would make. */
const chainFor = (session: Session, ephemeral: Buffer): Step => {
  const known = session.receiving.find((chain) => chain.ephemeral.equals(ephemeral));
  if (known) return { chain: known, commit: () => undefined };
  const received = stepRoot(session.rootKey, session.ephemeral.privateKey, ephemeral);
  const chain: ReceivingChain = { ...received.chain, ephemeral: Buffer.from(ephemeral), skipped: new Map() };
  return {
    chain,
    commit: () => {
      session.previousCounter = Math.max((session.sending?.index ?? 0) - 1, 0);
      session.ephemeral = generateKeyPair();
      const sent = stepRoot(received.rootKey, session.ephemeral.privateKey, chain.ephemeral);
      session.rootKey = sent.rootKey;
      session.sending = sent.chain;
      session.receiving.unshift(chain);
      session.receiving.length = Math.min(session.receiving.length, RECEIVING_CHAINS_MAX);
    },
  };
};

/** Decrypts one ratchet message. Nothing about the session changes unless the message is genuine and new. */
export const decryptWith = (session: Session, ownIdentity: Buffer, sealed: Buffer): RatchetOutcome => {
  if (sealed.length < MAC_BYTES + 2 || (sealed[0] ?? 0) >> 4 < 3) return { kind: 'failed', reason: 'unknown version' };
  const body = sealed.subarray(0, sealed.length - MAC_BYTES);
  const envelope = readRatchetEnvelope(body.subarray(1));
  const step = chainFor(session, untyped(envelope.ephemeral));
  const advance = advanceChain(step.chain, envelope.counter);
  if (advance === 'used') return { kind: 'duplicate' };
  if (advance === 'too-far') return { kind: 'failed', reason: 'too far into the future' };
  const { cipherKey, macKey, iv } = messageSecrets(advance.messageKey);
  const expected = macOf(macKey, session.remoteIdentity, ownIdentity, body);
  if (!timingSafeEqual(expected, sealed.subarray(sealed.length - MAC_BYTES)))
    return { kind: 'failed', reason: 'bad MAC' };
  const plain = decryptCbc(cipherKey, iv, envelope.ciphertext);
  step.commit();
  advance.commit();
  session.pending = undefined;
  return { kind: 'plain', bytes: plain };
};
