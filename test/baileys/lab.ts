import { setTimeout as sleep } from 'node:timers/promises';
import { type Emulator, startEmulator } from '../../emulator/src/index.ts';
import { type BaileysTimings, createBaileysNetwork } from '../../src/baileys/index.ts';
import type {
  ConnectionUpdate,
  InboundRecord,
  InboundUpdate,
  Network,
  NetworkSession,
  SessionHost,
} from '../../src/network/index.ts';
import { createLog } from '../../src/platform/index.ts';
import { outbound } from '../support/outbound.ts';
import { createMemoryDisk, type MemoryDisk, type MemoryStore } from './memory-store.ts';

export type Phone = { readonly number: string; readonly lid: string };

export type Device = {
  readonly disk: MemoryDisk;
  readonly store: MemoryStore;
  readonly session: NetworkSession;
  readonly said: ConnectionUpdate[];
  readonly payloads: Map<string, Uint8Array>;
  readonly lease: { held: boolean };
  waitFor(state: ConnectionUpdate['state']): Promise<ConnectionUpdate>;
};

export type Lab = {
  readonly network: Network;
  readonly emulator: Emulator;
  get(path: string): Promise<unknown>;
  post(path: string, body?: unknown): Promise<unknown>;
  remove(path: string): Promise<unknown>;
  phone(options?: object): Promise<Phone>;
  /** A session on a disk; with a phone, linked to it and connected. */
  connect(disk?: MemoryDisk, setUp?: (store: MemoryStore) => void): Device;
  link(phone: Phone): Promise<Device>;
  /** The text of what a phone shows, in order. */
  shownTo(phone: Phone): Promise<readonly string[]>;
  stop(): Promise<void>;
};

export const timings = {
  connectTimeoutMs: 5_000,
  sendTimeoutMs: 4_000,
  ackTimeoutMs: 1_500,
  queryTimeoutMs: 4_000,
};

export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  waitMs = 8_000,
): Promise<T> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
    await sleep(10);
  }
}

export async function startLab(
  overrides: Partial<BaileysTimings> = {},
  // The root key is one for the whole process, so labs that live at the same time share an emulator.
  shared?: Emulator,
): Promise<Lab> {
  const emulator = shared ?? (await startEmulator({ port: 0 }));
  const log = createLog({ level: levelOf(process.env.LAB_LOG) });
  const network = createBaileysNetwork({
    url: emulator.wsUrl,
    rootKey: Buffer.from(emulator.rootKey, 'base64'),
    timings: { ...timings, ...overrides },
    log,
  });
  const devices = new Set<Device>();

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${emulator.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  function connect(disk = createMemoryDisk(), setUp: (store: MemoryStore) => void = () => {}): Device {
    const store = disk.open();
    setUp(store);
    const said: ConnectionUpdate[] = [];
    const payloads = new Map<string, Uint8Array>();
    const lease = { held: true };
    const host: SessionHost = {
      instanceId: `ins_${devices.size}`,
      store,
      say: (update) => said.push(update),
      readPayload: (id) => Promise.resolve(payloads.get(id)),
      openRoute: async () => undefined,
      mayWrite: () => lease.held,
    };
    const session = network.connect(host);
    const waitFor = (state: ConnectionUpdate['state']): Promise<ConnectionUpdate> =>
      until(
        `${state} is said; so far ${JSON.stringify(said.map((one) => (one.state === 'closed' ? one : one.state)))}`,
        () => said.find((one) => one.state === state),
      );
    const device = { disk, store, session, said, payloads, lease, waitFor };
    devices.add(device);
    return device;
  }

  async function link(phone: Phone): Promise<Device> {
    const pairing = connect();
    const update = await pairing.waitFor('qr');
    if (update.state !== 'qr') throw new Error('unreachable');
    await call('POST', `/control/phones/${phone.number}/scan`, { qr: update.qr });
    await pairing.waitFor('closed');
    const device = connect(pairing.disk);
    await device.waitFor('connected');
    return device;
  }

  return {
    network,
    emulator,
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    remove: (path) => call('DELETE', path),
    phone: async (options = {}) => phoneOf(await call('POST', '/control/phones', options)),
    connect,
    link,
    shownTo: async (phone) => textsOf(await call('GET', `/control/phones/${phone.number}/messages`)),
    stop: async () => {
      for (const device of devices) device.store.beforeCommit = () => {};
      await Promise.all([...devices].map((device) => Promise.race([device.session.close(), sleep(1_000)])));
      if (shared === undefined) await emulator.stop();
    },
  };
}

export function send(
  lab: Lab,
  device: Device,
  to: Phone,
  text: string,
  id = lab.network.newMessageId(),
  again = false,
) {
  const payload = device.payloads.get(id) ?? lab.network.buildPayload(outbound({ type: 'text', text }));
  device.payloads.set(id, payload);
  return device.session.send({ networkId: id, destination: `${to.number}@s.whatsapp.net`, payload, again });
}

/** What the journal means, as the receive loop would read it: complete rows, in the order in which they came. */
export function updatesOf(lab: Lab, disk: MemoryDisk, self: Phone): readonly InboundUpdate[] {
  return [...disk.journal.values()]
    .filter((row) => row.complete)
    .flatMap((row) => {
      const record: InboundRecord = {
        stanza: row.stanza,
        plaintexts: [...row.parts].sort(([one], [other]) => one - other).map(([, plaintext]) => plaintext),
        ...(row.failure === undefined ? {} : { failure: row.failure }),
        receivedAtMs: Date.now(),
        self: { phone: self.number, lid: self.lid },
      };
      return lab.network.interpret(record);
    });
}

export function textsReceived(lab: Lab, disk: MemoryDisk, self: Phone): readonly string[] {
  return updatesOf(lab, disk, self).flatMap((update) =>
    update.kind === 'message' && !update.fromMe && update.content.type === 'text' ? [update.content.text] : [],
  );
}

export function undecryptable(lab: Lab, disk: MemoryDisk, self: Phone): readonly InboundUpdate[] {
  return updatesOf(lab, disk, self).filter((update) => update.kind === 'undecryptable');
}

function levelOf(value: string | undefined): 'debug' | 'silent' {
  return value === undefined ? 'silent' : 'debug';
}

/** The emulator's own shape for a phone; the tests fail at once if it is another. */
function phoneOf(value: unknown): Phone {
  return value as Phone;
}

function textsOf(value: unknown): readonly string[] {
  const { data } = value as { data: readonly { text: string | null; direction: string }[] };
  return data.filter((message) => message.direction === 'in').map((message) => message.text ?? '');
}
