import { AsyncLocalStorage } from 'node:async_hooks';
import { BufferJSON, proto, type SignalKeyStoreWithTransaction } from 'baileys';
import type { InboundCapture, SignalKeyWrite } from '../network/index.ts';
import type { SessionStore } from './session-store.ts';

type Staged = { readonly writes: Map<string, Map<string, unknown>>; inbound?: InboundCapture };

/**
 * The signal keys of one session. `atomically` is the one way to change a session or a sender key: all that its work
 * writes, and what it stages for the journal, reach the store in one commit or not at all. It leaves whatever transaction
 * the caller is in, Baileys' own included, because that one commits after the stanza has left.
 */
export type SignalKeys = SignalKeyStoreWithTransaction & {
  atomically<T>(work: (stage: (inbound: InboundCapture) => void) => Promise<T>): Promise<T>;
};

export function createSignalKeys(store: Pick<SessionStore, 'readKeys' | 'commit'>): SignalKeys {
  const current = new AsyncLocalStorage<Staged>();

  async function readKeys(kind: string, ids: readonly string[]): Promise<Record<string, unknown>> {
    const staged = current.getStore()?.writes.get(kind);
    const missing = ids.filter((id) => staged?.has(id) !== true);
    const stored = missing.length > 0 ? await store.readKeys(kind, missing) : new Map<string, Uint8Array>();
    const found: Record<string, unknown> = {};
    for (const id of ids) {
      const bytes = stored.get(id);
      const value = staged?.has(id) ? staged.get(id) : bytes && decodeKey(kind, bytes);
      if (value !== null && value !== undefined) found[id] = value;
    }
    return found;
  }

  async function commit(staged: Staged): Promise<void> {
    const keys = listWrites(staged.writes);
    if (keys.length === 0 && staged.inbound === undefined) return;
    await store.commit({
      ...(keys.length > 0 ? { keys } : {}),
      ...(staged.inbound === undefined ? {} : { inbound: staged.inbound }),
    });
  }

  async function atomically<T>(work: (stage: (inbound: InboundCapture) => void) => Promise<T>): Promise<T> {
    const staged: Staged = { writes: new Map() };
    const value = await current.run(staged, () =>
      work((inbound) => {
        staged.inbound = inbound;
      }),
    );
    await commit(staged);
    return value;
  }

  async function set(data: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>): Promise<void> {
    const staged = current.getStore();
    const target: Staged = staged ?? { writes: new Map() };
    for (const [kind, values] of Object.entries(data)) {
      const writes = target.writes.get(kind) ?? new Map<string, unknown>();
      target.writes.set(kind, writes);
      for (const [id, value] of Object.entries(values ?? {})) writes.set(id, value ?? null);
    }
    if (staged === undefined) await commit(target);
  }

  return {
    get: (kind, ids) => asKeysOf(readKeys(kind, ids)),
    set,
    isInTransaction: () => current.getStore() !== undefined,
    transaction: (work) => (current.getStore() === undefined ? atomically(work) : work()),
    atomically,
  };
}

/** The values of a kind were written by Baileys under that kind, so they have the type that it expects of it. */
function asKeysOf<T>(values: Promise<Record<string, unknown>>): Promise<Record<string, T>> {
  return values as Promise<Record<string, T>>;
}

function listWrites(writes: Staged['writes']): SignalKeyWrite[] {
  return [...writes].flatMap(([kind, values]) =>
    [...values].map(([id, value]) => ({ kind, id, value: value === null ? null : encodeKey(kind, value) })),
  );
}

/** Sessions are read and written with every message and hold no bytes, only text: plain JSON takes a fifth of the time. */
const plainKinds = new Set(['session', 'lid-mapping', 'device-list']);

export function encodeKey(kind: string, value: unknown): Uint8Array {
  return Buffer.from(plainKinds.has(kind) ? JSON.stringify(value) : JSON.stringify(value, BufferJSON.replacer));
}

export function decodeKey(kind: string, bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (plainKinds.has(kind)) return JSON.parse(text);
  const value: unknown = JSON.parse(text, BufferJSON.reviver);
  if (kind !== 'app-state-sync-key' || typeof value !== 'object' || value === null) return value;
  return proto.Message.AppStateSyncKeyData.fromObject(value);
}
