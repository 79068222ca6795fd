import type { SessionStore } from './session-store.ts';

/** Sessions are a few kB each; a busy number has some hundred chats at a time. */
const entriesMax = 256;

/** Eight hundred of them are written at once, and each is read once. */
const usedOnce = 'pre-key';

/**
 * What was last read and written of the keys, as bytes, so that a chat in progress asks the store for nothing. Whoever holds
 * the lease is alone in writing them. Remembers as well what is not there, which is asked with every message.
 */
export function createKeyCache(
  store: Pick<SessionStore, 'readKeys' | 'commit'>,
): Pick<SessionStore, 'readKeys' | 'commit'> {
  const entries = new Map<string, Uint8Array | null>();
  let commits = 0;

  function remember(kind: string, id: string, value: Uint8Array | null): void {
    if (kind === usedOnce) return;
    const name = `${kind} ${id}`;
    entries.delete(name);
    entries.set(name, value);
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax) break;
      entries.delete(oldest);
    }
  }

  return {
    readKeys: async (kind, ids) => {
      const missing = ids.filter((id) => !entries.has(`${kind} ${id}`));
      const commitsBefore = commits;
      const stored = missing.length > 0 ? await store.readKeys(kind, missing) : undefined;
      const found = new Map<string, Uint8Array>();
      for (const id of ids) {
        const cached = entries.get(`${kind} ${id}`);
        const value = cached === undefined ? (stored?.get(id) ?? null) : cached;
        // A commit meanwhile may have written what we read before it, and been pushed out again.
        if (commits === commitsBefore) remember(kind, id, value);
        if (value !== null) found.set(id, value);
      }
      return found;
    },
    commit: async (batch) => {
      await store.commit(batch);
      commits += 1;
      for (const { kind, id, value } of batch.keys ?? []) remember(kind, id, value);
    },
  };
}
