/** A gateway's front door on a database of its own, with two customers to play against each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalBus } from '../../src/bus/index.ts';
import { type Db, openDatabase } from '../../src/db/index.ts';
import { isChat } from '../../src/domain/contacts/index.ts';
import { createApiKey, createCustomer, ensureAdminKey, systemCaller } from '../../src/domain/customers/index.ts';
import { createNetworkAccess, readInstance } from '../../src/domain/instances/index.ts';
import { createEndpoints } from '../../src/domain/webhooks/index.ts';
import { createHttpServer, type HttpDeps } from '../../src/http/index.ts';
import type { Id } from '../../src/lib/index.ts';
import {
  createEgress,
  createLog,
  createMetrics,
  createVault,
  openBlobStore,
  parseConfig,
  systemClock,
} from '../../src/platform/index.ts';
import { requireFit } from '../support/check-events.ts';
import { createFakeNetwork } from '../support/fake-network.ts';

const pepper = 'pepper-pepper-pepper-pepper-pepper';
const secretsKey = 'secret-secret-secret-secret-secret';

export type Asked = {
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
};

export type Party = { readonly customerId: Id<'cus'>; readonly key: string };

type Given = {
  readonly env?: Record<string, string>;
  readonly deps?: Partial<HttpDeps>;
  /** In place of the disk's. */
  readonly sync?: () => Promise<void>;
  /** For what takes the place of something that the door was given. */
  readonly change?: (deps: HttpDeps) => HttpDeps;
};

export async function openFrontDoor(given: Given = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'front-door-'));
  const opened = await openDatabase({
    path: join(folder, 'sluice.db'),
    onBroken: () => {},
    ...(given.sync && { sync: given.sync }),
  });
  if (opened.kind !== 'open') throw new Error('a new database is not newer than the program');
  const { db } = opened;
  const parsed = parseConfig({ PORT: '0', RATE_LIMIT_BURST: '100000', QR_WAIT_MS: '200', ...given.env });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));

  const lines: string[] = [];
  const vault = createVault({ key: secretsKey });
  const bus = createLocalBus();
  db.onAnnounce((topic) => bus.ring(topic));
  const blobs = await openBlobStore({ folder: join(folder, 'media'), hasRoom: () => true });
  const egress = createEgress({ allow: { networks: [], hosts: ['127.0.0.1'] } });
  let networkIds = 0;
  const deps: HttpDeps = {
    db,
    bus,
    config: parsed.config,
    clock: systemClock,
    log: createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } }),
    metrics: createMetrics(),
    vault,
    pepper,
    endpoints: createEndpoints({
      vault,
      known: { isChat, isInstance: async (tx, caller, id) => (await readInstance(tx, caller, id)) !== undefined },
    }),
    findAddress: async (host) =>
      host === 'inside' ? { ok: false, why: 'The host leads to a private address.' } : { ok: true, ip: '192.0.2.1' },
    checkUrl: async (url) => ({ ok: true, url: new URL(url) }),
    blobs,
    downloadFile: egress.download,
    convertsVoice: false,
    destinationOf: ({ lid }) => lid,
    describeRaw: (raw) => JSON.parse(Buffer.from(raw).toString()),
    storyAddress: 'stories-of-the-fake',
    newNetworkId: () => {
      networkIds += 1;
      return `3EB0${String(networkIds).padStart(16, '0')}`;
    },
    networkAccess: createNetworkAccess({ bus, networks: [createFakeNetwork()], askTimeoutMs: 1_000 }),
    readWorkerStatus: () => ({
      sessions: 0,
      capacity: 50,
      connected: 0,
      stalled: 0,
      draining: false,
      network: 'reachable',
    }),
    hasDiskRoom: () => true,
    version: '0.0.0-test',
    ...given.deps,
  };
  const server = createHttpServer(given.change?.(deps) ?? deps);
  const address = await server.listen();
  const admin = (await db.tx((tx) => ensureAdminKey(tx, pepper)))?.secret ?? '';

  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Answered> => {
    const text = typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body);
    const response = await fetch(`${address}${path}`, {
      method,
      headers: {
        ...(asked.body !== undefined && { 'content-type': 'application/json' }),
        ...(asked.key && { authorization: `Bearer ${asked.key}` }),
        ...asked.headers,
      },
      ...(asked.body !== undefined && { body: text }),
    });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, text: answer, json: readJson(answer) };
  };

  return {
    db,
    bus,
    server,
    address,
    folder,
    admin,
    lines,
    ask,
    addParty: (name: string) => addParty(db, name),
    countRows: () => countRows(db),
    close: async () => {
      await server.close();
      await egress.close();
      const events = await db.read.selectFrom('events').selectAll().execute();
      await db.close();
      rmSync(folder, { recursive: true });
      requireFit(events);
    },
  };
}

export type FrontDoor = Awaited<ReturnType<typeof openFrontDoor>>;

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function addParty(db: Db, name: string): Promise<Party> {
  return db.tx(async (tx) => {
    const { id } = await createCustomer(tx, { actor: 'system', correlationId: null }, { name });
    const holder = { caller: systemCaller(id), expiresAt: null };
    const { secret } = await createApiKey(tx, holder, pepper, { name: 'first', instanceId: null, expiresAt: null });
    return { customerId: id, key: secret };
  });
}

const written = [
  'customers',
  'api_keys',
  'audit_events',
  'idempotency_keys',
  'instances',
  'messages',
  'message_steps',
  'jobs',
  'lanes',
  'contacts',
  'chats',
  'labels',
  'label_chats',
  'groups',
  'group_members',
  'newsletters',
  'events',
  'endpoints',
  'deliveries',
  'replays',
  'media',
] as const;

/** How many rows there are of everything that a request can write. */
async function countRows(db: Db): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of written) {
    const row = await db.read
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    counts[table] = Number(row.count);
  }
  return counts;
}
