import { randomBytes } from 'node:crypto';
import * as reference from 'libsignal/src/curve.js';
import { describe, expect, test } from 'vitest';
import { agree, generateKeyPair, sign, verify } from './curve.ts';

const typed = (key: Buffer): Buffer => Buffer.concat([Buffer.from([5]), key]);

describe('signatures', () => {
  test('hold for the reference implementation, whatever the sign of the key', () => {
    for (let n = 0; n < 12; n += 1) {
      const pair = generateKeyPair();
      const message = randomBytes(n * 7);
      const signature = sign(pair.privateKey, message);
      expect(verify(pair.publicKey, message, signature)).toBe(true);
      if (message.length) expect(reference.verifySignature(typed(pair.publicKey), message, signature)).toBe(true);
    }
  });

  test('of the reference implementation hold here', () => {
    for (let n = 0; n < 6; n += 1) {
      const pair = generateKeyPair();
      const message = randomBytes(50);
      expect(verify(pair.publicKey, message, reference.calculateSignature(pair.privateKey, message))).toBe(true);
    }
  });

  test('that were changed, or belong to another message or key, do not hold', () => {
    const pair = generateKeyPair();
    const message = randomBytes(40);
    const signature = sign(pair.privateKey, message);
    const changed = Buffer.from(signature);
    changed[3] = (changed[3] ?? 0) ^ 1;
    expect(verify(pair.publicKey, message, changed)).toBe(false);
    expect(verify(pair.publicKey, randomBytes(40), signature)).toBe(false);
    expect(verify(generateKeyPair().publicKey, message, signature)).toBe(false);
    expect(verify(Buffer.alloc(32, 255), message, signature)).toBe(false);
    expect(verify(pair.publicKey, message, Buffer.alloc(64))).toBe(false);
    expect(verify(pair.publicKey, message, Buffer.alloc(10))).toBe(false);
  });
});

test('both sides of an agreement come to the same secret, and a low-order key is refused', () => {
  const [one, two] = [generateKeyPair(), generateKeyPair()];
  expect(agree(one.privateKey, two.publicKey)).toEqual(agree(two.privateKey, one.publicKey));
  expect(() => agree(one.privateKey, Buffer.alloc(32))).toThrow();
  expect(() => agree(one.privateKey, Buffer.alloc(31))).toThrow();
});
