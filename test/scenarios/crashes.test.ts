import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { pauseLanes, runSql, stopWrites } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };
let ana: Phone;

beforeEach(async () => {
  lab = await startLab();
  await lab.subscribe();
  shop = await lab.link('Shop');
  ana = await lab.phones.add({ name: 'Ana' });
});

afterEach(() => lab.close());

const shownToAna = async () =>
  (await lab.phones.shown(ana.number, shop.phone.number))
    .filter(({ direction }) => direction === 'in')
    .map(({ text }) => text);

const recordedTexts = async (): Promise<string[]> => {
  const { body } = await lab.api()('GET', `/v1/instances/${shop.id}/messages?direction=in&limit=100`);
  return body.data.map((message: { text: string }) => message.text);
};

async function restart(): Promise<void> {
  await lab.gateway().kill();
  await lab.start();
  await lab.waitForState(shop.id, 'connected');
}

/** Well past every wait of the test set-up: time for what must not happen to happen. */
const longAfter = () => pause(2500);

test('killed before the accept transaction commits: no 202, and the same request again makes one message', async () => {
  const goOn = stopWrites(lab.dataDir);
  const body = { to: ana.number, type: 'text', text: 'once' };
  const path = `/v1/instances/${shop.id}/messages`;
  const key = { 'idempotency-key': 'order-1' };
  const answer = lab
    .api()('POST', path, body, key)
    .then(
      ({ status }) => status,
      () => 'no answer',
    );
  await pause(300);
  await lab.gateway().kill();
  goOn();
  expect(await answer).toBe('no answer');
  await lab.start();
  expect(runSql(lab.dataDir, 'select id from messages')).toEqual([]);

  const first = await lab.api()('POST', path, body, key);
  const second = await lab.api()('POST', path, body, key);
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.body.id).toBe(first.body.id);
  await lab.waitForStatus(first.body.id, 'delivered');
  await longAfter();
  expect(await shownToAna()).toEqual(['once']);
});

test('killed after the commit and before the socket write: the message is sent after the restart', async () => {
  const goOn = pauseLanes(lab.dataDir, 'send');
  const held = await lab.send(shop.id, ana.number, 'kept');
  expect(held).toMatchObject({ held: true });
  await lab.gateway().kill();
  goOn();
  await lab.start();
  await lab.waitForStatus(held.id, 'delivered');
  expect(await shownToAna()).toEqual(['kept']);
});

test('killed after the socket write and before the ack is recorded: sent again under its id, shown once', async () => {
  await lab.phones.addFault({ kind: 'withhold_ack', number: shop.phone.number });
  const { id } = await lab.send(shop.id, ana.number, 'exactly once');
  await waitFor('Ana to see it', async () => (await shownToAna()).length === 1);
  await lab.gateway().kill();
  await lab.phones.clearFaults();
  await lab.start();
  await lab.waitForStatus(id, 'delivered');
  await longAfter();

  expect(await shownToAna()).toEqual(['exactly once']);
  const counters = await lab.phones.counters(ana.number);
  expect(counters).toMatchObject({ shown: 1, undecryptable: 0 });
});

test('killed after the journal commits and before the receive loop ran: it goes on where it stopped', async () => {
  const goOn = pauseLanes(lab.dataDir, 'receive');
  await lab.phones.send(ana.number, { to: shop.phone.number, text: 'journaled' });
  await waitFor(
    'the journal to have it',
    () =>
      runSql(lab.dataDir, `select id from inbound where kind = 'message' and complete = 1 and recorded_at is null`)
        .length > 0,
  );
  expect(await recordedTexts()).toEqual([]);
  await lab.gateway().kill();
  goOn();
  await lab.start();
  await waitFor('the event', () => lab.receiver.events('message.received').length === 1);
  expect(await recordedTexts()).toEqual(['journaled']);
});

test('killed before the journal commits: WhatsApp was told nothing, delivers again, and it is read', async () => {
  const journal = () => runSql(lab.dataDir, `select id from inbound where kind = 'message' order by id`);
  const goOn = stopWrites(lab.dataDir);
  const before = journal();
  await lab.phones.send(ana.number, { to: shop.phone.number, text: 'not lost' });
  await pause(500);
  await lab.gateway().kill();
  goOn();
  expect(journal()).toEqual(before);
  await lab.start();
  await waitFor('the event', () => lab.receiver.events('message.received').length === 1);
  await longAfter();
  expect(await recordedTexts()).toEqual(['not lost']);
  expect(lab.receiver.events('message.undecryptable')).toEqual([]);
});

test('killed during a webhook post: posted again under the same event id', async () => {
  lab.receiver.answer('hang');
  await lab.phones.send(ana.number, { to: shop.phone.number, text: 'ring twice' });
  const isIt = (one: { type: string }) => one.type === 'message.received';
  await waitFor('the first post', () => lab.receiver.received.some(isIt));
  await lab.gateway().kill();
  lab.receiver.answer(204);
  await lab.start();
  await waitFor('the second post', () => lab.receiver.received.filter(isIt).length >= 2);
  await longAfter();
  const ids = new Set(lab.receiver.received.filter(isIt).map(({ eventId }) => eventId));
  expect(ids.size).toBe(1);
  expect(lab.receiver.forged).toEqual([]);
});

test('after each of many kills under load, every message is shown and recorded once, in order', async () => {
  const sent: string[] = [];
  const written: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (let index = 0; index < 10; index += 1) {
      const text = `out ${round}-${index}`;
      await lab.send(shop.id, ana.number, text);
      sent.push(text);
      const inbound = `in ${round}-${index}`;
      await lab.phones.send(ana.number, { to: shop.phone.number, text: inbound });
      written.push(inbound);
    }
    await pause(round * 40);
    await restart();
  }
  await waitFor('all to be shown', async () => (await shownToAna()).length >= sent.length, 30_000);
  await waitFor('all to be recorded', async () => (await recordedTexts()).length >= written.length, 30_000);
  await longAfter();
  expect(await shownToAna()).toEqual(sent);
  expect((await recordedTexts()).reverse()).toEqual(written);
}, 60_000);
