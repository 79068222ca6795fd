import { describe, expect, it } from 'vitest';
import { createKeyCache } from './key-cache.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function createKeys() {
  const kept = new Map([['a', bytes('old')]]);
  const reads: string[][] = [];
  const gate = { open: Promise.resolve() };
  const cache = createKeyCache({
    readKeys: async (_, ids) => {
      reads.push([...ids]);
      const found = new Map(
        ids
          .flatMap((id) => [[id, kept.get(id)] as const])
          .flatMap(([id, value]) => (value ? [[id, value] as const] : [])),
      );
      await gate.open;
      return found;
    },
    commit: async ({ keys }) => {
      for (const { id, value } of keys ?? []) kept.set(id, value ?? bytes(''));
    },
  });
  return { cache, reads, gate };
}

const read = async (
  cache: ReturnType<typeof createKeys>['cache'],
  id: string,
  kind = 'session',
): Promise<string | undefined> => {
  const found = (await cache.readKeys(kind, [id])).get(id);
  return found && Buffer.from(found).toString();
};

describe('the key cache', () => {
  it('asks for each key once, also for one that is not there', async () => {
    const { cache, reads } = createKeys();
    expect([await read(cache, 'a'), await read(cache, 'a'), await read(cache, 'b'), await read(cache, 'b')]).toEqual([
      'old',
      'old',
      undefined,
      undefined,
    ]);
    expect(reads).toEqual([['a'], ['b']]);
  });

  it('gives what was written last', async () => {
    const { cache, reads } = createKeys();
    await cache.commit({ keys: [{ kind: 'session', id: 'a', value: bytes('new') }] });
    expect(await read(cache, 'a')).toBe('new');
    await cache.commit({ keys: [{ kind: 'session', id: 'a', value: null }] });
    expect(await read(cache, 'a')).toBeUndefined();
    expect(reads).toEqual([]);
  });

  it('never keeps what was read before a commit, even when that was pushed out again meanwhile', async () => {
    const { cache, gate } = createKeys();
    const opened = Promise.withResolvers<void>();
    gate.open = opened.promise;
    const early = read(cache, 'a');
    await cache.commit({ keys: [{ kind: 'session', id: 'a', value: bytes('new') }] });
    await cache.commit({
      keys: Array.from({ length: 300 }, (_, index) => ({ kind: 'session', id: `x${index}`, value: bytes('x') })),
    });
    opened.resolve();
    await early;
    expect(await read(cache, 'a')).toBe('new');
  });

  it('is bounded, and one-time keys do not push out the others', async () => {
    const { cache, reads } = createKeys();
    await read(cache, 'a');
    await cache.commit({
      keys: Array.from({ length: 900 }, (_, index) => ({ kind: 'pre-key', id: `p${index}`, value: bytes('p') })),
    });
    await read(cache, 'a');
    expect(reads).toEqual([['a']]);
    for (let index = 0; index < 400; index += 1) await read(cache, `y${index}`);
    await read(cache, 'a');
    expect(reads.filter(([id]) => id === 'a')).toHaveLength(2);
  });
});
