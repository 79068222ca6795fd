import { AsyncLocalStorage } from 'node:async_hooks';
import type { SignalBatch, SignalStore } from '../network/index.ts';
import { startTimer } from '../platform/index.ts';

/** Thrown where the store has failed or the session is over: nothing may be concluded from what was asked. */
export class StoreGone extends Error {
  override readonly name = 'StoreGone';
}

/** The store as one session sees it: the first failure ends it, and nothing reaches it after the end. */
export type SessionStore = {
  readCredentials(): Promise<Uint8Array | undefined>;
  readKeys(kind: string, ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  readPlaintext(ciphertextHash: string): Promise<Uint8Array | undefined>;
  commit(batch: SignalBatch): Promise<void>;
  /** Refuses everything from now on. What is under way goes on. */
  stop(): void;
  /**
   * Resolves when nothing is under way. What takes longer than `waitMs` is given up: others may wait for the locks that
   * it holds, which are those of the whole process.
   */
  settle(waitMs: number): Promise<void>;
  /**
   * For whatever Baileys awaits: it would answer an error by refusing the message to WhatsApp, or by acknowledging it,
   * so when the store is gone its promise never settles. The session is over by then.
   */
  guard<T>(work: () => T | Promise<T>): Promise<T>;
};

export function createSessionStore(store: SignalStore, fail: (error: unknown) => void): SessionStore {
  // The store must not take a call for part of a transaction that some caller of ours, or of Baileys', happens to be in.
  const leave = AsyncLocalStorage.snapshot();
  let gone: StoreGone | undefined;
  // A race against one promise of the whole session would keep each loser for as long.
  const underWay = new Set<(error: Error) => void>();
  let wake: (() => void) | undefined;

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    if (gone !== undefined) throw gone;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    underWay.add(reject);
    leave(work).then(resolve, reject);
    try {
      return await promise;
    } catch (error) {
      gone ??= new StoreGone('The store failed.', { cause: error });
      fail(error);
      throw gone;
    } finally {
      underWay.delete(reject);
      if (underWay.size === 0) wake?.();
    }
  }

  async function settle(waitMs: number): Promise<void> {
    if (underWay.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const cancel = startTimer(waitMs, () => {
      for (const giveUp of underWay) giveUp(new Error('The store took too long.'));
    });
    await promise;
    cancel();
  }

  async function guard<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      const value = await work();
      if (gone === undefined) return value;
    } catch (error) {
      if (gone === undefined) throw error;
    }
    return new Promise<T>(() => {});
  }

  return {
    readCredentials: () => ask(() => store.readCredentials()),
    readKeys: (kind, ids) => ask(() => store.readKeys(kind, ids)),
    readPlaintext: (hash) => ask(() => store.readPlaintext(hash)),
    commit: (batch) => ask(() => store.commit(batch)),
    stop: () => {
      gone ??= new StoreGone('The session is over.');
    },
    settle,
    guard,
  };
}
