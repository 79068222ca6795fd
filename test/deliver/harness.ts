import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { type Db, openDatabase } from '../../src/db/index.ts';
import type { Caller } from '../../src/domain/customers/index.ts';
import { type EventRow, recordEvent } from '../../src/domain/events/index.ts';
import {
  type AttemptRow,
  createEndpoints,
  type DeliveryRow,
  type Endpoint,
  listAttempts,
  listDeliveries,
} from '../../src/domain/webhooks/index.ts';
import { adoptLanes, listReadyLanes, registerWorker } from '../../src/lanes/index.ts';
import { type Id, newId, parseAllowList } from '../../src/lib/index.ts';
import {
  createEgress,
  createLog,
  createMetrics,
  createVault,
  type Egress,
  systemClock,
} from '../../src/platform/index.ts';
import { createDeliverer, type Deliverer } from '../../src/worker/deliver-step.ts';
import { createLaneRunner } from '../../src/worker/lane-runner.ts';

type DeliverConfig = Parameters<typeof createDeliverer>[0]['config'];
type NewEvent = Parameters<typeof recordEvent>[1];
type NewEndpoint = Parameters<ReturnType<typeof createEndpoints>['create']>[2];

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** What a receiver got, as it came in. */
export type Hit = {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: { event: string; event_id: string; data: Record<string, unknown> };
  readonly path: string;
  readonly atMs: number;
};

export type Receiver = {
  readonly url: string;
  readonly hits: Hit[];
  /** Connections that were opened, whatever came over them. */
  connections(): number;
  /** The most requests that were open at once. */
  openMax(): number;
};

/** A receiver on 127.0.0.1, or on the port of another; `answer` says what it does with each hit, the first being number 0. */
export async function startReceiver(
  answer: (response: ServerResponse, hit: Hit, number: number) => void = (response) => response.end('ok'),
): Promise<Receiver> {
  const hits: Hit[] = [];
  let connections = 0;
  let open = 0;
  let openMax = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    openMax = Math.max(openMax, open);
    response.once('close', () => {
      open -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const hit = { headers: request.headers, text, body: JSON.parse(text), path: request.url ?? '', atMs: Date.now() };
    hits.push(hit);
    answer(response, hit, hits.length - 1);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, hits, connections: () => connections, openMax: () => openMax };
}

export const silent = (): void => {};

export const answerWith =
  (statusCode: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(statusCode, headers).end('no');
  };

const defaults: DeliverConfig = {
  webhookRetryWaitsMs: [0, 100, 200],
  webhookRetryAfterMaxMs: 2_000,
  webhookDisableAfterMs: 0,
  webhookMaxPerEndpoint: 8,
  webhookMaxPerHost: 16,
  webhookTimeoutMs: 5_000,
  webhookHeaderPrefix: 'X-Sluice',
  shutdownGraceMs: 0,
  sweepIntervalMs: 20,
};

export type Gateway = {
  readonly db: Db;
  readonly caller: Caller;
  createCustomer(): Promise<Caller>;
  createEndpoint(
    url: string,
    input?: Partial<NewEndpoint>,
    caller?: Caller,
  ): Promise<{ endpoint: Endpoint; secret: string }>;
  record(event?: Partial<NewEvent>): Promise<EventRow>;
  deliveries(endpoint?: Endpoint): Promise<DeliveryRow[]>;
  attempts(delivery: DeliveryRow): Promise<AttemptRow[]>;
  /** A worker of this database with a loop of its own, registered, owning what it can get. */
  startWorker(options?: {
    config?: Partial<DeliverConfig>;
    allow?: string;
    egress?: Pick<Egress, 'post'>;
  }): Promise<Worker>;
  readonly endpoints: ReturnType<typeof createEndpoints>;
};

export type Worker = { readonly id: Id<'wrk'>; readonly deliverer: Deliverer; stop(): Promise<void> };

/** A database in a folder of its own, one customer, and no worker yet. */
export async function openGateway(): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'deliver-'));
  opened.push(() => rm(folder, { recursive: true }));
  const outcome = await openDatabase({
    path: join(folder, 'sluice.db'),
    onBroken: (error) => {
      throw error;
    },
  });
  if (outcome.kind !== 'open') throw new Error(outcome.kind);
  const { db } = outcome;
  opened.push(() => db.close());
  const vault = createVault({ key: 'k'.repeat(32) });
  const endpoints = createEndpoints({ vault, known: { isInstance: async () => true, isChat: async () => true } });

  const createCustomer = async (): Promise<Caller> => {
    const id = newId('cus', Date.now());
    await db.tx((tx) =>
      tx
        .insertInto('customers')
        .values({ id, name: 'Acme', rate_limit_burst: null, rate_limit_per_second: null, created_at: tx.now })
        .execute(),
    );
    return { customerId: id, actor: 'key:key_test', instanceId: null, correlationId: null };
  };
  const caller = await createCustomer();

  const startWorker: Gateway['startWorker'] = async ({ config = {}, allow = '127.0.0.1', egress } = {}) => {
    const id = newId('wrk', Date.now());
    const settings = { ...defaults, ...config };
    const deliverer = createDeliverer({
      db,
      vault,
      egress: egress ?? startEgress(allow),
      worker: () => id,
      config: settings,
      clock: systemClock,
      random: () => 0.5,
      log: createLog({ level: 'silent' }),
      metrics: createMetrics(),
    });
    await db.tx((tx) => registerWorker(tx, workerRow(id, tx.now)));
    while (await db.tx((tx) => adoptLanes(tx, id)));
    const runner = createLaneRunner({
      name: 'deliver',
      step: deliverer.step,
      listReady: () => listReadyLanes(db, { worker: id, family: 'deliver', atMs: Date.now(), limit: 1000 }),
      lanesAtOnceMax: 100,
      sweepIntervalMs: settings.sweepIntervalMs,
      clock: systemClock,
      log: createLog({ level: 'silent' }),
    });
    db.onAnnounce((topic) => {
      if (topic.startsWith('deliver/')) runner.wake(topic);
    });
    runner.start();
    const stop = async (): Promise<void> => {
      await runner.stop();
      await deliverer.drain();
    };
    opened.push(stop);
    return { id, deliverer, stop };
  };

  return {
    db,
    caller,
    endpoints,
    createCustomer,
    startWorker,
    createEndpoint: (url, input = {}, as = caller) => db.tx((tx) => endpoints.create(tx, as, { url, ...input })),
    record: (event = {}) =>
      db.tx((tx) =>
        recordEvent(tx, {
          customerId: caller.customerId,
          type: 'message.received',
          data: { text: 'olá 👋' },
          ...event,
        }),
      ),
    deliveries: (endpoint) => listDeliveries(db.read, caller, { endpointId: endpoint?.id, before: null, limit: 1_000 }),
    attempts: (delivery) => listAttempts(db.read, delivery),
  };
}

function startEgress(allow: string): Egress {
  const parsed = parseAllowList(allow);
  if (!parsed.ok) throw new Error(parsed.why);
  const egress = createEgress({ allow: parsed.allow, connectTimeoutMs: 2_000 });
  opened.push(egress.close);
  return egress;
}

const workerRow = (id: Id<'wrk'>, nowMs: number) => ({
  id,
  lease_until: nowMs + 60_000,
  build: 'test',
  config_fingerprint: '',
  schema_min: 1,
  schema_max: 1,
  capacity: 0,
  control_version: 0,
  started_at: nowMs,
});

/** Waits for what will come, and fails after `timeoutMs`. */
export async function until(what: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await what())) {
    expect(Date.now(), `still not so: ${what}`).toBeLessThan(endMs);
    await wait(5);
  }
}

export { wait };
