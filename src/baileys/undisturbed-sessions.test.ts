import { Curve, initAuthCreds } from 'baileys';
import { beforeEach, expect, test } from 'vitest';
import { requireLibsignal } from './libsignal-module.ts';
import { quietLibsignal } from './quiet-libsignal.ts';
import { leaveOtherSessionsAlone } from './undisturbed-sessions.ts';

const SessionCipher = requireLibsignal('session_cipher.js');
const SessionBuilder = requireLibsignal('session_builder.js');
const SessionRecord = requireLibsignal('session_record.js');
const ProtocolAddress = requireLibsignal('protocol_address.js');

const typed = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([5]), bytes]);
const asPair = ({ public: pub, private: priv }: { public: Uint8Array; private: Uint8Array }) => ({
  pubKey: typed(pub),
  privKey: Buffer.from(priv),
});

/** One side of a conversation, with its sessions stored as text, as a database has them. */
function createSide(address: string) {
  const creds = initAuthCreds();
  const oneTime = Curve.generateKeyPair();
  const sessions = new Map<string, string>();
  const storage = {
    isTrustedIdentity: () => true,
    loadSession: (id: string) => {
      const text = sessions.get(id);
      return text && SessionRecord.deserialize(JSON.parse(text));
    },
    storeSession: (id: string, record: { serialize(): object }) => {
      sessions.set(id, JSON.stringify(record.serialize()));
    },
    getOurIdentity: () => asPair(creds.signedIdentityKey),
    getOurRegistrationId: () => creds.registrationId,
    loadSignedPreKey: () => asPair(creds.signedPreKey.keyPair),
    loadPreKey: () => asPair(oneTime),
    removePreKey: () => {},
  };
  const bundle = {
    registrationId: creds.registrationId,
    identityKey: typed(creds.signedIdentityKey.public),
    signedPreKey: {
      keyId: creds.signedPreKey.keyId,
      publicKey: typed(creds.signedPreKey.keyPair.public),
      signature: Buffer.from(creds.signedPreKey.signature),
    },
    preKey: { keyId: 1, publicKey: typed(oneTime.public) },
  };
  return { address: new ProtocolAddress(address, 0), storage, bundle };
}

type Side = ReturnType<typeof createSide>;

const startSession = (from: Side, to: Side) => new SessionBuilder(from.storage, to.address).initOutgoing(to.bundle);

async function encrypt(from: Side, to: Side, text: string): Promise<{ type: number; body: Buffer }> {
  const { type, body } = await new SessionCipher(from.storage, to.address).encrypt(Buffer.from(text));
  return { type, body: Buffer.from(body, 'binary') };
}

async function decrypt(to: Side, from: Side, sealed: { type: number; body: Buffer }): Promise<string> {
  const cipher = new SessionCipher(to.storage, from.address);
  const opened =
    sealed.type === 3 ? cipher.decryptPreKeyWhisperMessage(sealed.body) : cipher.decryptWhisperMessage(sealed.body);
  return (await opened).toString();
}

let us: Side;
let ana: Side;

beforeEach(async () => {
  quietLibsignal();
  leaveOtherSessionsAlone();
  us = createSide('us');
  ana = createSide('ana');
  await startSession(us, ana);
  await decrypt(ana, us, await encrypt(us, ana, 'first'));
});

test('a message of an older session leaves the newer one as it is', async () => {
  const late = await encrypt(ana, us, 'written before the new session');
  await startSession(us, ana);
  expect(await decrypt(ana, us, await encrypt(us, ana, 'one'))).toBe('one');
  expect(await decrypt(us, ana, late)).toBe('written before the new session');
  expect(await decrypt(ana, us, await encrypt(us, ana, 'two'))).toBe('two');
});

test('a message that fits no session is refused and changes none', async () => {
  await startSession(us, ana);
  const stranger = createSide('ana');
  await startSession(stranger, us);
  const forged = await encrypt(stranger, us, 'not hers');
  await expect(decrypt(us, ana, { ...forged, type: 1 })).rejects.toThrow();
  expect(await decrypt(ana, us, await encrypt(us, ana, 'still fine'))).toBe('still fine');
});
