import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../emulator/src/index.ts';
import { type ApiClient, createApiClient, expectOk } from './api-client.ts';
import { requireFit } from './check-events.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { createPhones, type Phone, type Phones } from './phones.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { runSql } from './stop-writes.ts';
import { waitFor } from './wait.ts';

/** An emulator, one gateway process on a folder of its own, and a receiver: what most scenarios need. */
export type Lab = {
  readonly dataDir: string;
  /** Where the emulator's control API is. */
  readonly phonesUrl: string;
  readonly phones: Phones;
  readonly receiver: Receiver;
  /** The gateway that runs now; another object after each start. */
  gateway(): GatewayProcess;
  api(): ApiClient;
  /** Starts the gateway again on the same folder. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Creates an endpoint at the receiver, whose deliveries are verified from then on. */
  subscribe(options?: Readonly<Record<string, unknown>>): Promise<{ id: string; secret: string }>;
  /** Creates an instance, links it with a new phone by QR, and waits until it is connected. */
  link(name: string): Promise<{ id: string; phone: Phone }>;
  waitForState(instanceId: string, state: string, withinMs?: number): Promise<void>;
  send(instanceId: string, to: string, text: string, more?: Readonly<Record<string, unknown>>): Promise<{ id: string }>;
  waitForStatus(messageId: string, status: string, withinMs?: number): Promise<void>;
  /** Throws when an event that was recorded or delivered meanwhile is not what the table of events says. */
  close(): Promise<void>;
};

/** Waits that a test can sit through. */
const shortWaits = {
  LOG_LEVEL: 'info',
  EGRESS_ALLOW: '127.0.0.1',
  MEDIA_TRIES_MAX: '8',
  RATE_LIMIT_BURST: '100000',
  RATE_LIMIT_PER_SECOND: '10000',
  WEBHOOK_RETRY_SCHEDULE: '0,1,1,1,1,1',
  SWEEP_INTERVAL_MS: '100',
  RECONNECT_BASE_MS: '100',
  RECONNECT_MAX_MS: '1000',
  CONNECTS_PER_SECOND: '50',
  ACK_TIMEOUT_MS: '1500',
  SEND_TIMEOUT_MS: '5000',
  CONNECT_DEADLINE_MS: '10000',
  QR_WAIT_MS: '5000',
};

export async function startLab(env: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-lab-'));
  const emulator = await startEmulator({ port: 0 });
  const receiver = await startReceiver();
  const phones = createPhones(emulator.url);
  let gateway: GatewayProcess;

  const start = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    gateway = await startGatewayProcess({
      dataDir,
      env: {
        ...shortWaits,
        WHATSAPP_WEB_URL: emulator.wsUrl,
        WHATSAPP_WEB_ROOT_KEY: emulator.rootKey,
        NODE_EXTRA_CA_CERTS: emulator.mediaCaPath,
        PACE_MESSAGES_PER_MINUTE: '0',
        PACE_NEW_CHATS_PER_DAY: '0',
        ...env,
        ...more,
      },
    });
  };
  const closeRest = async (): Promise<void> => {
    await receiver.close();
    await emulator.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await closeRest();
    throw error;
  });
  const api: ApiClient = (...args) => createApiClient(gateway.url, gateway.apiKey)(...args);

  const waitForState = async (instanceId: string, state: string, withinMs?: number): Promise<void> => {
    let last: unknown;
    await waitFor(
      `instance ${instanceId} to be ${state} (${JSON.stringify(last)})`,
      async () => {
        last = await expectOk(api('GET', `/v1/instances/${instanceId}`));
        return (last as { state: string }).state === state;
      },
      withinMs,
    );
  };

  return {
    dataDir,
    phonesUrl: emulator.url,
    phones,
    receiver,
    gateway: () => gateway,
    api: () => api,
    start,
    subscribe: async (options = {}) => {
      const endpoint = await expectOk(api('POST', '/v1/endpoints', { url: receiver.url, events: ['*'], ...options }));
      receiver.expectSecret(endpoint.secret);
      return endpoint;
    },
    link: async (name) => {
      const phone = await phones.add({ name });
      const { id } = await expectOk(api('POST', '/v1/instances', { name }));
      await expectOk(api('POST', `/v1/instances/${id}/connect`));
      const { qr } = await expectOk(api('GET', `/v1/instances/${id}/qr`));
      await phones.scan(phone.number, qr);
      await waitForState(id, 'connected');
      return { id, phone };
    },
    waitForState,
    send: (instanceId, to, text, more = {}) =>
      expectOk(api('POST', `/v1/instances/${instanceId}/messages`, { to, type: 'text', text, ...more })),
    waitForStatus: async (messageId, status, withinMs) => {
      await waitFor(
        `message ${messageId} to be ${status}`,
        async () => (await expectOk(api('GET', `/v1/messages/${messageId}`))).status === status,
        withinMs,
      ).catch(async (error: unknown) => {
        const { body } = await api('GET', `/v1/messages/${messageId}/timeline`);
        throw new Error(`${String(error)}; what happened to it: ${JSON.stringify(body)}`, { cause: error });
      });
    },
    close: async () => {
      await gateway.kill();
      const events = runSql(dataDir, 'select * from events');
      await closeRest();
      requireFit(asEvents(events));
      if (receiver.misfits.length > 0) throw new Error(receiver.misfits.join('\n'));
    },
  };
}

/** The gateway wrote them, and the statement names no column. */
function asEvents(rows: unknown[]): Parameters<typeof requireFit>[0] {
  return rows as Parameters<typeof requireFit>[0];
}
