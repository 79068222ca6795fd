import { randomBytes } from 'node:crypto';
import { Curve } from 'baileys';
import { describe, expect, it } from 'vitest';
import { requireLibsignal } from './libsignal-module.ts';
import { isSignedBy } from './verify-signature.ts';

type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

// Taken before anything replaces it.
const libsignals: Verify = requireLibsignal('curve.js').verifySignature;

describe('an XEdDSA signature', () => {
  it('is judged as libsignal judges it, whole and tampered with', () => {
    for (let round = 0; round < 12; round += 1) {
      const key = Curve.generateKeyPair();
      const typed = Buffer.concat([Buffer.from([5]), key.public]);
      const message = randomBytes(round * 7 + 1);
      const signature = Curve.sign(key.private, message);
      const flipped = (bytes: Uint8Array): Buffer => {
        const other = Buffer.from(bytes);
        const at = randomBytes(1).readUInt8() % other.length;
        other[at] = (other[at] ?? 0) ^ (1 << (round % 8));
        return other;
      };
      expect(isSignedBy(typed, message, signature)).toBe(true);
      expect(isSignedBy(key.public, message, signature)).toBe(true);
      for (const [otherMessage, otherSignature] of [
        [message, signature],
        [flipped(message), signature],
        [message, flipped(signature)],
        [message, randomBytes(64)],
      ] as const) {
        expect(isSignedBy(typed, otherMessage, otherSignature)).toBe(
          libsignals(typed, Buffer.from(otherMessage), Buffer.from(otherSignature)),
        );
      }
      expect(isSignedBy(Buffer.from(Curve.generateKeyPair().public), message, signature)).toBe(false);
    }
  });

  it('of the wrong size or by no key is none', () => {
    const key = Curve.generateKeyPair();
    const signature = Curve.sign(key.private, Buffer.from('x'));
    expect(isSignedBy(key.public, Buffer.from('x'), signature.subarray(1))).toBe(false);
    expect(isSignedBy(key.public.subarray(1), Buffer.from('x'), signature)).toBe(false);
    expect(isSignedBy(Buffer.alloc(32), Buffer.from('x'), Buffer.alloc(64))).toBe(false);
    const minusOne = Buffer.from('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'hex');
    expect(isSignedBy(minusOne, Buffer.from('x'), signature)).toBe(false);
  });
});
