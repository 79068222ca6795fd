import { createHash } from 'node:crypto';
import { type BinaryNode, proto } from 'baileys';
import type { InboundCapture, SignalKeyWrite } from '../network/index.ts';
import { startTimer } from '../platform/index.ts';
import type { SessionStore } from './session-store.ts';
import { decodeKey, encodeKey, type SignalKeys } from './signal-keys.ts';
import { childrenOf, encodeStanza } from './stanza-bytes.ts';

const versionKind = 'app-state-sync-version';
const staleKind = 'app-state-stale';
export const collections = [
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
] as const;

/** Long enough for Baileys to tell all that it read in one go, short enough to matter to nobody. */
const gatherMs = 20;
const actionsPerRecord = 100;

/** The tag of a record of ours in the journal: what somebody changed in the settings that all devices of a number share. */
export const appStateTag = 'sluice_app_state';

/** A change as it stands in the journal; `value` is WhatsApp's own `SyncActionValue`, in base64. */
export type SyncedAction = { readonly index: readonly string[]; readonly value: string; readonly initial: boolean };

/**
 * Keeps what the devices of a number agree on: chats that are archived, pinned, muted or read, names, labels. Baileys notes
 * that it has read a change before it says what the change is, and says it once: so that note is held back, and reaches the
 * store in one commit with the change itself. What is behind after a crash is known by a mark and is read again.
 */
export type AppState = {
  /** Called by Baileys for each change that it has read. */
  note(fields: unknown): void;
  get: SignalKeys['get'];
  set: SignalKeys['set'];
  /** Marks that the notification of a change needs in its own commit. */
  marksOf(notification: BinaryNode): readonly SignalKeyWrite[];
  /** Collections that somebody changed and that were not read to the end. */
  readStale(): Promise<readonly (typeof collections)[number][]>;
  stop(): void;
};

export function createAppState(deps: {
  readonly keys: Pick<SignalKeys, 'get' | 'set'>;
  readonly store: Pick<SessionStore, 'readKeys'>;
  /** Remembers what it writes, where keys are read from. */
  commit(batch: { keys: readonly SignalKeyWrite[]; inbound?: InboundCapture }): Promise<void>;
}): AppState {
  const held = new Map<string, Uint8Array>();
  const told = new Map<string, number>();
  let actions: SyncedAction[] = [];
  let cancel: (() => void) | undefined;
  let last: Promise<void> = Promise.resolve();

  function gather(): void {
    cancel ??= startTimer(gatherMs, () => {
      cancel = undefined;
      // A store that fails ends the session by itself.
      last = last.then(flush).catch(() => {});
    });
  }

  async function flush(): Promise<void> {
    const versions = [...held];
    const before = new Map(told);
    const taken = actions;
    actions = [];
    while (taken.length > actionsPerRecord) {
      await deps.commit({ keys: [], inbound: captureOf(taken.splice(0, actionsPerRecord)) });
    }
    const keys = versions.flatMap(([id, value]): SignalKeyWrite[] => [
      { kind: versionKind, id, value },
      ...(before.get(id) === told.get(id) ? [{ kind: staleKind, id, value: null }] : []),
    ]);
    await deps.commit({ keys, ...(taken.length > 0 && { inbound: captureOf(taken) }) });
    for (const [id, value] of versions) if (held.get(id) === value) held.delete(id);
  }

  return {
    note: (fields) => {
      const action = readAction(fields);
      if (action === undefined) return;
      actions.push(action);
      gather();
    },
    get: async (kind, ids) => {
      const found = await deps.keys.get(kind, ids);
      if (kind !== versionKind) return found;
      const newer = [...held].filter(([id]) => ids.includes(id)).map(([id, bytes]) => [id, decodeKey(kind, bytes)]);
      return { ...found, ...Object.fromEntries(newer) };
    },
    set: async ({ [versionKind]: versions, ...rest }) => {
      for (const [id, value] of Object.entries(versions ?? {})) held.set(id, encodeKey(versionKind, value));
      if (versions !== undefined) gather();
      if (Object.keys(rest).length > 0) await deps.keys.set(rest);
    },
    marksOf: (notification) => {
      if (notification.attrs.type !== 'server_sync') return [];
      return childrenOf(notification).flatMap(({ attrs: { name } }): SignalKeyWrite[] => {
        if (name === undefined) return [];
        told.set(name, (told.get(name) ?? 0) + 1);
        return [{ kind: staleKind, id: name, value: Buffer.from('1') }];
      });
    },
    readStale: async () => {
      const stale = await deps.store.readKeys(staleKind, collections);
      return collections.filter((name) => stale.has(name));
    },
    stop: () => cancel?.(),
  };
}

function captureOf(actions: readonly SyncedAction[]): InboundCapture {
  const stanza = encodeStanza({ tag: appStateTag, attrs: {}, content: Buffer.from(JSON.stringify(actions)) });
  const hash = createHash('sha256').update(stanza).digest('hex');
  return { dedupeKey: `${appStateTag}|${hash}`, kind: 'fact', stanza, parts: [], complete: true };
}

/** Baileys shows each change whole where it logs it, before it makes of it what it needs for itself. */
function readAction(fields: unknown): SyncedAction | undefined {
  const { syncAction, initialSync } = asLogged(fields);
  const value = syncAction?.syncAction?.value;
  if (syncAction === undefined || value === undefined || value === null) return undefined;
  const bytes = proto.SyncActionValue.encode(value).finish();
  return { index: syncAction.index, value: Buffer.from(bytes).toString('base64'), initial: initialSync === true };
}

type Logged = {
  readonly syncAction?: {
    readonly syncAction?: { readonly value?: proto.ISyncActionValue | null };
    readonly index: readonly string[];
  };
  readonly initialSync?: boolean;
};

/** The sentence that it stands beside is checked by the caller; a test holds it against the real thing. */
function asLogged(fields: unknown): Logged {
  return fields as Logged;
}
