import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { keysOf, measureSealed, seal, unseal } from './media-seal.ts';

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function join(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

describe('a file as the media host keeps it', () => {
  const content = randomBytes(100_003);
  let keys: Awaited<ReturnType<typeof keysOf>>;
  let sealed: Buffer;
  beforeAll(async () => {
    keys = await keysOf(randomBytes(32), 'image');
    sealed = await join(seal(inChunks(content, 7_000), keys));
  });

  const open = (bytes: Uint8Array, promised: { plain?: Uint8Array; sealed?: Uint8Array } = {}, size = 9_973) =>
    join(unseal(inChunks(bytes, size), keys, { plain: sha256(content), sealed: undefined, ...promised }));

  test('is the same bytes each time it is sealed, and known by its hash before', async () => {
    expect(await join(seal(inChunks(content, 64), keys))).toEqual(sealed);
    const measured = await measureSealed(inChunks(content, 1_000), keys);
    expect(measured).toEqual({ plain: sha256(content), sealed: sha256(sealed), sealedBytes: sealed.length });
  });

  test.each([1, 5, 10, 16, 1_024, 1_000_000])('opens to the same bytes in pieces of %i', async (size) => {
    const whole = size < 16 ? randomBytes(100) : content;
    const small = await join(seal(inChunks(whole, 33), keys));
    const opened = await join(unseal(inChunks(small, size), keys, { plain: sha256(whole), sealed: sha256(small) }));
    expect(opened).toEqual(whole);
  });

  test('is refused when a bit of it was altered, wherever it is', async () => {
    for (const at of [0, 50_000, sealed.length - 11, sealed.length - 1]) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await expect(open(altered)).rejects.toThrow('altered');
    }
  });

  test('is refused when it breaks off, even where a block ends', async () => {
    await expect(open(sealed.subarray(0, 4_096))).rejects.toThrow('altered');
    await expect(open(sealed.subarray(0, 9))).rejects.toThrow('altered');
    await expect(open(Buffer.alloc(0))).rejects.toThrow('altered');
  });

  test('is refused when the message promised another file', async () => {
    await expect(open(sealed, { plain: randomBytes(32) })).rejects.toThrow('another file');
    await expect(open(sealed, { sealed: randomBytes(32) })).rejects.toThrow('other bytes');
    expect(await open(sealed, { sealed: sha256(sealed) })).toEqual(content);
  });
});
