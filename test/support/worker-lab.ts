import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createLocalBus } from '../../src/bus/index.ts';
import { type Db, openDatabase } from '../../src/db/index.ts';
import { type Caller, createCustomer, systemCaller } from '../../src/domain/customers/index.ts';
import { createInstance, type InstanceRow, requestConnect, requireInstance } from '../../src/domain/instances/index.ts';
import { acceptMessage } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import {
  type BlobStore,
  type Config,
  createLog,
  createMetrics,
  createVault,
  openBlobStore,
  parseConfig,
  systemClock,
  type Vault,
} from '../../src/platform/index.ts';
import { createWorker, type Worker } from '../../src/worker/index.ts';
import { requireFit } from './check-events.ts';
import { createFakeNetwork, type FakeNetwork, letIn, scan } from './fake-network.ts';
import { waitFor } from './wait.ts';

/** A real worker on a real database, with the network played by the test. */
export type WorkerLab = {
  readonly db: Db;
  readonly bus: Bus;
  readonly vault: Vault;
  readonly network: FakeNetwork;
  readonly config: Config;
  readonly blobs: BlobStore;
  readonly caller: Caller;
  /** Where the database is. */
  readonly folder: string;
  worker(): Worker;
  /** Ends the worker as a crash would, keeping the database, and starts another. */
  replaceWorker(): Promise<void>;
  create(): Promise<Id<'ins'>>;
  connect(id: Id<'ins'>): Promise<void>;
  /** An instance that is linked and connected. */
  link(): Promise<Id<'ins'>>;
  read(id: Id<'ins'>): Promise<InstanceRow>;
  waitForState(id: Id<'ins'>, state: string, reason?: string): Promise<InstanceRow>;
  events(): Promise<string[]>;
  accept(id: Id<'ins'>, to: string, text: string, sendAtMs?: number): Promise<Id<'msg'>>;
  status(id: Id<'msg'>): Promise<string>;
  /** Throws when an event that was recorded meanwhile is not what the table of events says. */
  close(): Promise<void>;
};

const env = {
  // No test but those of the pace waits for it.
  PACE_MESSAGES_PER_MINUTE: '0',
  PACE_NEW_CHATS_PER_DAY: '0',
  TYPING_MS_PER_CHAR: '1',
  MEDIA_TRIES_MAX: '8',
  SWEEP_INTERVAL_MS: '20',
  RECONNECT_BASE_MS: '10',
  RECONNECT_MAX_MS: '200',
  CONNECTS_PER_SECOND: '1000',
  CONNECT_DEADLINE_MS: '300',
  PAIRING_ATTEMPTS_MAX: '3',
  PAIRING_COOLDOWN_MS: '60000',
  RATE_LIMIT_HOLD_MS: '150',
  LEASE_MS: '1000',
  LEASE_RENEW_MS: '200',
  LEASE_MARGIN_MS: '300',
};

export async function startWorkerLab(more: Readonly<Record<string, string>> = {}): Promise<WorkerLab> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-worker-'));
  const parsed = parseConfig({ ...env, ...more });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const { config } = parsed;
  const opened = await openDatabase({ path: join(folder, 'sluice.db'), onBroken: () => {} });
  if (opened.kind !== 'open') throw new Error('newer schema');
  const { db } = opened;
  const bus = createLocalBus();
  db.onAnnounce((topic) => bus.ring(topic));
  const vault = createVault({ key: 'k'.repeat(32) });
  const network = createFakeNetwork();
  const blobs = await openBlobStore({ folder: join(folder, 'media'), hasRoom: () => true });
  const build = (): Worker =>
    createWorker({
      db,
      bus,
      vault,
      egress: {
        findAddress: async () => ({ ok: false, why: 'There is no way out of this lab.' }),
        download: async () => ({
          kind: 'failed',
          code: 'forbidden_address',
          message: 'There is no way out of this lab.',
        }),
      },
      network,
      clock: systemClock,
      log: createLog({ level: 'silent' }),
      random: () => 0.5,
      convertVoice: undefined,
      metrics: createMetrics(),
      blobs,
      config,
      build: 'test',
      configFingerprint: '',
      createDeliverer: () => ({ step: async () => false, drain: async () => {} }),
      retentions: [],
    });
  let worker = build();
  await worker.start();

  const customer = await db.tx((tx) => createCustomer(tx, { actor: 'test', correlationId: null }, { name: 'Test' }));
  const caller = systemCaller(customer.id);
  const read = (id: Id<'ins'>) => requireInstance(db.read, caller, id);
  const create = async () => (await db.tx((tx) => createInstance(tx, caller, { name: 'Shop', metadata: {} }))).id;
  const connect = async (id: Id<'ins'>): Promise<void> => {
    const before = network.sessions.length;
    await db.tx((tx) => requestConnect(tx, caller, id, { sessionsMax: config.maxSessionsPerWorker }));
    await waitFor('a session', () => network.sessions.length > before);
  };
  const waitForState = (id: Id<'ins'>, state: string, reason?: string): Promise<InstanceRow> =>
    waitFor(`state ${state}`, async () => {
      const row = await read(id);
      return row.state === state && (reason === undefined || row.state_reason === reason) ? row : undefined;
    });

  return {
    db,
    bus,
    vault,
    network,
    config,
    blobs,
    caller,
    folder,
    worker: () => worker,
    replaceWorker: async () => {
      await worker.stop();
      worker = build();
      await worker.start();
    },
    create,
    connect,
    link: async () => {
      const id = await create();
      await connect(id);
      const before = network.sessions.length;
      scan(network);
      await waitFor('the session after the scan', () => network.sessions.length > before);
      letIn(network);
      await waitForState(id, 'connected');
      return id;
    },
    read,
    waitForState,
    events: async () => {
      const rows = await db.read.selectFrom('events').select('type').orderBy('id').execute();
      return rows.map(({ type }) => type);
    },
    accept: async (id, to, text, sendAtMs = 0) => {
      const instance = await read(id);
      const { view } = await db.tx((tx) =>
        acceptMessage(
          tx,
          caller,
          instance,
          {
            to,
            recipient: { kind: 'person', identity: { phone: to }, destination: `to-${to}` },
            content: { type: 'text', text },
            clientRef: null,
            sendAtMs: sendAtMs || null,
            expiresAtMs: null,
            requireConnected: false,
          },
          { newNetworkId: network.newMessageId, laneDepthMax: 1000, scheduledMax: 1000, convertsVoice: true },
        ),
      );
      return view.id;
    },
    status: async (id) => {
      const row = await db.read.selectFrom('messages').select('status').where('id', '=', id).executeTakeFirstOrThrow();
      return row.status;
    },
    close: async () => {
      await worker.stop();
      const events = await db.read.selectFrom('events').selectAll().execute();
      await db.close();
      rmSync(folder, { recursive: true, force: true });
      requireFit(events);
    },
  };
}
