import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BareClient, connect, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, lidOf, startDesk, textOfId } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({}, { defaultQueryTimeoutMs: 400 }));
  friend = await desk.addPhone();
  await client.socket.sendMessage(lidOf(friend), { text: 'warm up' });
});
afterEach(() => desk.control.call('DELETE', '/control/faults'));
afterAll(() => desk.stop());

const send = async (text: string, id?: string): Promise<string> =>
  client.socket.relayMessage(lidOf(friend), { extendedTextMessage: { text } }, id ? { messageId: id } : {});
const acksFor = (id: string) => client.acks.filter(({ attrs }) => attrs.id === id);
const receiptsFor = (id: string) => client.receipts.filter(({ attrs }) => attrs.id === id);
const shownTimes = async (id: string) => (await desk.seen(friend)).filter((message) => message.id === id).length;

const comeBack = async (): Promise<void> => {
  client = connect(desk.emulator.wsUrl, client.credentials, { defaultQueryTimeoutMs: 400 });
  await client.waitOffline();
};

test('latency delays what a client sends and what it gets, in order', async () => {
  await desk.fault({ kind: 'latency', number: phone.number, ms: 80 });
  const started = performance.now();
  const ids = await Promise.all([send('one'), send('two'), send('three')]);
  await waitFor('all acks', () => ids.every((id) => acksFor(id).length === 1));
  expect(performance.now() - started).toBeGreaterThan(150);
  const acked = client.acks.flatMap(({ attrs }) => (ids.includes(attrs.id ?? '') ? [attrs.id] : []));
  const seen = (await desk.seen(friend)).flatMap(({ id }) => (ids.includes(id) ? [id] : []));
  expect(acked).toEqual(seen);
});

test('latency in one direction only is only felt there', async () => {
  await desk.fault({ kind: 'latency', number: phone.number, ms: 150, direction: 'out' });
  const id = await send('quick in');
  await waitFor('the phone to show it', async () => (await shownTimes(id)) === 1);
  expect(acksFor(id)).toEqual([]);
  await waitFor('the ack', () => acksFor(id).length === 1);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a socket dropped %s a message was taken: shown %i times, never acked', async (when, times) => {
  await desk.fault({ kind: 'drop_socket', number: phone.number, when, count: 1 });
  const id = await send(`dropped ${when}`);
  expect((await client.closed).statusCode).toBe(428);
  expect(await shownTimes(id)).toBe(times);
  expect(acksFor(id)).toEqual([]);
  await comeBack();
  await send(`dropped ${when}`, id);
  await waitFor('the ack', () => acksFor(id).length === 1);
  expect(await shownTimes(id)).toBe(1);
});

test('a connection can be dropped as soon as it is there, for everyone or for one number', async () => {
  await desk.fault({ kind: 'drop_on_connect', count: 1 });
  expect((await connect(desk.emulator.wsUrl).closed).statusCode).toBe(428);
  await desk.fault({ kind: 'drop_on_connect', number: phone.number, count: 1 });
  client.end();
  expect((await connect(desk.emulator.wsUrl, client.credentials).closed).statusCode).toBe(428);
  await comeBack();
});

test('a withheld server ack never comes, though the message arrives', async () => {
  await desk.fault({ kind: 'withhold_ack', number: phone.number, count: 1 });
  const id = await send('no ack');
  await waitFor('the receipt', () => receiptsFor(id).length === 1);
  expect(acksFor(id)).toEqual([]);
  const next = await send('acked again');
  await waitFor('the next ack', () => acksFor(next).length === 1);
});

test('withheld receipts never come, though the message is shown', async () => {
  await desk.fault({ kind: 'withhold_receipts', number: friend.number });
  const id = await send('no receipt');
  await waitFor('the ack', () => acksFor(id).length === 1);
  await aWhile();
  expect(await shownTimes(id)).toBe(1);
  expect(receiptsFor(id)).toEqual([]);
});

test('a stanza delivered twice reaches the client twice and is one message', async () => {
  await desk.settled(phone);
  // For as long as it lasts, so that nothing else that is on its way to the client can use it up.
  await desk.fault({ kind: 'duplicate', number: phone.number });
  const stanzas: string[] = [];
  client.socket.ws.on('CB:message', ({ attrs }) => stanzas.push(attrs.id));
  const id = await desk.send(friend, phone, { text: 'twice' });
  await waitFor('both', () => stanzas.filter((other) => other === id).length === 2);
  await waitFor('the text', () => textOfId(client, id) === 'twice');
  await desk.settled(phone);
});

test('a stanza delivered twice to a phone is shown once and counted as the server’s doing', async () => {
  const before = await desk.counters(friend);
  await desk.fault({ kind: 'duplicate', number: friend.number, to: 'phone', count: 1 });
  const id = await send('twice to the phone');
  await waitFor('the ack', () => acksFor(id).length === 1);
  expect(await desk.counters(friend)).toEqual({
    ...before,
    raw: before.raw + 2,
    shown: before.shown + 1,
    server_duplicates: before.server_duplicates + 1,
  });
});

test.each([463, 475, 479])('a nack with %i reaches the client, and the message nobody', async (code) => {
  await desk.fault({ kind: 'nack', number: phone.number, code, count: 1 });
  const id = await send('refused');
  await waitFor('the nack', () => acksFor(id)[0]?.attrs.error === code.toString());
  client.socket.ev.flush();
  await waitFor('the status', () => client.updates.some(({ key, update }) => key.id === id && update.status === 0));
  expect(await shownTimes(id)).toBe(0);
});

test('a query can hang, or be refused for its rate, by namespace', async () => {
  await desk.fault({ kind: 'hang_iq', number: phone.number, xmlns: 'usync', count: 1 });
  // Baileys gives up after the wait that we set, and answers with nothing.
  expect(await client.socket.onWhatsApp(friend.number)).toBeUndefined();
  await desk.fault({ kind: 'rate_overlimit', number: phone.number, xmlns: 'usync', count: 1 });
  await expect(client.socket.onWhatsApp(friend.number)).rejects.toMatchObject({ message: 'rate-overlimit', data: 429 });
  expect(await client.socket.onWhatsApp(friend.number)).toHaveLength(1);
});

test('a fault strikes as often as it says, where it says, and ends when told', async () => {
  const id = await desk.fault({ kind: 'nack', number: '4915100000099', code: 463 });
  const untouched = await send('somebody else’s fault');
  await waitFor(
    'a good ack',
    () => acksFor(untouched)[0]?.attrs.error === undefined && acksFor(untouched).length === 1,
  );
  const faults = () => desk.control.call<{ data: unknown[] }>('GET', '/control/faults');
  expect((await faults()).data).toMatchObject([{ id, kind: 'nack', struck: 0 }]);
  await desk.control.call('DELETE', `/control/faults/${id}`);
  expect((await faults()).data).toEqual([]);
  expect(await desk.control.ask('DELETE', `/control/faults/${id}`)).toMatchObject({ status: 404 });
  await desk.fault({ kind: 'nack', number: phone.number, probability: 0 });
  const lucky = await send('never');
  await waitFor('a good ack', () => acksFor(lucky).length === 1);
  expect(acksFor(lucky)[0]?.attrs.error).toBeUndefined();
});
