import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/index.ts';
import { type BareClient, type ConnectOptions, endAllClients, trustRoot, waitFor } from './bare-client.ts';
import { type Control, type Counters, createControl, linkClient, type Phone, type Seen } from './control.ts';

/** An emulator in this process with what tests do all the time. */
export type Desk = {
  emulator: Emulator;
  control: Control;
  addPhone: (input?: Record<string, unknown>) => Promise<Phone>;
  /** A phone with a client linked to it and logged in. */
  addLinked: (
    input?: Record<string, unknown>,
    options?: ConnectOptions,
  ) => Promise<{ phone: Phone; client: BareClient }>;
  seen: (phone: Phone, other?: Phone) => Promise<Seen[]>;
  counters: (phone: Phone) => Promise<Counters>;
  send: (from: Phone, to: Phone, input: Record<string, unknown>) => Promise<string>;
  fault: (input: Record<string, unknown>) => Promise<string>;
  clientOf: (phone: Phone) => Promise<{ device: number; online: boolean; undelivered: number; prekeys_left: number }>;
  /** Until nothing waits for any client of the phone any more. */
  settled: (phone: Phone) => Promise<unknown>;
  stop: () => Promise<void>;
};

export const startDesk = async (options: EmulatorOptions = {}): Promise<Desk> => {
  const emulator = await startEmulator(options);
  trustRoot(emulator.rootKey);
  const control = createControl(emulator.url);
  const { call } = control;
  const clients = (phone: Phone) =>
    call<Awaited<ReturnType<Desk['clientOf']>>[]>('GET', `/control/phones/${phone.number}/clients`);
  const addPhone: Desk['addPhone'] = (input = {}) => call<Phone>('POST', '/control/phones', input);
  return {
    emulator,
    control,
    addPhone,
    addLinked: async (input, connectOptions) => {
      const phone = await addPhone(input);
      return { phone, client: await linkClient(control, emulator.wsUrl, phone.number, connectOptions) };
    },
    seen: async (phone, other) => {
      const query = other ? `?with=${other.number}` : '';
      return (await call<{ data: Seen[] }>('GET', `/control/phones/${phone.number}/messages${query}`)).data;
    },
    counters: (phone) => call<Counters>('GET', `/control/phones/${phone.number}/counters`),
    send: async (from, to, input) =>
      (await call<{ id: string }>('POST', `/control/phones/${from.number}/messages`, { to: to.number, ...input })).id,
    fault: async (input) => (await call<{ id: string }>('POST', '/control/faults', input)).id,
    clientOf: async (phone) => {
      const [first] = await clients(phone);
      if (!first) throw new Error('no client is linked to this phone');
      return first;
    },
    settled: (phone) =>
      waitFor('all stanzas to be answered', async () =>
        (await clients(phone)).every(({ undelivered }) => undelivered === 0),
      ),
    stop: async () => {
      endAllClients();
      await emulator.stop();
    },
  };
};

export type MediaInfo = { media_url: string; media_ca_path: string };

/** What NODE_EXTRA_CA_CERTS does for a program when it starts, for one that runs already. */
export const trustMedia = async (on: Desk): Promise<MediaInfo> => {
  const info = await on.control.call<MediaInfo>('GET', '/control/info');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(info.media_ca_path, 'utf8')]);
  return info;
};

export const pnOf = (phone: Phone): string => `${phone.number}@s.whatsapp.net`;
export const lidOf = (phone: Phone): string => `${phone.lid}@lid`;

/** Messages that a client got from others, or sent from another device, as text. */
export const textsOf = (client: BareClient): string[] =>
  client.messages.flatMap(({ message }) => message?.extendedTextMessage?.text ?? message?.conversation ?? []);

export const textOfId = (client: BareClient, id: string): string | undefined =>
  client.messages.find(({ key, message }) => key.id === id && message)?.message?.extendedTextMessage?.text ?? undefined;

/** Long enough for anything that was on its way to have arrived. */
export const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));
