import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BareClient, endAllClients, trustRoot, waitFor } from './bare-client.ts';
import { type Control, createControl, linkClient, type Phone } from './control.ts';

/** Measures the emulator from outside: one JSON line for each figure, with the processor time that the emulator took. */

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10' },
    messages: { type: 'string', default: '200' },
    contacts: { type: 'string', default: '300' },
    'data-dir': { type: 'string' },
    prof: { type: 'boolean', default: false },
  },
});
const clientCount = Number(values.clients);
const messageCount = Number(values.messages);
const WAIT_MS = 300_000;
const LINKED_AT_ONCE = 8;

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const folder = values['data-dir'] === undefined ? [] : ['--data-dir', values['data-dir']];
const flags = values.prof ? ['--cpu-prof', '--cpu-prof-dir=/tmp/emulator-prof'] : [];
const child = spawn(process.execPath, [...flags, main, '--json', '--port', '0', ...folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
const ready = JSON.parse(line) as { url: string; ws_url: string; root_key: string };
trustRoot(ready.root_key);
const control = createControl(ready.url);

type Stats = { shown: number; cpu_ms: number; rss_bytes: number; clients_online: number; undelivered: number };
const readStats = (on: Control): Promise<Stats> => on.call<Stats>('GET', '/control/stats');

const measure = async (name: string, count: number, work: () => Promise<void>): Promise<void> => {
  const before = await readStats(control);
  const own = process.cpuUsage();
  const start = performance.now();
  await work();
  const tookMs = performance.now() - start;
  const after = await readStats(control);
  const ownAfter = process.cpuUsage(own);
  const emulatorMs = after.cpu_ms - before.cpu_ms;
  const figures = {
    measure: name,
    count,
    per_second: Math.round((count / tookMs) * 1000),
    emulator_cpu_share: Number((emulatorMs / tookMs).toFixed(3)),
    emulator_cpu_ms_each: Number((emulatorMs / count).toFixed(3)),
    clients_cpu_share: Number(((ownAfter.user + ownAfter.system) / 1000 / tookMs).toFixed(3)),
    emulator_rss_mb: Math.round(after.rss_bytes / 1e6),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
};

type Pair = { client: BareClient; own: Phone; contact: Phone };
const pairs: Pair[] = [];

const linkOne = async (): Promise<void> => {
  const own = await control.call<Phone>('POST', '/control/phones', { auto_delivered: false });
  const contact = await control.call<Phone>('POST', '/control/phones', {});
  pairs.push({ client: await linkClient(control, ready.ws_url, own.number), own, contact });
};

const inPortions = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: LINKED_AT_ONCE }, lane));
};

const sendAll = async (perClient: number): Promise<void> => {
  const before = (await readStats(control)).shown;
  await Promise.all(
    pairs.map(async ({ client, contact }) => {
      for (let n = 1; n <= perClient; n += 1)
        await client.socket.sendMessage(`${contact.lid}@lid`, { text: `out ${n}` });
    }),
  );
  const goal = before + perClient * pairs.length;
  await waitFor('all to be shown', async () => (await readStats(control)).shown >= goal, WAIT_MS, 50);
};

const receiveAll = async (perClient: number): Promise<void> => {
  const goals = pairs.map(({ client }) => client.messages.length + perClient);
  await Promise.all(
    pairs.map(({ own, contact }) =>
      control.call('POST', `/control/phones/${contact.number}/messages`, {
        to: own.number,
        text: 'in {n}',
        count: perClient,
      }),
    ),
  );
  const all = (): boolean => pairs.every(({ client }, index) => client.messages.length >= (goals[index] ?? 0));
  await waitFor('all to be received', all, WAIT_MS);
  await waitFor('all to be acknowledged', async () => (await readStats(control)).undelivered === 0, WAIT_MS, 50);
};

const meetNewContacts = async (perClient: number): Promise<void> => {
  const before = (await readStats(control)).shown;
  await Promise.all(
    pairs.map(async ({ client }, index) => {
      for (const contact of strangers.slice(index * perClient, (index + 1) * perClient)) {
        await client.socket.sendMessage(`${contact.number}@s.whatsapp.net`, { text: 'nice to meet you' });
      }
    }),
  );
  const goal = before + perClient * pairs.length;
  await waitFor('all to be shown', async () => (await readStats(control)).shown >= goal, WAIT_MS, 50);
};

await measure('link and log in', clientCount, () => inPortions(clientCount, linkOne));
const contactsEach = Math.max(1, Math.round(Number(values.contacts) / clientCount));
const strangers: Phone[] = [];
await measure('add phones', contactsEach * clientCount, () =>
  inPortions(contactsEach * clientCount, async () => {
    strangers.push(await control.call<Phone>('POST', '/control/phones', {}));
  }),
);
await measure('first contacts out', strangers.length, () => meetNewContacts(contactsEach));
await measure('first message in', pairs.length, () => receiveAll(1));
await sendAll(1);
await measure('messages out', messageCount * pairs.length, () => sendAll(messageCount));
await measure('messages in', messageCount * pairs.length, () => receiveAll(messageCount));
endAllClients();
child.kill('SIGTERM');
await once(child, 'exit');
process.exit(0);
