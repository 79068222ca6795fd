import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../src/db/index.ts';
import { recordEvent } from '../../src/domain/events/index.ts';
import { type Id, newId } from '../../src/lib/index.ts';
import { type ListenedStream, listen } from '../support/event-stream.ts';
import { waitFor } from '../support/wait.ts';
import { type FrontDoor, openFrontDoor, type Party } from './harness.ts';

type NewEvent = Parameters<typeof recordEvent>[1];

let door: FrontDoor;
let party: Party;
const streams: ListenedStream[] = [];

beforeAll(async () => {
  door = await openFrontDoor({ env: { EVENT_STREAM_HEARTBEAT_MS: '400', EVENT_STREAMS_PER_CUSTOMER_MAX: '3' } });
});
afterAll(() => door.close());
beforeEach(async () => {
  party = await door.addParty('Listener');
});
afterEach(async () => {
  for (const stream of streams.splice(0)) await stream.close();
});

async function open(query = '', headers: Record<string, string> = {}, key = party.key): Promise<ListenedStream> {
  const stream = await listen(`${door.address}/v1/events${query}`, key, headers);
  streams.push(stream);
  return stream;
}

/** An event that fits the table, so that the door closes without complaint. */
const record = (more: Partial<NewEvent> = {}, db: Db = door.db) =>
  db.tx((tx) => recordEvent(tx, { customerId: party.customerId, ...testEvent(), ...more }));

const testEvent = () =>
  ({ type: 'endpoint.test', data: { endpoint_id: newId('end', 1), text: 'This is a test.' } }) as const;

const idsOf = (stream: ListenedStream) => stream.events.map(({ id }) => id);

const seen = (stream: ListenedStream, count: number) =>
  waitFor(`${count} events, of which ${stream.events.length} came`, () => stream.events.length >= count);

test('a stream begins now and shows each event once, in order, with the body that webhooks carry', async () => {
  await record();
  const stream = await open();
  expect(stream.status).toBe(200);
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  expect(stream.headers.get('cache-control')).toContain('no-transform');
  expect(stream.headers.get('x-accel-buffering')).toBe('no');
  const recorded = [];
  for (let n = 0; n < 40; n += 1) recorded.push((await record()).id);
  await seen(stream, 40);
  await pause(300);
  expect(idsOf(stream)).toEqual(recorded);
  expect(stream.retryMs()).toBe(2_000);
  const [first] = stream.events;
  const pulled = await door.ask('GET', `/v1/events/${first?.id}`, { key: party.key });
  expect(first?.event).toBe('endpoint.test');
  expect(JSON.parse(first?.data ?? '')).toEqual(pulled.json);
});

test('a stream goes on exactly behind the last event that a client names, by header or by query', async () => {
  const recorded = [];
  for (let n = 0; n < 60; n += 1) recorded.push((await record()).id);
  const place = recorded[19] ?? '';
  const byHeader = await open('', { 'last-event-id': place });
  const byQuery = await open(`?last_event_id=${place}`);
  const both = await open(`?last_event_id=${recorded[0]}`, { 'last-event-id': place });
  recorded.push((await record()).id);
  for (const stream of [byHeader, byQuery, both]) {
    await seen(stream, 41);
    expect(idsOf(stream)).toEqual(recorded.slice(20));
  }
});

test('a client that comes again from wherever it was cut off sees everything once', async () => {
  const recorded: string[] = [];
  const got: string[] = [];
  let lastEventId: string = (await record()).id;
  const writing = (async () => {
    for (let n = 0; n < 300; n += 1) {
      recorded.push((await record()).id);
      if (n % 10 === 0) await pause(3);
    }
  })();
  await waitFor('everything', async () => {
    const stream = await listen(`${door.address}/v1/events`, party.key, { 'last-event-id': lastEventId });
    await pause(20);
    await stream.close();
    got.push(...idsOf(stream));
    lastEventId = stream.lastEventId();
    return recorded.length === 300 && got.length >= 300;
  });
  await writing;
  expect(got).toEqual(recorded);
});

test('a client that is cut off before it saw anything goes on where it came in', async () => {
  const before = (await record()).id;
  const stream = await open();
  await waitFor('the place', () => stream.lastEventId() === before);
  await stream.close();
  const meanwhile = (await record()).id;
  const again = await open('', { 'last-event-id': stream.lastEventId() });
  await seen(again, 1);
  expect(idsOf(again)).toEqual([meanwhile]);
});

test('a place that is none, or another customer’s, is refused with a reason', async () => {
  const stranger = await door.addParty('Stranger');
  const { id } = await door.db.tx((tx) => recordEvent(tx, { customerId: stranger.customerId, ...testEvent() }));
  for (const [query, headers, status, code] of [
    ['', { 'last-event-id': newId('evt', 5) }, 404, 'last_event_unknown'],
    ['', { 'last-event-id': id }, 404, 'last_event_unknown'],
    [`?last_event_id=${id}`, {}, 404, 'last_event_unknown'],
    ['', { 'last-event-id': '17' }, 422, 'invalid_request'],
    ['?last_event_id=17', {}, 422, 'invalid_request'],
    ['?event=message.eaten', {}, 422, 'event_unknown'],
    ['?event=', {}, 422, 'event_unknown'],
    ['?chat_type_filter=cats', {}, 422, 'invalid_request'],
    ['?chat_id=17', {}, 422, 'invalid_request'],
  ] as const) {
    const stream = await open(query, headers);
    expect([query, stream.status, JSON.parse(stream.text).error.code]).toEqual([query, status, code]);
  }
});

test('whoever pulls can begin behind an event, too', async () => {
  const [first, second, third] = [await record(), await record(), await record()];
  const pull = async (query: string) => (await door.ask('GET', `/v1/events?${query}`, { key: party.key })).json;
  const page = await pull(`last_event_id=${first.id}&limit=1`);
  expect(page.data.map((event: { event_id: string }) => event.event_id)).toEqual([second.id]);
  const next = await pull(`last_event_id=${first.id}&cursor=${page.next_cursor}`);
  expect(next.data.map((event: { event_id: string }) => event.event_id)).toEqual([third.id]);
  expect((await pull(`last_event_id=${newId('evt', 5)}`)).error.code).toBe('last_event_unknown');
});

test('streams and pulls are filtered by event, instance, chat and type of chat', async () => {
  const [shop, other] = [newId('ins', 1), newId('ins', 1)];
  const [ana, team] = [newId('cht', 1), newId('cht', 1)];
  const all = [
    await record({ instanceId: shop, chat: { id: ana, type: 'person' } }),
    await record({ instanceId: shop, chat: { id: team, type: 'group' } }),
    await record({ instanceId: other }),
    await record({ type: 'instance.deleted', data: { name: 'Shop', phone_number: null }, instanceId: shop }),
  ].map(({ id }) => id);
  const start = (await door.ask('GET', '/v1/events?limit=1', { key: party.key })).json.data[0].event_id;
  expect(start).toBe(all[0]);
  const zero = await door.db.read
    .selectFrom('events')
    .select('id')
    .where('id', '<', start as Id<'evt'>)
    .execute();
  expect(zero.length).toBeGreaterThan(0);
  for (const [query, wanted] of [
    ['?event=instance.*', [3]],
    ['?event=endpoint.test,%20instance.*', [0, 1, 2, 3]],
    [`?instance_id=${shop}`, [0, 1, 3]],
    [`?chat_id=${team}`, [1]],
    ['?chat_type_filter=direct_only', [0]],
    ['?chat_type_filter=groups_only&event=endpoint.*', [1]],
    ['?chat_type_filter=all', [0, 1, 2, 3]],
  ] as const) {
    const expected = wanted.map((index) => all[index]);
    const pulled = await door.ask('GET', `/v1/events${query}`, { key: party.key });
    expect([query, pulled.json.data.map((event: { event_id: string }) => event.event_id)]).toEqual([query, expected]);
    expect(pulled.json.has_more).toBe(false);
    const stream = await open(query, { 'last-event-id': start });
    const behind = expected.filter((id) => id !== start);
    await seen(stream, behind.length);
    await pause(50);
    expect([query, idsOf(stream)]).toEqual([query, behind]);
    await stream.close();
  }
});

test('a bound key hears of its own instance alone, and of nobody else’s customer', async () => {
  const { key } = party;
  const own = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Own' } })).json.id;
  const bound = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'shop', instance_id: own } });
  const stream = await open('', {}, bound.json.secret);
  const elsewhere = await open(`?instance_id=${newId('ins', 1)}`, {}, bound.json.secret);
  await record();
  await record({ instanceId: newId('ins', 1) });
  const stranger = await door.addParty('Stranger');
  await record({ customerId: stranger.customerId, instanceId: own });
  const mine = await record({ instanceId: own });
  await seen(stream, 1);
  await pause(100);
  expect(idsOf(stream)).toEqual([mine.id]);
  expect(elsewhere.events).toEqual([]);
});

test('silence is broken by comments, which carry the place of a reader of rare events', async () => {
  const stream = await open('?event=qr.updated');
  const { id } = await record();
  await waitFor('heartbeats', () => stream.comments.length >= 2);
  expect(stream.events).toEqual([]);
  expect(stream.lastEventId()).toBe(id);
});

test('a bell that is lost delays an event by a sweep and no more', async () => {
  const stream = await open();
  await pause(100);
  // Beside the gateway's own way of writing, nobody rings.
  const row = { ...(await record()), id: newId('evt', Date.now() + 5) };
  await seen(stream, 1);
  await door.db.txVolatile((tx) =>
    tx
      .insertInto('events')
      .values(row)
      .execute()
      .then(() => {}),
  );
  await seen(stream, 2);
  expect(stream.events[1]?.id).toBe(row.id);
});

test('what a power cut could still undo is not shown', async () => {
  let isStuck = false;
  let goOn = (): void => {};
  const slow = await openFrontDoor({
    sync: async () => {
      if (isStuck) await new Promise<void>((resolve) => (goOn = resolve));
    },
  });
  const { customerId, key } = await slow.addParty('Careful');
  const stream = await listen(`${slow.address}/v1/events`, key);
  isStuck = true;
  const recording = slow.db.tx((tx) => recordEvent(tx, { customerId, ...testEvent() }));
  await waitFor('the commit', async () => (await slow.db.read.selectFrom('events').select('id').execute()).length > 0);
  slow.bus.ring(`events/${customerId}`);
  const pulling = slow.ask('GET', '/v1/events', { key });
  await pause(300);
  expect(stream.events).toEqual([]);
  isStuck = false;
  goOn();
  const { id } = await recording;
  await seen(stream, 1);
  expect((await pulling).json.data.map((event: { event_id: string }) => event.event_id)).toEqual([id]);
  await stream.close();
  await slow.close();
});

test('a customer has no more streams than it may, others are not held up, and one that ends makes room', async () => {
  const [first] = [await open(), await open(), await open()];
  const fourth = await open();
  expect([fourth.status, JSON.parse(fourth.text).error]).toMatchObject([
    429,
    { code: 'stream_limit', details: { of: 'customer', limit: 3 } },
  ]);
  expect(fourth.headers.get('retry-after')).toBe('10');
  const stranger = await door.addParty('Stranger');
  expect((await open('', {}, stranger.key)).status).toBe(200);
  await first?.close();
  await waitFor('room', async () => {
    const again = await open();
    return again.status === 200;
  });
});

test('a server has no more streams than it may', async () => {
  const small = await openFrontDoor({ env: { EVENT_STREAMS_MAX: '1' } });
  const [one, two] = [await small.addParty('One'), await small.addParty('Two')];
  const stream = await listen(`${small.address}/v1/events`, one.key);
  const refused = await listen(`${small.address}/v1/events`, two.key);
  expect([refused.status, JSON.parse(refused.text).error.details]).toEqual([429, { of: 'server', limit: 1 }]);
  await stream.close();
  await small.close();
});

test('a stream ends with its key, at once when it is revoked, and when it expires', async () => {
  // Silence is so long here that nothing but the bell can end a stream within this test.
  const quiet = await openFrontDoor();
  const { key } = await quiet.addParty('Owner');
  const soon = new Date(Date.now() + 4_000).toISOString();
  const short = await quiet.ask('POST', '/v1/api-keys', { key, body: { name: 'short', expires_at: soon } });
  const other = await quiet.ask('POST', '/v1/api-keys', { key, body: { name: 'other' } });
  const start = (secret: string) => listen(`${quiet.address}/v1/events`, secret);
  const [expiring, revoked, kept] = [await start(short.json.secret), await start(other.json.secret), await start(key)];
  expect([expiring.status, revoked.status, kept.status]).toEqual([200, 200, 200]);
  await quiet.ask('DELETE', `/v1/api-keys/${other.json.id}`, { key });
  await waitFor('the end of the revoked', () => revoked.isOver());
  await waitFor('the end of the expired', () => expiring.isOver());
  expect(kept.isOver()).toBe(false);
  await kept.close();
  await quiet.close();
});

test('a key that was revoked where no bell was heard gets nothing more', async () => {
  const other = await door.ask('POST', '/v1/api-keys', { key: party.key, body: { name: 'other' } });
  const stream = await open('', {}, other.json.secret);
  await door.db.tx((tx) => tx.updateTable('api_keys').set({ revoked_at: 1 }).where('id', '=', other.json.id).execute());
  await record();
  await waitFor('the end', () => stream.isOver());
  expect(stream.events).toEqual([]);
});

/** A client that asks for a stream and reads nothing of it. */
async function openDeaf(address: string, key: string, place: string) {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => {});
  socket.write(
    `GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nLast-Event-ID: ${place}\r\nAuthorization: Bearer ${key}\r\n\r\n`,
  );
  return socket;
}

/** More than the buffers of sockets hold. */
async function recordMuch(customerId: Id<'cus'>, db: Db): Promise<string> {
  const text = 'x'.repeat(20_000);
  const { id } = await record({ customerId }, db);
  for (let n = 0; n < 20; n += 1) {
    await db.tx(async (tx) => {
      const { data } = testEvent();
      for (let m = 0; m < 50; m += 1) {
        await recordEvent(tx, { customerId, type: 'endpoint.test', data: { ...data, text } });
      }
    });
  }
  return id;
}

test('what a reader does not take is not read from the database, and a reader that takes nothing is cut off', async () => {
  const slow = await openFrontDoor({ env: { EVENT_STREAM_HEARTBEAT_MS: '200' } });
  const { customerId, key } = await slow.addParty('Deaf');
  const place = await recordMuch(customerId, slow.db);
  const memoryBefore = process.memoryUsage().rss;
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openDeaf(slow.address, key, place)));
  const gauge = async () => (await slow.ask('GET', '/metrics', { key: slow.admin })).text;
  await waitFor('the streams', async () => /event_streams 10\b/.test(await gauge()));
  await pause(200);
  // Ten readers of 20 MB each.
  expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(120e6);
  await waitFor('all to be cut off', async () => /event_streams 0\b/.test(await gauge()));
  for (const socket of sockets) socket.destroy();
  await slow.close();
});

test('a stop ends the streams and waits for none, not even for one that nobody reads', async () => {
  const stopping = await openFrontDoor();
  const { customerId, key } = await stopping.addParty('Left');
  const place = await recordMuch(customerId, stopping.db);
  const stream = await listen(`${stopping.address}/v1/events`, key);
  const deaf = await openDeaf(stopping.address, key, place);
  await pause(300);
  await stopping.close();
  await waitFor('the end', () => stream.isOver());
  deaf.destroy();
});

test('without the wish for a stream the answer is JSON', async () => {
  for (const accept of ['*/*', 'application/json', 'text/html, */*;q=0.1']) {
    const answer = await door.ask('GET', '/v1/events', { key: party.key, headers: { accept } });
    expect([accept, answer.status, answer.json.data]).toEqual([accept, 200, []]);
  }
});
