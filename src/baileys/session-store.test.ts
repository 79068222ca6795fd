import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import type { SignalStore } from '../network/index.ts';
import { createSessionStore, StoreGone } from './session-store.ts';

const never = new Promise<never>(() => {});

function createStore(commit: () => Promise<void>) {
  const failed: unknown[] = [];
  const memory: SignalStore = {
    readCredentials: () => Promise.resolve(undefined),
    readKeys: () => Promise.resolve(new Map()),
    readPlaintext: () => Promise.resolve(undefined),
    commit,
  };
  return { store: createSessionStore(memory, (error) => failed.push(error)), failed };
}

describe('the store of a session', () => {
  it('fails once, and is gone', async () => {
    const { store, failed } = createStore(() => Promise.reject(new Error('disk full')));
    await expect(store.commit({})).rejects.toBeInstanceOf(StoreGone);
    await expect(store.readKeys('session', ['a'])).rejects.toBeInstanceOf(StoreGone);
    expect(failed).toHaveLength(1);
    expect(await Promise.race([store.guard(() => store.commit({})), Promise.resolve('pending')])).toBe('pending');
  });

  it('lets errors that are not its own through', async () => {
    const { store } = createStore(() => Promise.resolve());
    await expect(store.guard(() => Promise.reject(new Error('no session')))).rejects.toThrow('no session');
    expect(await store.guard(() => 3)).toBe(3);
  });

  it('settles when what is under way is done, and takes nothing new', async () => {
    const done = Promise.withResolvers<void>();
    const { store, failed } = createStore(() => done.promise);
    const commit = store.commit({});
    store.stop();
    await expect(store.commit({})).rejects.toBeInstanceOf(StoreGone);
    const settled = store.settle(10_000);
    done.resolve();
    await Promise.all([commit, settled]);
    expect(failed).toEqual([]);
  });

  it('gives up what hangs, so that whoever waits for its locks goes on', async () => {
    const { store } = createStore(() => never);
    const commit = store.commit({}).catch((error: unknown) => error);
    store.stop();
    await store.settle(20);
    expect(await commit).toBeInstanceOf(StoreGone);
  });

  it('is asked outside of any transaction that its caller is in', async () => {
    const transaction = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const { store } = createStore(async () => {
      seen.push(transaction.getStore());
    });
    await transaction.run('of somebody else', () => store.commit({}));
    expect(seen).toEqual([undefined]);
  });
});
