import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { runSql } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let ana: Phone;

beforeAll(async () => {
  lab = await startLab({ KEEPALIVE_MS: '300', MAX_SESSIONS_PER_WORKER: '20' });
  await lab.subscribe();
  ana = await lab.phones.add({ name: 'Ana' });
});
afterAll(() => lab.close());

let shop: { id: string; phone: Phone };
beforeEach(async () => {
  await lab.phones.clearFaults();
  shop = await lab.link('Shop');
});

const readInstance = () => expectOk(lab.api()('GET', `/v1/instances/${shop.id}`));

async function deviceOf(number: string): Promise<number> {
  const [client] = await lab.phones.clients(number);
  if (!client) throw new Error('no client is linked');
  return client.device;
}

const disconnect = async (kind: string) =>
  lab.phones.disconnect(shop.phone.number, await deviceOf(shop.phone.number), kind);

const eventsOf = (type: string) => lab.receiver.events(type).filter(({ instanceId }) => instanceId === shop.id);

async function expectWorks(): Promise<void> {
  const { id } = await lab.send(shop.id, ana.number, 'still here');
  await lab.waitForStatus(id, 'delivered');
}

for (const kind of ['drop', 'unavailable_503', 'restart_515', 'replaced', 'half_open']) {
  test(`after "${kind}" it is back by itself, without a QR code, and sends`, async () => {
    const before = eventsOf('instance.connected').length;
    await disconnect(kind);
    if (kind !== 'restart_515') {
      await waitFor('another connection', () => eventsOf('instance.connected').length > before, 30_000);
    }
    await lab.waitForState(shop.id, 'connected');
    await expectWorks();
    expect(eventsOf('qr.updated').length).toBeLessThanOrEqual(2);
  });
}

test('unlinked on the phone: disconnected for a human, and a new scan links it again with its messages', async () => {
  await lab.phones.unlink(shop.phone.number, await deviceOf(shop.phone.number));
  await lab.waitForState(shop.id, 'disconnected');
  expect(await readInstance()).toMatchObject({ reason: 'session_invalidated', linked: false });
  const [event] = await waitFor('the event', () => {
    const events = eventsOf('instance.disconnected');
    return events.length > 0 ? events : undefined;
  });
  expect(event?.data).toMatchObject({ reason: 'session_invalidated' });

  const waiting = await lab.send(shop.id, ana.number, 'written meanwhile');
  expect(waiting).toMatchObject({ held: true });
  await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/connect`));
  const { qr } = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/qr`));
  await lab.phones.scan(shop.phone.number, qr);
  await lab.waitForState(shop.id, 'connected');
  await lab.waitForStatus(waiting.id, 'delivered');
});

const refusals = [
  [403, 'forbidden'],
  [405, 'outdated_client'],
] as const;
for (const [code, reason] of refusals) {
  test(`a login refused with ${code} waits for a human as failed/${reason}, and keeps the link`, async () => {
    await lab.phones.addFault({ kind: 'login_failure', number: shop.phone.number, code });
    await disconnect('drop');
    await lab.waitForState(shop.id, 'failed');
    expect(await readInstance()).toMatchObject({ reason, linked: true });
    await lab.phones.clearFaults();
    await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/connect`));
    await lab.waitForState(shop.id, 'connected');
    await expectWorks();
  });
}

test('unlinked through the API: the phone no longer lists the device', async () => {
  await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/unlink`));
  await lab.waitForState(shop.id, 'disconnected');
  await waitFor('the phone to forget it', async () => (await lab.phones.clients(shop.phone.number)).length === 0);
});

test('disconnected and connected through the API: messages wait, come and go, and no code is needed', async () => {
  await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/disconnect`));
  await waitFor('the line to close', async () => !(await lab.phones.clients(shop.phone.number))[0]?.online);
  const out = await lab.send(shop.id, ana.number, 'later');
  await lab.phones.send(ana.number, { to: shop.phone.number, text: 'while you were away' });
  const refused = await lab.api()('POST', `/v1/instances/${shop.id}/messages`, {
    to: ana.number,
    type: 'text',
    text: 'now or never',
    require_connected: true,
  });
  expect([refused.status, refused.body.error.code]).toEqual([409, 'not_connected']);
  await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/connect`));
  await lab.waitForStatus(out.id, 'delivered');
  await waitFor('the message from meanwhile', () =>
    eventsOf('message.received').some(({ data }) => data.message.text === 'while you were away'),
  );
});

test('deleted: gone for its customer, unlinked on the phone, and nothing of it connects again', async () => {
  await expectOk(lab.api()('DELETE', `/v1/instances/${shop.id}`));
  const gone = await lab.api()('GET', `/v1/instances/${shop.id}`);
  expect([gone.status, gone.body.error.code]).toEqual([404, 'instance_not_found']);
  await waitFor('the event', () => eventsOf('instance.deleted').length === 1);
  await waitFor('the phone to forget it', async () => (await lab.phones.clients(shop.phone.number)).length === 0);
});

test('a number that is not on WhatsApp is refused before anything is written', async () => {
  const answer = await lab.api()('POST', `/v1/instances/${shop.id}/messages`, {
    to: '+49 151 99999999',
    type: 'text',
    text: 'nobody',
  });
  expect([answer.status, answer.body.error.code]).toEqual([422, 'recipient_not_on_whatsapp']);
  const { data } = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/messages`));
  expect(data).toEqual([]);
});

test('somebody who is known by no number can be answered by the id of the contact', async () => {
  const ben = await lab.phones.add({ name: 'Ben' });
  await lab.phones.send(ben.number, { to: shop.phone.number, text: 'who am I?' });
  const event = await waitFor('the message', () => eventsOf('message.received')[0]);
  const { contact } = event.data.message;
  runSql(lab.dataDir, `delete from contact_identities where contact_id = ? and kind = 'phone' returning 1`, contact.id);
  const { id } = await lab.send(shop.id, contact.id, 'Ben, I think');
  await lab.waitForStatus(id, 'delivered');
  const shown = await lab.phones.shown(ben.number, shop.phone.number);
  expect(shown.map(({ text }) => text)).toEqual(['who am I?', 'Ben, I think']);
});

test('every event about a message carries the correlation id of the request that it came with', async () => {
  const headers = { 'x-correlation-id': 'order-4711' };
  const body = { to: ana.number, type: 'text', text: 'correlated' };
  const { id } = await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/messages`, body, headers));
  const steps = ['message.queued', 'message.sent', 'message.delivered'];
  const find = (type: string) => eventsOf(type).find(({ data }) => data.message.id === id);
  await waitFor('the events', () => steps.every((type) => find(type)));
  expect(steps.map((type) => find(type)?.headers['x-sluice-correlation-id'])).toEqual(steps.map(() => 'order-4711'));
});

test('one contact writing to two numbers while both write to them: nothing lost, unreadable or out of order', async () => {
  const desk = await lab.link('Desk');
  const texts = (name: string) => Array.from({ length: 30 }, (_, index) => `${name} ${index}`);
  const fromAna = async (to: string, name: string) => {
    for (const text of texts(name)) await lab.phones.send(ana.number, { to, text });
  };
  const toAna = async (id: string, name: string) => {
    for (const text of texts(name)) await lab.send(id, ana.number, text);
  };
  await Promise.all([
    fromAna(shop.phone.number, 'to shop'),
    fromAna(desk.phone.number, 'to desk'),
    toAna(shop.id, 'from shop'),
    toAna(desk.id, 'from desk'),
  ]);
  const recorded = async (id: string): Promise<string[]> => {
    const { data } = await expectOk(lab.api()('GET', `/v1/instances/${id}/messages?direction=in&limit=100`));
    return data.map(({ text }: { text: string }) => text).reverse();
  };
  const shown = async (number: string) =>
    (await lab.phones.shown(ana.number, number)).filter(({ direction }) => direction === 'in').map(({ text }) => text);
  await waitFor(
    'everything to arrive',
    async () => {
      const counts = await Promise.all([
        recorded(shop.id),
        recorded(desk.id),
        shown(shop.phone.number),
        shown(desk.phone.number),
      ]);
      return counts.every(({ length }) => length >= 30);
    },
    30_000,
  );
  await pause(500);
  expect(await recorded(shop.id)).toEqual(texts('to shop'));
  expect(await recorded(desk.id)).toEqual(texts('to desk'));
  expect(await shown(shop.phone.number)).toEqual(texts('from shop'));
  expect(await shown(desk.phone.number)).toEqual(texts('from desk'));
  expect(lab.receiver.events('message.undecryptable')).toEqual([]);
});

test('no delivery of all of these was forged or unsigned', () => {
  expect(lab.receiver.received.length).toBeGreaterThan(0);
  expect(lab.receiver.forged).toEqual([]);
});
