import { hkdfSha256 } from '../lib/ciphers.ts';
import { agree, generateKeyPair, type KeyPair } from '../lib/curve.ts';
import { readPreKeyEnvelope, writePreKeyEnvelope } from './envelopes.ts';
import { decryptWith, encryptWith, type RatchetOutcome, type Session, stepRoot, typed, untyped } from './ratchet.ts';

/** All sessions with one other device, the one in use first. */
export type SessionList = { sessions: Session[] };

/** What a device publishes so that others can start a session with it. */
export type PreKeyBundle = {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: { id: number; publicKey: Buffer };
  oneTimeKey: { id: number; publicKey: Buffer } | undefined;
};

/** A device's own secrets. `takeOneTimeKey` is called once the key has done its work. */
export type OwnKeys = {
  identity: KeyPair;
  registrationId: number;
  signedPreKey: { id: number; keyPair: KeyPair };
  readOneTimeKey: (id: number) => KeyPair | undefined;
  takeOneTimeKey: (id: number) => void;
};

export type EncryptionType = 'pkmsg' | 'msg';

const SESSIONS_MAX = 8;
const DISCONTINUITY = Buffer.alloc(32, 0xff);

const deriveRoot = (agreements: Buffer[]) => {
  const secrets = hkdfSha256(Buffer.concat([DISCONTINUITY, ...agreements]), Buffer.alloc(32), 'WhisperText', 64);
  return { rootKey: secrets.subarray(0, 32), chainKey: secrets.subarray(32) };
};

const putFirst = (list: SessionList, session: Session): void => {
  if (list.sessions[0] === session) return;
  list.sessions = [session, ...list.sessions.filter((other) => other !== session)].slice(0, SESSIONS_MAX);
};

/** Starts a session towards a published bundle; the next messages carry what the other side needs to follow. */
export const startSession = (list: SessionList, own: OwnKeys, bundle: PreKeyBundle): void => {
  const base = generateKeyPair();
  const { rootKey } = deriveRoot([
    agree(own.identity.privateKey, bundle.signedPreKey.publicKey),
    agree(base.privateKey, bundle.identityKey),
    agree(base.privateKey, bundle.signedPreKey.publicKey),
    ...(bundle.oneTimeKey ? [agree(base.privateKey, bundle.oneTimeKey.publicKey)] : []),
  ]);
  const ephemeral = generateKeyPair();
  const step = stepRoot(rootKey, ephemeral.privateKey, bundle.signedPreKey.publicKey);
  putFirst(list, {
    remoteIdentity: Buffer.from(bundle.identityKey),
    remoteRegistrationId: bundle.registrationId,
    baseKey: base.publicKey,
    rootKey: step.rootKey,
    ephemeral,
    sending: step.chain,
    previousCounter: 0,
    receiving: [],
    pending: { preKeyId: bundle.oneTimeKey?.id, signedPreKeyId: bundle.signedPreKey.id },
  });
};

/** Encrypts with the session in use; throws if there is none. */
export const encryptMessage = (
  list: SessionList,
  own: OwnKeys,
  plain: Buffer,
): { type: EncryptionType; bytes: Buffer } => {
  const session = list.sessions[0];
  if (!session) throw new Error('no session to encrypt with');
  const message = encryptWith(session, own.identity.publicKey, plain);
  if (!session.pending) return { type: 'msg', bytes: message };
  const envelope = writePreKeyEnvelope({
    registrationId: own.registrationId,
    preKeyId: session.pending.preKeyId,
    signedPreKeyId: session.pending.signedPreKeyId,
    baseKey: typed(session.baseKey),
    identityKey: typed(own.identity.publicKey),
    message,
  });
  return { type: 'pkmsg', bytes: Buffer.concat([Buffer.from([0x33]), envelope]) };
};

const acceptSession = (own: OwnKeys, envelope: ReturnType<typeof readPreKeyEnvelope>): Session | string => {
  if (envelope.signedPreKeyId !== own.signedPreKey.id) return `unknown signed prekey ${envelope.signedPreKeyId}`;
  const oneTime = envelope.preKeyId === undefined ? undefined : own.readOneTimeKey(envelope.preKeyId);
  if (envelope.preKeyId !== undefined && !oneTime) return `unknown one-time key ${envelope.preKeyId}`;
  const base = Buffer.from(untyped(envelope.baseKey));
  const remoteIdentity = Buffer.from(untyped(envelope.identityKey));
  const signed = own.signedPreKey.keyPair;
  const { rootKey } = deriveRoot([
    agree(signed.privateKey, remoteIdentity),
    agree(own.identity.privateKey, base),
    agree(signed.privateKey, base),
    ...(oneTime ? [agree(oneTime.privateKey, base)] : []),
  ]);
  return {
    remoteIdentity,
    remoteRegistrationId: envelope.registrationId,
    baseKey: base,
    rootKey,
    ephemeral: signed,
    sending: undefined,
    previousCounter: 0,
    receiving: [],
    pending: undefined,
  };
};

const decryptFirst = (list: SessionList, own: OwnKeys, sealed: Buffer): RatchetOutcome => {
  const envelope = readPreKeyEnvelope(sealed.subarray(1));
  const base = untyped(envelope.baseKey);
  const known = list.sessions.find((session) => session.baseKey.equals(base));
  const session = known ?? acceptSession(own, envelope);
  if (typeof session === 'string') return { kind: 'failed', reason: session };
  const outcome = decryptWith(session, own.identity.publicKey, envelope.message);
  if (outcome.kind === 'plain') {
    putFirst(list, session);
    if (!known && envelope.preKeyId !== undefined) own.takeOneTimeKey(envelope.preKeyId);
  }
  return outcome;
};

const decryptKnown = (list: SessionList, own: OwnKeys, sealed: Buffer): RatchetOutcome => {
  let outcome: RatchetOutcome = { kind: 'failed', reason: 'no session' };
  for (const session of list.sessions) {
    const attempt = decryptWith(session, own.identity.publicKey, sealed);
    if (attempt.kind === 'plain') putFirst(list, session);
    if (attempt.kind !== 'failed') return attempt;
    outcome = attempt;
  }
  return outcome;
};

/** Decrypts one message of either type; never throws, and changes nothing when it fails. */
export const decryptMessage = (list: SessionList, own: OwnKeys, type: string, sealed: Buffer): RatchetOutcome => {
  try {
    if (type === 'pkmsg') return decryptFirst(list, own, sealed);
    if (type === 'msg') return decryptKnown(list, own, sealed);
    return { kind: 'failed', reason: `unknown encryption type ${type}` };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
};
