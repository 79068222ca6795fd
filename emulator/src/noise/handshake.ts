import { createHash } from 'node:crypto';
import { proto } from 'baileys';
import { hkdfSha256, seal, toKey, unseal } from '../lib/ciphers.ts';
import { agree, generateKeyPair } from '../lib/curve.ts';
import type { ServerIdentity } from './certificate.ts';

const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');

/** Both directions of an open channel; each call uses up one counter, so callers keep wire order. */
export type Transport = { encrypt: (plain: Uint8Array) => Buffer; decrypt: (sealed: Uint8Array) => Buffer };

export type HandshakeStep =
  | { kind: 'reply'; bytes: Buffer }
  | { kind: 'finished'; clientStatic: Buffer; payload: Buffer; transport: Transport };

/** The server's half of Noise XX: give it the client's two messages in turn. Throws when anything does not fit. */
export type Handshake = { receive: (frame: Buffer) => HandshakeStep };

const derive = (input: Buffer, salt: Buffer): [Buffer, Buffer] => {
  const bytes = hkdfSha256(input, salt, '', 64);
  return [bytes.subarray(0, 32), bytes.subarray(32)];
};

const createTransport = (inKey: Buffer, outKey: Buffer): Transport => {
  const [reading, writing] = [toKey(inKey), toKey(outKey)];
  let inCounter = 0;
  let outCounter = 0;
  return {
    encrypt: (plain) => seal(writing, outCounter++, plain),
    decrypt: (sealed) => unseal(reading, inCounter++, sealed),
  };
};

const createSymmetricState = (prologue: Buffer) => {
  let hash: Buffer = PROTOCOL_NAME;
  let chain: Buffer = PROTOCOL_NAME;
  let key: Buffer = PROTOCOL_NAME;
  let counter = 0;
  const mixHash = (bytes: Uint8Array): void => {
    hash = createHash('sha256').update(hash).update(bytes).digest();
  };
  mixHash(prologue);
  return {
    mixHash,
    mixKey: (secret: Buffer): void => {
      [chain, key] = derive(secret, chain);
      counter = 0;
    },
    encrypt: (plain: Uint8Array): Buffer => {
      const sealed = seal(toKey(key), counter++, plain, hash);
      mixHash(sealed);
      return sealed;
    },
    decrypt: (sealed: Uint8Array): Buffer => {
      const plain = unseal(toKey(key), counter++, sealed, hash);
      mixHash(sealed);
      return plain;
    },
    split: (): Transport => {
      const [clientToServer, serverToClient] = derive(Buffer.alloc(0), chain);
      return createTransport(clientToServer, serverToClient);
    },
  };
};

const requireBytes = (bytes: Uint8Array | null | undefined, what: string): Buffer => {
  if (!bytes?.length) throw new Error(`handshake without ${what}`);
  return Buffer.from(bytes);
};

export const createHandshake = (identity: ServerIdentity, prologue: Buffer): Handshake => {
  const state = createSymmetricState(prologue);
  const ephemeral = generateKeyPair();
  let greeted = false;

  const greet = (frame: Buffer): HandshakeStep => {
    const clientEphemeral = requireBytes(
      proto.HandshakeMessage.decode(frame).clientHello?.ephemeral,
      'client ephemeral',
    );
    greeted = true;
    state.mixHash(clientEphemeral);
    state.mixHash(ephemeral.publicKey);
    state.mixKey(agree(ephemeral.privateKey, clientEphemeral));
    const sealedStatic = state.encrypt(identity.noise.publicKey);
    state.mixKey(agree(identity.noise.privateKey, clientEphemeral));
    const payload = state.encrypt(identity.certificate);
    const serverHello = { ephemeral: ephemeral.publicKey, static: sealedStatic, payload };
    return { kind: 'reply', bytes: Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish()) };
  };

  const finish = (frame: Buffer): HandshakeStep => {
    const { clientFinish } = proto.HandshakeMessage.decode(frame);
    const clientStatic = state.decrypt(requireBytes(clientFinish?.static, 'client static'));
    state.mixKey(agree(ephemeral.privateKey, clientStatic));
    const payload = state.decrypt(requireBytes(clientFinish?.payload, 'client payload'));
    return { kind: 'finished', clientStatic, payload, transport: state.split() };
  };

  return { receive: (frame) => (greeted ? finish(frame) : greet(frame)) };
};
