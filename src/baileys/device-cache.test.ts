import { describe, expect, it } from 'vitest';
import type { SignalBatch } from '../network/index.ts';
import { createDeviceCache } from './device-cache.ts';

function createStore() {
  const kept = new Map<string, Uint8Array>();
  const batches: SignalBatch[] = [];
  return {
    kept,
    batches,
    readKeys: async (_: string, ids: readonly string[]) =>
      new Map(
        ids.flatMap((id) => {
          const value = kept.get(id);
          return value === undefined ? [] : [[id, value] as const];
        }),
      ),
    commit: async (batch: SignalBatch) => {
      batches.push(batch);
      for (const { id, value } of batch.keys ?? []) value === null ? kept.delete(id) : kept.set(id, value);
    },
    guard: async <T>(work: () => T | Promise<T>) => work(),
  };
}

const devices = [{ user: '1', device: 0, server: 's.whatsapp.net' }];

describe('the device cache', () => {
  it('survives a restart, and is written together, later', async () => {
    const store = createStore();
    const cache = createDeviceCache(store);
    await cache.set('1', devices);
    await cache.mset?.([{ key: '2', value: devices }]);
    expect(store.batches).toEqual([]);
    expect(await cache.get('1')).toEqual(devices);
    await expect.poll(() => store.batches.length, { timeout: 3_000 }).toBe(1);
    expect(store.batches[0]?.keys).toHaveLength(2);

    const again = createDeviceCache(store);
    expect(await again.mget?.(['1', '2', '3'])).toEqual({ 1: devices, 2: devices, 3: undefined });
    cache.stop();
  });

  it('forgets on disk before it says so', async () => {
    const store = createStore();
    const cache = createDeviceCache(store);
    await cache.set('1', devices);
    await cache.del('1');
    expect(store.batches).toEqual([{ keys: [{ kind: 'device-cache', id: '1', value: null }] }]);
    expect(await cache.get('1')).toBeUndefined();
    cache.stop();
  });

  it('does not believe what is a day old', async () => {
    const store = createStore();
    store.kept.set('1', Buffer.from(JSON.stringify({ devices, atMs: Date.now() - 25 * 60 * 60 * 1000 })));
    expect(await createDeviceCache(store).get('1')).toBeUndefined();
  });
});
