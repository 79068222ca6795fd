import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askCall } from '../../src/domain/instances/index.ts';
import { isId } from '../../src/lib/index.ts';
import type { RequestKind, RequestOutcome } from '../../src/network/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instance = '';
let other = '';
let chat = '';
let asked: { kind: RequestKind; input: unknown }[] = [];
let outcome: RequestOutcome<RequestKind> = { kind: 'done', answer: undefined };

const send = async (to: string, text: string, from = instance) =>
  (await door.ask('POST', `/v1/instances/${from}/messages`, { key, body: { to, type: 'text', text } })).json;

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  instance = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
  other = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Other' } })).json.id;
  if (!isId('ins', instance)) throw new Error('no instance');
  door.bus.serve(askCall(instance), async (input) => {
    asked.push(input as (typeof asked)[number]);
    return outcome;
  });
  chat = (await send('+49 170 1234567', 'first')).chat_id;
});
afterAll(() => door.close());
beforeEach(() => {
  asked = [];
  outcome = { kind: 'done', answer: undefined };
});

const path = (rest = '') => `/v1/instances/${instance}/chats/${chat}${rest}`;
const change = (body: object) => door.ask('PATCH', path(), { key, body });
const person = { kind: 'person', contact: { phone: '491701234567' } };

test('a chat shows the person and what was said last, and the busiest come first', async () => {
  const second = (await send('+49 170 7654321', 'a'.repeat(300))).chat_id;
  const list = await door.ask('GET', `/v1/instances/${instance}/chats`, { key });
  expect(list.json.data.map(({ id }: { id: string }) => id)).toEqual([second, chat]);
  expect(list.json.data[0].last_message).toMatchObject({ direction: 'out', type: 'text', text: 'a'.repeat(200) });
  expect(list.json.data[1]).toMatchObject({
    type: 'person',
    contact: { phone_number: '491701234567' },
    archived: false,
    pinned: false,
    unread_count: 0,
    last_message: { text: 'first' },
  });
  await send('+49 170 1234567', 'again');
  const page = await door.ask('GET', `/v1/instances/${instance}/chats?limit=1`, { key });
  expect(page.json.data[0]).toMatchObject({ id: chat, last_message: { text: 'again' } });
  const next = await door.ask('GET', `/v1/instances/${instance}/chats?limit=1&cursor=${page.json.next_cursor}`, {
    key,
  });
  expect(next.json).toMatchObject({ data: [{ id: second }], next_cursor: null });
});

test('each change is asked of WhatsApp, shown, told and audited', async () => {
  const changed = await change({ archived: true, pinned: true, marked_unread: true, ephemeral_seconds: 86_400 });
  expect(changed.json).toMatchObject({ archived: true, pinned: true, marked_unread: true, ephemeral_seconds: 86_400 });
  expect(asked).toEqual([
    { kind: 'change_chats', input: { chat: person, change: { what: 'archive', on: true } } },
    { kind: 'change_chats', input: { chat: person, change: { what: 'pin', on: true } } },
    { kind: 'change_chats', input: { chat: person, change: { what: 'read', on: false } } },
    { kind: 'set_chat_timer', input: { chat: person, seconds: 86_400 } },
  ]);
  const muted = await change({ muted_until: '2030-01-01T00:00:00Z' });
  expect(muted.json.muted_until).toBe('2030-01-01T00:00:00.000Z');
  const told = await door.ask('GET', '/v1/events?limit=100', { key });
  const types = told.json.data.map(({ event }: { event: string }) => event);
  expect(types.filter((type: string) => type.startsWith('chat.'))).toEqual([
    'chat.archived',
    'chat.pinned',
    'chat.updated',
    'chat.updated',
    'chat.muted',
  ]);
  const audit = await door.ask('GET', '/v1/audit-events', { key });
  expect(audit.json.data[0]).toMatchObject({ action: 'chat.changed', target: chat, detail: { what: 'mute' } });
});

test('the list is narrowed by type, archive and mark', async () => {
  await change({ archived: true, marked_unread: true });
  const ids = async (query: string) =>
    (await door.ask('GET', `/v1/instances/${instance}/chats?${query}`, { key })).json.data.map(
      ({ id }: { id: string }) => id,
    );
  expect(await ids('archived=true')).toEqual([chat]);
  expect(await ids('unread=true')).toEqual([chat]);
  expect(await ids('archived=false')).not.toContain(chat);
  expect(await ids('unread=false')).not.toContain(chat);
  expect(await ids('type=group')).toEqual([]);
});

test('what is so already is asked again, and is no news', async () => {
  await change({ pinned: true });
  const count = async () => (await door.countRows()).events;
  const before = await count();
  expect((await change({ pinned: true })).status).toBe(200);
  expect(await count()).toBe(before);
});

test('a mark of unread goes away by reading, though nothing is unread', async () => {
  expect((await door.ask('POST', path('/unread'), { key })).json.marked_unread).toBe(true);
  asked = [];
  expect((await door.ask('POST', path('/read'), { key })).json.marked_unread).toBe(false);
  expect(asked).toMatchObject([{ kind: 'change_chats', input: { change: { what: 'read', on: true } } }]);
  asked = [];
  expect((await door.ask('POST', path('/read'), { key })).status).toBe(200);
  expect(asked).toEqual([]);
});

test('a chat that WhatsApp does not change stays as it was', async () => {
  outcome = { kind: 'refused', code: 'conflict', detail: 'no keys' };
  await door.ask('PATCH', path(), { key, body: { archived: false } });
  outcome = { kind: 'unanswered', reason: 'late' };
  const before = await door.countRows();
  const late = await change({ pinned: false });
  expect([late.status, late.json.error.code]).toEqual([504, 'whatsapp_timeout']);
  expect(await door.countRows()).toEqual(before);
  expect((await door.ask('GET', path(), { key })).json).toMatchObject({ archived: true, pinned: true });
});

test('a chat of another instance, of another customer, or none at all is not found', async () => {
  const theirs = (await send('+49 170 1234567', 'hi', other)).chat_id;
  const stranger = await door.addParty('Stranger');
  const before = await door.countRows();
  for (const [who, where] of [
    [key, theirs],
    [key, 'cht_nonsense'],
    [key, instance],
  ]) {
    const answer = await door.ask('GET', `/v1/instances/${instance}/chats/${where}`, { key: who });
    expect([answer.status, answer.json.error.code]).toEqual([404, 'chat_not_found']);
    const changed = await door.ask('DELETE', `/v1/instances/${instance}/chats/${where}`, { key: who });
    expect(changed.status).toBe(404);
  }
  expect((await door.ask('GET', path(), { key: stranger.key })).json.error.code).toBe('instance_not_found');
  expect(await door.countRows()).toEqual(before);
  expect(asked).toEqual([]);
});

test.each([
  [{}, '(all of it)'],
  [{ ephemeral_seconds: 60 }, 'ephemeral_seconds'],
  [{ muted_until: 'tomorrow' }, 'muted_until'],
  [{ archived: 'yes' }, 'archived'],
])('a change that makes no sense is refused before anybody is asked: %j', async (body, field) => {
  const answer = await change(body);
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  expect(answer.json.error.details.fields[0].field).toBe(field);
  expect(asked).toEqual([]);
});

test('a deleted chat leaves the list, keeps its messages, and comes back with the next one', async () => {
  expect((await door.ask('DELETE', path(), { key })).status).toBe(204);
  const ids = async () =>
    (await door.ask('GET', `/v1/instances/${instance}/chats`, { key })).json.data.map(({ id }: { id: string }) => id);
  expect(await ids()).not.toContain(chat);
  const messages = await door.ask('GET', `/v1/instances/${instance}/messages?chat_id=${chat}`, { key });
  expect(messages.json.data).toHaveLength(2);
  await send('+49 170 1234567', 'back');
  expect(await ids()).toContain(chat);
});
