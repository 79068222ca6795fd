/**
 * `npm run demo`: the main job on this machine, without a phone. An emulator of WhatsApp, the gateway, two numbers linked
 * by QR and by code, every kind of message and file both ways, a group, a scheduled message, a proxy, a crash in the middle
 * of a hundred messages, and every event at a receiver that verifies it.
 * `-- --once` does it and ends; without it everything stays up to be tried by hand.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient, expectOk } from '../test/support/api-client.ts';
import { type EmulatorProcess, startEmulatorProcess } from '../test/support/emulator-process.ts';
import { type GatewayProcess, startGatewayProcess } from '../test/support/gateway-process.ts';
import { createPhones, type Phone, type Phones } from '../test/support/phones.ts';
import { type Receiver, startReceiver } from '../test/support/receiver.ts';
import { waitFor } from '../test/support/wait.ts';
import {
  exchangeFiles,
  goThroughProxy,
  type Linked,
  liveInGroup,
  receiveEveryKind,
  type Stage,
  sendEveryKind,
  sendLater,
} from './demo/cargo.ts';

const once = process.argv.includes('--once');
const startedAt = performance.now();
const messages = 100;

type Sent = { readonly id: string; readonly text: string };

const dataDir = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
const cleanUps: (() => Promise<unknown> | unknown)[] = [() => rmSync(dataDir, { recursive: true, force: true })];
let steps = 0;
let failed = 0;

/** One step, printed when it is over with a tick and its time. The first that fails ends the demo. */
async function step<T>(what: string, run: () => Promise<T>): Promise<T> {
  steps += 1;
  const at = performance.now();
  const took = () => `${((performance.now() - at) / 1000).toFixed(2)} s`;
  try {
    const result = await run();
    console.log(`  ✓ ${what} (${took()})`);
    return result;
  } catch (error) {
    failed += 1;
    console.log(`  ✗ ${what} (${took()})`);
    throw error;
  }
}

async function runDemo() {
  console.log('Sluice demo: no phone, no server, nothing leaves this machine.\n');
  const emulator = await step('the emulator of WhatsApp runs', () => startEmulatorProcess(join(dataDir, 'emulator')));
  cleanUps.unshift(() => emulator.stop());
  const phones = createPhones(emulator.url);
  const receiver = await step('a webhook receiver listens and will verify every signature', startReceiver);
  cleanUps.unshift(() => receiver.close());

  const crashable = await step('the gateway runs on an empty folder', () => startCrashable(emulator));
  cleanUps.unshift(() => crashable.stop());
  const { api } = crashable;
  await step('an endpoint is subscribed to all events', async () => {
    const endpoint = await expectOk(api('POST', '/v1/endpoints', { url: receiver.url, events: ['*'] }));
    receiver.expectSecret(endpoint.secret);
  });

  const shop = await step('"Shop" is linked: QR fetched, scanned by its phone, connected', () =>
    link(api, phones, 'Shop'),
  );
  const desk = await step('"Desk" is linked by a code that is typed into its phone', () =>
    linkByCode(api, phones, 'Desk'),
  );
  const ana = await phones.add({ name: 'Ana' });

  await step('a text goes out and Ana sees it', () => sendOne(api, phones, shop, ana, 'Your order is ready.'));
  await step('Ana answers, and it arrives as a signed webhook', () =>
    receiveOne(phones, receiver, ana, shop, 'Thank you!'),
  );
  await step('Ana reads, and message.read says so', async () => {
    await phones.read(ana.number, shop.phone.number);
    await waitFor('message.read', () => receiver.events('message.read').length > 0);
  });
  await step('the two numbers write to each other', async () => {
    await sendOne(api, phones, shop, desk.phone, 'Shop to Desk');
    await sendOne(api, phones, desk, shop.phone, 'Desk to Shop');
  });

  const stage = { api, gateway: crashable.gateway(), phones, phonesUrl: emulator.url, receiver, shop, ana };
  await showCargo(stage, desk);

  const batch = await step(`a hundred messages both ways, and kill -9 in the middle`, () =>
    crashInTheMiddle(crashable, phones, shop, ana),
  );
  await step('the gateway starts again and connects without a new QR code', async () => {
    await crashable.start();
    await waitConnected(api, shop.id);
    await waitConnected(api, desk.id);
  });
  const shown = await step('Ana was shown every message once, in order', () =>
    checkShown(phones, shop, ana, batch.sent),
  );
  await step('every message from Ana was recorded once', () => checkReceived(api, shop, batch.inbound));
  await step('every event reached the receiver, both signatures verified', () => checkEvents(receiver, batch));
  return { emulator, crashable, receiver, shop, ana, shown, inbound: batch.inbound.length };
}

/** All that is more than a text from one to another. */
async function showCargo(stage: Stage, desk: Linked): Promise<void> {
  await step('places, cards, polls, answers, reactions, edits, deletions and forwards go out', () =>
    sendEveryKind(stage),
  );
  await step('the same come in, and say what they change', () => receiveEveryKind(stage));
  await step('pictures, videos, sounds, documents and stickers arrive byte for byte, both ways', () =>
    exchangeFiles(stage),
  );
  await step('a group is made, written to, changed, and somebody is removed', () => liveInGroup(stage));
  await step('a scheduled message waits for its time', () => sendLater(stage));
  await step('"Desk" goes through a proxy, and not past it', () => goThroughProxy(stage, desk));
}

type Crashable = {
  readonly api: ApiClient;
  readonly gateway: () => GatewayProcess;
  start(): Promise<void>;
  stop(): Promise<unknown>;
};

async function startCrashable(emulator: EmulatorProcess): Promise<Crashable> {
  const options = {
    dataDir: join(dataDir, 'gateway'),
    env: {
      WHATSAPP_WEB_URL: emulator.wsUrl,
      WHATSAPP_WEB_ROOT_KEY: emulator.rootKey,
      NODE_EXTRA_CA_CERTS: emulator.mediaCaPath,
      EGRESS_ALLOW: '127.0.0.1',
      PACE_MESSAGES_PER_MINUTE: '0',
      SWEEP_INTERVAL_MS: '250',
      RATE_LIMIT_BURST: '1000',
      RATE_LIMIT_PER_SECOND: '100',
      WEBHOOK_RETRY_SCHEDULE: '0,1,2,5,10,30',
      LOG_LEVEL: 'warn',
    },
  };
  let gateway = await startGatewayProcess(options);
  return {
    gateway: () => gateway,
    api: (...args) => createApiClient(gateway.url, gateway.apiKey)(...args),
    start: async () => {
      gateway = await startGatewayProcess({ ...options, port: Number(new URL(gateway.url).port) });
    },
    stop: () => gateway.stop(),
  };
}

async function connectNew(api: ApiClient, phones: Phones, name: string): Promise<Linked> {
  const phone = await phones.add({ name });
  const { id } = await expectOk(api('POST', '/v1/instances', { name }));
  await expectOk(api('POST', `/v1/instances/${id}/connect`));
  return { id, phone };
}

async function link(api: ApiClient, phones: Phones, name: string): Promise<Linked> {
  const linked = await connectNew(api, phones, name);
  const { qr } = await expectOk(api('GET', `/v1/instances/${linked.id}/qr`));
  await phones.scan(linked.phone.number, qr);
  await waitConnected(api, linked.id);
  return linked;
}

async function linkByCode(api: ApiClient, phones: Phones, name: string): Promise<Linked> {
  const linked = await connectNew(api, phones, name);
  const body = { phone_number: `+${linked.phone.number}` };
  const { code } = await expectOk(api('POST', `/v1/instances/${linked.id}/link-code`, body));
  await phones.enterCode(linked.phone.number, code);
  await waitConnected(api, linked.id);
  return linked;
}

async function waitConnected(api: ApiClient, id: string): Promise<void> {
  await waitFor(
    'the connection',
    async () => (await expectOk(api('GET', `/v1/instances/${id}`))).state === 'connected',
    30_000,
  );
}

async function sendText(api: ApiClient, from: Linked, to: string, text: string, key?: string): Promise<Sent> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const { id } = await expectOk(
    api('POST', `/v1/instances/${from.id}/messages`, { to: `+${to}`, type: 'text', text }, headers),
  );
  return { id, text };
}

async function sendOne(api: ApiClient, phones: Phones, from: Linked, to: Phone, text: string): Promise<void> {
  await sendText(api, from, to.number, text);
  await waitFor('the phone to show it', async () => {
    const shown = await phones.shown(to.number, from.phone.number);
    return shown.some((message) => message.text === text);
  });
}

async function receiveOne(phones: Phones, receiver: Receiver, from: Phone, to: Linked, text: string): Promise<void> {
  await phones.send(from.number, { to: to.phone.number, text });
  await waitFor('message.received', () =>
    receiver.events('message.received').some((event) => event.data.message.text === text),
  );
}

/** Half go out, half come in; the gateway dies when some have left and others have not. */
async function crashInTheMiddle(crashable: Crashable, phones: Phones, shop: Linked, ana: Phone) {
  const half = messages / 2;
  const sent: Sent[] = [];
  for (let index = 1; index <= half; index += 1) {
    sent.push(await sendText(crashable.api, shop, ana.number, `out ${index}`, `demo-${index}`));
  }
  const inbound = await phones.sendMany(ana.number, { to: shop.phone.number, text: 'in {n}', count: half });
  await waitFor('some of them to have left', async () => {
    const shown = await phones.shown(ana.number, shop.phone.number);
    return shown.filter((message) => message.text?.startsWith('out ')).length >= 5;
  });
  await crashable.gateway().kill();
  return { sent, inbound };
}

async function checkShown(phones: Phones, shop: Linked, ana: Phone, sent: readonly Sent[]): Promise<number> {
  const wanted = sent.map(({ text }) => text);
  const readShown = async () => {
    const shown = await phones.shown(ana.number, shop.phone.number);
    return shown.map(({ text }) => text).filter((text) => text?.startsWith('out '));
  };
  await waitFor('all to be shown', async () => (await readShown()).length >= wanted.length, 30_000);
  const shown = await readShown();
  if (JSON.stringify(shown) !== JSON.stringify(wanted)) throw new Error(`shown: ${shown.join(', ')}`);
  return shown.length;
}

async function checkReceived(api: ApiClient, shop: Linked, inbound: readonly string[]): Promise<void> {
  const readRecorded = async (): Promise<string[]> => {
    const path = `/v1/instances/${shop.id}/messages?direction=in&limit=100`;
    const { data } = await expectOk(api('GET', path));
    return data.map((message: { network_message_id: string }) => message.network_message_id);
  };
  await waitFor('all to be recorded', async () => {
    const recorded = await readRecorded();
    return inbound.every((id) => recorded.includes(id));
  });
  const recorded = await readRecorded();
  if (new Set(recorded).size !== recorded.length) throw new Error('a message was recorded twice');
}

async function checkEvents(
  receiver: Receiver,
  batch: { sent: readonly Sent[]; inbound: readonly string[] },
): Promise<void> {
  const idsOf = (type: string, field: string) =>
    new Set(receiver.events(type).map((event) => event.data.message[field]));
  await waitFor(
    'all events',
    () =>
      ['message.queued', 'message.sent', 'message.delivered'].every((type) => {
        const ids = idsOf(type, 'id');
        return batch.sent.every(({ id }) => ids.has(id));
      }) && batch.inbound.every((id) => idsOf('message.received', 'network_message_id').has(id)),
    30_000,
  );
  if (receiver.forged.length > 0) throw new Error(`signatures: ${receiver.forged.join(', ')}`);
}

async function cleanUp(): Promise<void> {
  for (const one of cleanUps.splice(0)) await Promise.resolve(one()).catch((error: unknown) => console.error(error));
}

function explain(
  gateway: GatewayProcess,
  emulator: EmulatorProcess,
  receiver: Receiver,
  shop: Linked,
  ana: Phone,
): string {
  const headers = `-H "Authorization: Bearer $(node -p "require('${dataDir}/gateway/first-keys.json').api_key")"`;
  return [
    '',
    'Everything stays up; Ctrl-C ends it and removes its files. Try:',
    '',
    `  API key    ${dataDir}/gateway/first-keys.json`,
    `  gateway    ${gateway.url}   docs: ${gateway.url}/docs`,
    `  emulator   ${emulator.url}/control/phones`,
    `  receiver   ${receiver.url} (each event is printed below)`,
    '',
    `  curl -s ${headers} ${gateway.url}/v1/instances`,
    `  curl -s ${headers} -H 'Content-Type: application/json' -d '{"to":"+${ana.number}","type":"text","text":"Hello"}' ${gateway.url}/v1/instances/${shop.id}/messages`,
    `  curl -s -H 'Content-Type: application/json' -d '{"to":"${shop.phone.number}","text":"Hi there"}' ${emulator.url}/control/phones/${ana.number}/messages`,
    '',
  ].join('\n');
}

process.once('SIGINT', () => void cleanUp().then(() => process.exit(0)));
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(0)));

try {
  const { emulator, crashable, receiver, shop, ana, shown, inbound } = await runDemo();
  const events = receiver.events().length;
  if (once) {
    await cleanUp();
  } else {
    console.log(explain(crashable.gateway(), emulator, receiver, shop, ana));
    receiver.onReceived((event) => console.log(`  ${event.type} ${event.eventId}`));
  }
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
  if (once) console.log(JSON.stringify({ ok: true, steps, failed, shown, received: inbound, events, seconds }));
} catch (error) {
  console.error(error);
  await cleanUp();
  console.log(JSON.stringify({ ok: false, steps, failed }));
  process.exitCode = 1;
}
