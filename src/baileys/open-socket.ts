import type https from 'node:https';
import { type AuthenticationCreds, DEFAULT_CONNECTION_CONFIG, makeWASocket, proto, type WASocket } from 'baileys';
import type { Route, SessionHost } from '../network/index.ts';
import type { Log } from '../platform/index.ts';
import { holdAddresses } from './address-locks.ts';
import type { AppState } from './app-state.ts';
import { createBaileysLog } from './baileys-log.ts';
import type { DeviceCache } from './device-cache.ts';
import { fetchWithin } from './fetch-deadline.ts';
import type { GroupSending } from './group-sending.ts';
import type { BaileysOptions } from './options.ts';
import { decodePayload } from './payload.ts';
import type { SessionStore } from './session-store.ts';
import type { SignalKeys } from './signal-keys.ts';
import { createSignalRepository } from './signal-repository.ts';
import type { StanzaPart } from './stanza-parts.ts';

type Deps = {
  readonly options: BaileysOptions;
  readonly host: SessionHost;
  readonly store: SessionStore;
  readonly keys: SignalKeys;
  readonly appState: AppState;
  readonly creds: AuthenticationCreds;
  readonly log: Log;
  readonly devices: DeviceCache;
  readonly groups: Pick<GroupSending, 'take'>;
  readonly route: Route | undefined;
  partOf(ciphertext: Uint8Array): StanzaPart | undefined;
};

/** A Baileys socket that keeps nothing in memory that must survive, and asks us for what it must know. */
export function openSocket(deps: Deps): WASocket {
  const { options, host, store, keys, appState, creds, route } = deps;
  const { timings } = options;
  return makeWASocket({
    ...(options.url === undefined ? {} : { waWebSocketUrl: options.url }),
    version: options.version ?? DEFAULT_CONNECTION_CONFIG.version,
    auth: {
      creds,
      keys: {
        get: (kind, ids) => store.guard(() => appState.get(kind, ids)),
        // Baileys drops a session by itself when a device asks for a retry; that must not cross what we do with it.
        set: (data) =>
          store.guard(() => holdAddresses(Object.keys(data.session ?? {}), async () => appState.set(data))),
      },
    },
    logger: createBaileysLog(deps.log, appState.note),
    makeSignalRepository: createSignalRepository({ store, keys, instanceId: host.instanceId, partOf: deps.partOf }),
    // One try: a failed commit ends the session, and a second one could find half of it done.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    connectTimeoutMs: timings.connectTimeoutMs,
    keepAliveIntervalMs: timings.keepAliveMs ?? 10_000,
    defaultQueryTimeoutMs: timings.queryTimeoutMs,
    ...(timings.qrTimeoutMs === undefined ? {} : { qrTimeout: timings.qrTimeoutMs }),
    markOnlineOnConnect: false,
    // Only what we change of the shared settings is told by it; messages of ours do not go that way.
    emitOwnEvents: true,
    options: fetchWithin(timings.queryTimeoutMs, route?.fetchDispatcher),
    ...(route && { agent: asSecureAgent(route.agent), fetchAgent: asSecureAgent(route.agent) }),
    syncFullHistory: false,
    // Taken for its LID mappings and names, without which sessions break; nobody listens to its messages.
    shouldSyncHistoryMessage: ({ syncType }) => syncType !== proto.HistorySync.HistorySyncType.FULL,
    userDevicesCache: deps.devices,
    cachedGroupMetadata: deps.groups.take,
    generateHighQualityLinkPreview: false,
    // Holds what we handed to it, which are the stored bytes. Without it Baileys asks the phone for each message that it
    // cannot read, at once and in the way of those behind it.
    enableRecentMessageCache: true,
    getMessage: (key) => store.guard(() => readPayload(host, key.id)),
  });
}

async function readPayload(host: SessionHost, id: string | null | undefined): Promise<proto.IMessage | undefined> {
  const payload = id ? await host.readPayload(id) : undefined;
  return payload === undefined ? undefined : decodePayload(payload);
}

/** Baileys asks for an agent of `https`, and hands it to a library that takes every agent. */
function asSecureAgent(agent: Route['agent']): https.Agent {
  return agent as https.Agent;
}
