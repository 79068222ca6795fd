import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { Curve, initAuthCreds } from 'baileys';
import { describe, expect, it, vi } from 'vitest';
import { hardenLibraries } from './harden-libraries.ts';
import { requireLibsignal } from './libsignal-module.ts';
import { quietLibsignal } from './quiet-libsignal.ts';

hardenLibraries();
const SessionRecord = requireLibsignal('session_record.js');
const SessionBuilder = requireLibsignal('session_builder.js');
const ProtocolAddress = requireLibsignal('protocol_address.js');

describe('the libraries', () => {
  it('refuse a signature that is not by the key, where they took anything before', () => {
    const key = Curve.generateKeyPair();
    const message = Buffer.from('details');
    expect(Curve.verify(key.public, message, Curve.sign(key.private, message))).toBe(true);
    expect(() => Curve.verify(key.public, message, Buffer.alloc(64, 1))).toThrow('Invalid signature');
  });

  it('build no session on a pre-key that its owner did not sign', async () => {
    const owner = initAuthCreds();
    const typed = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([5]), bytes]);
    const stored: unknown[] = [];
    const storage = {
      isTrustedIdentity: () => true,
      loadSession: () => undefined,
      storeSession: (_: string, session: unknown) => stored.push(session),
      getOurIdentity: () => ({
        privKey: Buffer.from(owner.signedIdentityKey.private),
        pubKey: typed(owner.signedIdentityKey.public),
      }),
    };
    const bundle = (signature: Uint8Array): object => ({
      registrationId: 1,
      identityKey: typed(owner.signedIdentityKey.public),
      signedPreKey: {
        keyId: 1,
        publicKey: typed(owner.signedPreKey.keyPair.public),
        signature: Buffer.from(signature),
      },
    });
    const builder = new SessionBuilder(storage, new ProtocolAddress('1', 0));
    await builder.initOutgoing(bundle(owner.signedPreKey.signature));
    expect(stored).toHaveLength(1);
    await expect(builder.initOutgoing(bundle(Buffer.alloc(64, 1)))).rejects.toThrow('Invalid signature');
    expect(stored).toHaveLength(1);
  });

  it('print no session, whose private keys would be on the console, and leave other words alone', () => {
    const out = new PassThrough();
    const target = new Console(out, out);
    quietLibsignal(target);
    quietLibsignal(target);
    const session = SessionRecord.createEntry();
    session.indexInfo = { closed: -1, baseKey: Buffer.from('base') };
    session.currentRatchet = { ephemeralKeyPair: { privKey: Buffer.from('private') } };
    vi.stubGlobal('console', target);
    try {
      const record = new SessionRecord();
      record.closeSession(session);
      record.closeSession(session);
      record.openSession(session);
    } finally {
      vi.unstubAllGlobals();
    }
    target.info('Ours:', 'kept');
    expect(session.indexInfo.closed).toBe(-1);
    expect(String(out.read())).toBe('Ours: kept\n');
  });

  it('check the signature of a group message by the same means', async () => {
    const { SenderKeyMessage } = await import('baileys/lib/Signal/Group/sender-key-message.js');
    const signer = Curve.generateKeyPair();
    const signed = new SenderKeyMessage(1, 0, Buffer.from('cipher'), Buffer.from(signer.private));
    const received = new SenderKeyMessage(null, null, null, null, signed.serialize());
    expect(() => received.verifySignature(Buffer.from(signer.public))).not.toThrow();
    const forged = Buffer.from(signed.serialize());
    forged[5] = (forged[5] ?? 0) ^ 1;
    const tampered = (): void =>
      new SenderKeyMessage(null, null, null, null, forged).verifySignature(Buffer.from(signer.public));
    expect(tampered).toThrow();
  });
});
