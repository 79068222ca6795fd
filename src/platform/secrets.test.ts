import { describe, expect, it } from 'vitest';
import { checkCanary, createVault, hashApiKey, makeCanary } from './secrets.ts';

const key = 'k'.repeat(32);
const otherKey = 'o'.repeat(32);

describe('the vault', () => {
  it('opens what it sealed, text and bytes, the empty ones too', () => {
    const vault = createVault({ key });
    for (const plain of ['', 'grüße', Buffer.of(0, 255, 7)]) {
      expect(vault.decrypt(vault.encrypt(plain, 'a'), 'a')).toEqual(Buffer.from(plain));
    }
  });

  it('never seals a value twice the same way', () => {
    const vault = createVault({ key });
    expect(vault.encrypt('same', 'a')).not.toEqual(vault.encrypt('same', 'a'));
  });

  it('refuses a value that stands where another belongs', () => {
    const vault = createVault({ key });
    expect(() => vault.decrypt(vault.encrypt('x', 'instance 1'), 'instance 2')).toThrow();
  });

  it('refuses a value of which any byte was changed or cut off', () => {
    const vault = createVault({ key });
    const sealed = vault.encrypt('hello', 'a');
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => vault.decrypt(changed, 'a'), `byte ${at}`).toThrow();
      expect(() => vault.decrypt(sealed.subarray(0, at), 'a'), `cut at ${at}`).toThrow();
    }
  });

  it('opens with the previous key what the previous key sealed, and seals with the new one', () => {
    const sealed = createVault({ key }).encrypt('x', 'a');
    const vault = createVault({ key: otherKey, previous: key });
    expect(vault.decrypt(sealed, 'a').toString()).toBe('x');
    expect(vault.keyIdOf(sealed)).toBe(createVault({ key }).keyId());
    expect(vault.keyIdOf(vault.encrypt('x', 'a'))).toBe(vault.keyId());
  });

  it('names the key that is missing', () => {
    const sealed = createVault({ key }).encrypt('x', 'a');
    const { keyId } = createVault({ key });
    expect(() => createVault({ key: otherKey }).decrypt(sealed, 'a')).toThrow(
      `key ${keyId()}, which is not configured`,
    );
  });

  it('takes no short secret', () => {
    expect(() => createVault({ key: 'short' })).toThrow('at least 32 characters');
  });
});

describe('the hash of an API key', () => {
  it('is that of RFC 4231, test case 2', () => {
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(hashApiKey('Jefe', 'what do ya want for nothing?')).toBe(expected);
  });
});

describe('the canary', () => {
  const pepper = 'p'.repeat(32);
  const canary = makeCanary(createVault({ key }), pepper);

  it('fits the key and the pepper that made it', () => {
    expect(checkCanary(canary, createVault({ key }), pepper)).toEqual({ kind: 'fits', renew: false });
  });

  it('asks to be renewed while only the previous key opens it', () => {
    const vault = createVault({ key: otherKey, previous: key });
    expect(checkCanary(canary, vault, pepper)).toEqual({ kind: 'fits', renew: true });
  });

  it('tells a wrong key from a wrong pepper', () => {
    expect(checkCanary(canary, createVault({ key: otherKey }), pepper)).toEqual({ kind: 'key_differs' });
    expect(checkCanary(canary, createVault({ key }), 'q'.repeat(32))).toEqual({ kind: 'pepper_differs' });
    expect(checkCanary({ ...canary, hashed: '' }, createVault({ key }), pepper)).toEqual({ kind: 'pepper_differs' });
  });
});
