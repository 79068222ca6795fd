import { afterAll, beforeAll, expect, test } from 'vitest';
import { addChangesRoutes } from '../src/control/changes-routes.ts';
import { createControlServer } from '../src/control/server.ts';
import { createChanges } from '../src/world/changes.ts';
import { connect, waitFor } from './bare-client.ts';
import { type Desk, startDesk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

/** Listens to what changes, from the moment at which this resolves. */
const listen = async (url = desk.emulator.url) => {
  const stopped = new AbortController();
  const response = await fetch(`${url}/control/changes`, { signal: stopped.signal });
  const heard: string[] = [];
  const events: string[][] = [];
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      for (const [, data = ''] of decoder.decode(chunk).matchAll(/^data: (.*)$/gm)) {
        const { changed } = JSON.parse(data) as { changed: string[] };
        events.push(changed);
        heard.push(...changed);
      }
    }
  };
  const ended = response.ok ? read().catch(() => undefined) : Promise.resolve();
  return {
    status: response.status,
    heard,
    events,
    stop: async () => {
      stopped.abort();
      await ended;
    },
  };
};

const room = async () => {
  const stream = await listen();
  return stream.status === 200 && stream;
};

const hears = (heard: readonly string[], subject: string) =>
  waitFor(`a change of ${subject}`, () => heard.includes(subject));

test('whoever listens hears where something has changed', async () => {
  const stream = await listen();
  const { phone, client } = await desk.addLinked();
  await hears(stream.heard, phone.number);
  expect(stream.heard).toContain('waiting');
  const other = await desk.addPhone();
  stream.heard.length = 0;
  await desk.send(other, phone, { text: 'Hello' });
  await hears(stream.heard, phone.number);
  await hears(stream.heard, other.number);
  await desk.fault({ kind: 'latency', ms: 0 });
  await hears(stream.heard, 'faults');
  await desk.control.call('POST', '/control/groups', { by: other.number, subject: 'Friends' });
  await hears(stream.heard, 'groups');
  await desk.settled(phone);
  stream.heard.length = 0;
  await desk.control.call('PUT', `/control/phones/${other.number}/typing`, { with: phone.number, state: 'composing' });
  await hears(stream.heard, other.number);
  stream.heard.length = 0;
  client.end();
  await hears(stream.heard, phone.number);
  await stream.stop();
});

test('many changes at once are told together', async () => {
  const stream = await listen();
  const [ada, ben] = [await desk.addPhone(), await desk.addPhone()];
  await desk.control.call('POST', `/control/phones/${ada.number}/messages`, {
    to: ben.number,
    text: '{n}',
    count: 500,
  });
  await hears(stream.heard, ben.number);
  const told = stream.heard.filter((subject) => subject === ben.number).length;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(50);
  await stream.stop();
});

test.each([
  [200, 200],
  [201, 1],
])('of %i subjects that change at once an event names %i', async (count, named) => {
  const changes = createChanges();
  const server = await createControlServer('1', '127.0.0.1');
  addChangesRoutes(server, { changes });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const stream = await listen(url);
  for (let n = 1; n <= count; n += 1) for (let time = 0; time < 3; time += 1) changes.note(String(n));
  const [event] = await waitFor('an event', () => stream.events.length > 0 && stream.events);
  expect(event).toHaveLength(named);
  if (named === 1) expect(event).toEqual(['all']);
  await stream.stop();
  await server.close();
});

test('so many listen and no more, and one who goes makes room', async () => {
  const streams = [await waitFor('room', room)];
  while (streams.length < 32) streams.push(await waitFor('room', room));
  expect((await listen()).status).toBe(503);
  await streams[0]?.stop();
  streams.push(await waitFor('room again', room));
  for (const stream of streams) await stream.stop();
});

test('who waits to be linked is known, and for which number a code is shown', async () => {
  const phone = await desk.addPhone();
  const waiting = () =>
    desk.control.call<{ data: { platform: string; code_for: string | null }[] }>('GET', '/control/waiting');
  const client = connect(desk.emulator.wsUrl);
  await waitFor('a QR code', () => client.qrs[0]);
  expect(await waiting()).toEqual({ data: [{ platform: expect.stringContaining('CHROME'), code_for: null }] });
  await client.socket.requestPairingCode(phone.number);
  expect((await waiting()).data[0]?.code_for).toBe(phone.number);
  client.end();
  await waitFor('it to go', async () => (await waiting()).data.length === 0);
});

test('every kind of fault is described with its fields', async () => {
  type Kinds = { data: { kind: string; what: string; fields: string[] }[]; schemas: Record<string, unknown> };
  const { data, schemas } = await desk.control.call<Kinds>('GET', '/control/fault-kinds');
  expect(data.find(({ kind }) => kind === 'drop_socket')?.fields).toEqual(['when']);
  expect(data.find(({ kind }) => kind === 'media_failure')?.fields).toEqual(['code', 'direction']);
  expect(data.flatMap(({ fields }) => fields).filter((field) => !(field in schemas))).toEqual([]);
  expect(schemas.when).toMatchObject({ enum: ['before', 'after'] });
});

test('a chat has its last message, and as many of the newest messages as one asks for', async () => {
  const [ada, ben] = [await desk.addPhone(), await desk.addPhone()];
  for (const text of ['one', 'two', 'three']) await desk.send(ada, ben, { text });
  const { data } = await desk.control.call<{ data: { last_message: unknown }[] }>(
    'GET',
    `/control/phones/${ben.number}/chats`,
  );
  expect(data).toMatchObject([{ chat: ada.number, unread: 3, last_message: { text: 'three' } }]);
  const newest = await desk.control.call<{ data: unknown[] }>('GET', `/control/phones/${ben.number}/messages?limit=2`);
  expect(newest.data).toMatchObject([{ text: 'two' }, { text: 'three' }]);
});
