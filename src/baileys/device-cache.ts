import type { PossiblyExtendedCacheStore } from 'baileys';
import { now, startTimer } from '../platform/index.ts';
import type { SessionStore } from './session-store.ts';

const kind = 'device-cache';
const usersMax = 1_000;
const writeAfterMs = 1_000;
/** WhatsApp tells when devices come and go; this bounds what a lost word of it can do. */
const freshMs = 24 * 60 * 60 * 1000;

type Entry = { readonly devices: unknown; readonly atMs: number };

export type DeviceCache = PossiblyExtendedCacheStore & {
  /** After WhatsApp refused a stanza or found its list of devices wrong. */
  forget(user: string): Promise<void>;
  stop(): void;
};

/**
 * Which devices a person has, kept over restarts: each time Baileys has to ask, it builds a new Signal session with that
 * person. What was learnt is written a little later and together; what was forgotten is forgotten on disk before WhatsApp
 * hears that we know.
 */
export function createDeviceCache(store: Pick<SessionStore, 'readKeys' | 'commit' | 'guard'>): DeviceCache {
  const users = new Map<string, Entry>();
  const unwritten = new Set<string>();
  let cancelWrite: (() => void) | undefined;

  function remember(user: string, entry: Entry): void {
    users.delete(user);
    users.set(user, entry);
    for (const oldest of users.keys()) {
      if (users.size <= usersMax) break;
      if (!unwritten.has(oldest)) users.delete(oldest);
    }
  }

  function writeLater(): void {
    cancelWrite ??= startTimer(writeAfterMs, () => {
      cancelWrite = undefined;
      const keys = [...unwritten].flatMap((id) => {
        const entry = users.get(id);
        return entry === undefined ? [] : [{ kind, id, value: Buffer.from(JSON.stringify(entry)) }];
      });
      unwritten.clear();
      // A store that fails ends the session by itself.
      store.commit({ keys }).catch(() => {});
    });
  }

  async function read(names: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const missing = names.filter((user) => !users.has(user));
    const stored = missing.length > 0 ? await store.readKeys(kind, missing) : new Map<string, Uint8Array>();
    for (const [user, bytes] of stored) remember(user, entryOf(bytes));
    const found = new Map<string, unknown>();
    for (const user of names) {
      const entry = users.get(user);
      if (entry !== undefined && now() - entry.atMs < freshMs) found.set(user, entry.devices);
    }
    return found;
  }

  function learn(user: string, devices: unknown): void {
    unwritten.add(user);
    remember(user, { devices, atMs: now() });
    writeLater();
  }

  async function forget(user: string): Promise<void> {
    users.delete(user);
    unwritten.delete(user);
    await store.commit({ keys: [{ kind, id: user, value: null }] });
  }

  return {
    get: async <T>(user: string) => asCached<T>((await store.guard(() => read([user]))).get(user)),
    mget: async <T>(names: string[]) => {
      const found = await store.guard(() => read(names));
      return Object.fromEntries(names.map((user) => [user, asCached<T | undefined>(found.get(user))]));
    },
    set: learn,
    mset: (entries) => {
      for (const { key, value } of entries) learn(key, value);
    },
    del: (user) => store.guard(() => forget(user)),
    flushAll: () => users.clear(),
    forget,
    stop: () => cancelWrite?.(),
  };
}

/** The cache gives back what Baileys put in under the same name, or nothing, which its types do not provide for. */
function asCached<T>(value: unknown): T {
  return value as T;
}

/** Written above, and by nobody else. */
function entryOf(bytes: Uint8Array): Entry {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
}
