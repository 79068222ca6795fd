import { createHash } from 'node:crypto';
import { createBaileysNetwork } from '../baileys/index.ts';
import { createLocalBus } from '../bus/index.ts';
import { isChat } from '../domain/contacts/index.ts';
import { sweepAnswers } from '../domain/customers/index.ts';
import { createNetworkAccess, readInstance } from '../domain/instances/index.ts';
import { sweepMedia, sweepOrphans } from '../domain/media/index.ts';
import { createEndpoints } from '../domain/webhooks/index.ts';
import { createHttpServer } from '../http/index.ts';
import { parseAllowList } from '../lib/index.ts';
import type { Network } from '../network/index.ts';
import {
  type Config,
  createEgress,
  createLog,
  createMetrics,
  createVoiceConverter,
  findFfmpeg,
  type Log,
  random,
  systemClock,
} from '../platform/index.ts';
import { createDeliverer, createWorker } from '../worker/index.ts';
import { ensureFirstKeys, firstKeysPath, readFirstKeys } from './first-keys.ts';
import { openStorage, type Storage } from './open-storage.ts';

export type Gateway = {
  /** Where the API listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly firstKeys: { readonly path: string; readonly madeNow: boolean; readonly kept: boolean };
  readonly warnings: readonly string[];
  /** Finishes what is in flight, closes sockets and files. Resolves within the grace of the configuration. */
  stop(): Promise<void>;
};

export type StartOutcome =
  | { readonly kind: 'started'; readonly gateway: Gateway }
  | { readonly kind: 'refused'; readonly sentence: string };

/** Builds every piece once, from the disk up, and starts them; `stop` goes the other way. `folders` is where programs are, as PATH has it. */
export async function startGateway(config: Config, version: string, folders?: string): Promise<StartOutcome> {
  const log = createLog({ level: config.logLevel });
  const opened = await openStorage(config, endProcess(log));
  if (opened.kind === 'refused') return opened;
  const { storage } = opened;
  const madeNow = await ensureFirstKeys(storage.db, storage.folder, storage.pepper);

  const parts = buildParts(config, version, log, storage, findFfmpeg(config.ffmpegPath, folders));
  const sweeping = new AbortController();
  const swept = sweepOrphans(storage.db, storage.blobs, sweeping.signal).catch((error: unknown) =>
    log.warn({ err: error }, 'files that nothing refers to could not be looked for'),
  );
  const stop = async (): Promise<void> => {
    sweeping.abort();
    await parts.http.close();
    await parts.worker.stop();
    await swept;
    await parts.egress.close();
    await storage.db.close();
    storage.folder.close();
  };
  await parts.worker.start();
  const listening = await listen(parts.http, config);
  if (listening.kind === 'refused') {
    await stop();
    return listening;
  }
  const { url } = listening;
  return {
    kind: 'started',
    gateway: {
      url,
      firstKeys: { path: firstKeysPath(storage.folder), madeNow, kept: readFirstKeys(storage.folder) !== undefined },
      warnings: [...storage.folder.warnings, ...listForeignWarnings(config)],
      stop,
    },
  };
}

/** An address that cannot be had is the operator's to change, like any other setting. */
async function listen(
  http: { listen(): Promise<string> },
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<{ kind: 'listening'; url: string } | { kind: 'refused'; sentence: string }> {
  try {
    return { kind: 'listening', url: await http.listen() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = addressFaults[code];
    if (why === undefined) throw error;
    return { kind: 'refused', sentence: `PORT ${port} on HOST ${host}: ${why}` };
  }
}

const addressFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there. End it, or set PORT to a free one (0 takes any).',
  EADDRNOTAVAIL: 'this machine has no such address. Set HOST to one of its own, or to 0.0.0.0 for all of them.',
  EACCES: 'this user may not listen there. Take a port above 1023.',
  ENOTFOUND: 'the name leads nowhere. Set HOST to an address of this machine.',
};

function buildParts(config: Config, version: string, log: Log, storage: Storage, ffmpeg: string | undefined) {
  const { db, vault, pepper, blobs, hasDiskRoom } = storage;
  const clock = systemClock;
  const metrics = createMetrics();
  const bus = createLocalBus();
  db.onAnnounce((topic) => bus.ring(topic));
  const network = buildNetwork(config, log);
  const allow = parseAllowList(config.egressAllow.join(','));
  if (!allow.ok) throw new Error(allow.why);
  const egress = createEgress({ allow: allow.allow, connectTimeoutMs: config.webhookConnectTimeoutMs });

  const worker = createWorker({
    db,
    bus,
    vault,
    egress,
    network,
    clock,
    log,
    random,
    metrics,
    blobs,
    convertVoice: ffmpeg === undefined ? undefined : createVoiceConverter(ffmpeg),
    config,
    build: version,
    configFingerprint: fingerprint(config),
    createDeliverer: (lease) =>
      createDeliverer({
        db,
        egress,
        vault,
        worker: () => lease.worker,
        // Half of it: what is cut off, and all that is closed after it, has to fit into the grace as well.
        config: { ...config, shutdownGraceMs: config.shutdownGraceMs / 2 },
        clock,
        random,
        log,
        metrics,
      }),
    retentions: [
      (from) => from.txVolatile((tx) => sweepAnswers(tx, tx.now - config.idempotencyKeepDays * dayMs)),
      (from) => sweepMedia(from, blobs),
    ],
  });
  const http = createHttpServer({
    db,
    bus,
    config,
    clock,
    log,
    metrics,
    vault,
    pepper,
    endpoints: createEndpoints({
      vault,
      known: { isChat, isInstance: async (tx, caller, id) => (await readInstance(tx, caller, id)) !== undefined },
    }),
    checkUrl: (text) => egress.checkUrl(text),
    blobs,
    convertsVoice: ffmpeg !== undefined,
    downloadFile: egress.download,
    findAddress: (host) => egress.findAddress(host),
    newNetworkId: () => network.newMessageId(),
    destinationOf: (identity) => network.destinationOf(identity),
    describeRaw: (raw) => network.describeRaw(raw),
    storyAddress: network.storyAddress,
    networkAccess: createNetworkAccess({ bus, networks: [network], askTimeoutMs: config.sendTimeoutMs }),
    readWorkerStatus: () => worker.status(),
    hasDiskRoom,
    version,
  });
  return { worker, http, egress };
}

const dayMs = 86_400_000;

function buildNetwork(config: Config, log: Log): Network {
  return createBaileysNetwork({
    ...(config.whatsappWebUrl !== undefined && { url: config.whatsappWebUrl }),
    ...(config.whatsappWebRootKey !== undefined && { rootKey: Buffer.from(config.whatsappWebRootKey) }),
    ...(config.whatsappWebVersion !== undefined && { version: asTriple(config.whatsappWebVersion) }),
    timings: {
      connectTimeoutMs: config.connectDeadlineMs,
      keepAliveMs: config.keepaliveMs,
      sendTimeoutMs: config.sendTimeoutMs,
      ackTimeoutMs: config.ackTimeoutMs,
      queryTimeoutMs: config.sendTimeoutMs,
    },
    log,
  });
}

/** Baileys wants one that it may change. */
const asTriple = ([major, minor, patch]: readonly [number, number, number]): [number, number, number] => [
  major,
  minor,
  patch,
];

/** Names the settings that all processes of a fleet must share. */
function fingerprint(config: Config): string {
  const critical = [config.webhookRetryWaitsMs, config.publicUrl ?? '', config.whatsappWebUrl ?? ''];
  return createHash('sha256').update(JSON.stringify(critical)).digest('hex').slice(0, 16);
}

function listForeignWarnings(config: Config): string[] {
  if (config.whatsappWebUrl === undefined) return [];
  return [
    `This gateway talks to ${config.whatsappWebUrl} and not to WhatsApp. Whoever runs that server sees every message.`,
  ];
}

/** Nobody can know what a disk holds that failed to sync: the restart reads what is really there. */
function endProcess(log: Log): (error: unknown) => void {
  return (error) => {
    log.fatal({ err: error }, 'the disk can no longer be trusted; the process ends and has to be started again');
    process.exit(70);
  };
}
