import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { generateKeyPair } from '../lib/curve.ts';
import { decryptMessage, encryptMessage, type OwnKeys, type SessionList, startSession } from './sessions.ts';

const createDevice = () => {
  const oneTime = generateKeyPair();
  const keys = new Map([[7, oneTime]]);
  const own: OwnKeys = {
    identity: generateKeyPair(),
    registrationId: 42,
    signedPreKey: { id: 1, keyPair: generateKeyPair() },
    readOneTimeKey: (id) => keys.get(id),
    takeOneTimeKey: (id) => void keys.delete(id),
  };
  const bundle = () => ({
    registrationId: own.registrationId,
    identityKey: own.identity.publicKey,
    signedPreKey: { id: 1, publicKey: own.signedPreKey.keyPair.publicKey },
    oneTimeKey: { id: 7, publicKey: oneTime.publicKey },
  });
  return { own, bundle, keys, list: { sessions: [] } as SessionList };
};

type TestDevice = ReturnType<typeof createDevice>;

const say = (from: TestDevice, text: string) => encryptMessage(from.list, from.own, Buffer.from(text));
const hear = (to: TestDevice, { type, bytes }: { type: string; bytes: Buffer }): string => {
  const outcome = decryptMessage(to.list, to.own, type, bytes);
  return outcome.kind === 'plain' ? outcome.bytes.toString() : outcome.kind;
};

const damage = (message: ReturnType<typeof say>, at: number) => {
  const bytes = Buffer.from(message.bytes);
  bytes[at] = (bytes[at] ?? 0) ^ 255;
  return { ...message, bytes };
};

const introduce = () => {
  const [alice, bob] = [createDevice(), createDevice()];
  startSession(alice.list, alice.own, bob.bundle());
  return { alice, bob };
};

describe('a session', () => {
  test('carries messages both ways, in any order, each once', () => {
    const { alice, bob } = introduce();
    const early = [say(alice, 'a1'), say(alice, 'a2'), say(alice, 'a3')] as const;
    expect(hear(bob, early[2])).toBe('a3');
    expect(hear(bob, early[0])).toBe('a1');
    expect(hear(bob, early[0])).toBe('duplicate');
    expect(hear(alice, say(bob, 'b1'))).toBe('b1');
    const late = say(alice, 'a4');
    expect(late.type).toBe('msg');
    expect(hear(bob, late)).toBe('a4');
    expect(hear(bob, early[1])).toBe('a2');
  });

  test('uses up the one-time key it was started with, and only when the first message is genuine', () => {
    const { alice, bob } = introduce();
    const first = say(alice, 'hello');
    expect(hear(bob, damage(first, first.bytes.length - 12))).toBe('failed');
    expect(bob.keys.size).toBe(1);
    expect(hear(bob, first)).toBe('hello');
    expect(bob.keys.size).toBe(0);
  });

  test('is unharmed by damaged messages', () => {
    const { alice, bob } = introduce();
    hear(bob, say(alice, 'x'));
    hear(alice, say(bob, 'y'));
    for (let at = 1; at < 60; at += 7) {
      const message = say(alice, `m${at}`);
      expect(hear(bob, damage(message, Math.min(at, message.bytes.length - 1)))).toBe('failed');
      expect(hear(bob, message)).toBe(`m${at}`);
    }
  });

  test('gives way to a newer one, while late messages of the older are still read', () => {
    const { alice, bob } = introduce();
    hear(bob, say(alice, 'old'));
    hear(alice, say(bob, 'old too'));
    const late = say(alice, 'late');
    bob.keys.set(7, generateKeyPair());
    startSession(alice.list, alice.own, { ...bob.bundle(), oneTimeKey: undefined });
    expect(hear(bob, say(alice, 'new'))).toBe('new');
    expect(hear(bob, late)).toBe('late');
  });

  test('is plain data that survives being stored', () => {
    const { alice, bob } = introduce();
    hear(bob, say(alice, 'one'));
    const skipped = say(alice, 'two');
    hear(bob, say(alice, 'three'));
    bob.list = deserialize(serialize(bob.list)) as SessionList;
    expect(hear(bob, skipped)).toBe('two');
    expect(hear(alice, say(bob, 'four'))).toBe('four');
  });

  test('does not follow a counter far into the future', () => {
    const { alice, bob } = introduce();
    hear(bob, say(alice, 'start'));
    hear(alice, say(bob, 'answer'));
    for (let n = 0; n < 2001; n += 1) say(alice, 'lost');
    expect(hear(bob, say(alice, 'too far'))).toBe('failed');
  });
});
