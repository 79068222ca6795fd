import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askCall } from '../../src/domain/instances/index.ts';
import { isId } from '../../src/lib/index.ts';
import type { RequestKind } from '../../src/network/index.ts';
import { addGroup } from '../support/group-info.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instance = '';
let other = '';
let ada = '';
let ben = '';
let asked: { kind: RequestKind; input: unknown }[] = [];

const profile = { about: 'Hi', aboutSetAtMs: 1_000, pictureUrl: 'https://pps.example/a.jpg', business: null };

const meet = async (to: string, from: string): Promise<string> => {
  const body = { to, type: 'text', text: 'hello' };
  return (await door.ask('POST', `/v1/instances/${from}/messages`, { key, body })).json.contact.id;
};

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  instance = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
  other = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Other' } })).json.id;
  if (!isId('ins', instance)) throw new Error('no instance');
  door.bus.serve(askCall(instance), async (input) => {
    const one = input as (typeof asked)[number];
    asked.push(one);
    if (one.kind === 'read_profile') return { kind: 'done', answer: profile };
    if (one.kind === 'list_blocked') return { kind: 'done', answer: { contacts: [{ phone: '491701111111' }] } };
    if (one.kind === 'read_privacy') return { kind: 'done', answer: { lastSeen: 'all', online: null } };
    return { kind: 'done', answer: undefined };
  });
  ada = await meet('+49 170 1111111', instance);
  ben = await meet('+49 170 2222222', other);
  const id = ada;
  if (!isId('con', id)) throw new Error('no contact');
  await door.db.tx((tx) => tx.updateTable('contacts').set({ name: 'Ada_1' }).where('id', '=', id).execute());
});
afterAll(() => door.close());
beforeEach(() => {
  asked = [];
});

const ids = async (query: string, who = key) =>
  (await door.ask('GET', `/v1/contacts${query}`, { key: who })).json.data.map(({ id }: { id: string }) => id);

test('contacts are listed newest first and found by a name or a number', async () => {
  expect(await ids('')).toEqual([ben, ada]);
  expect(await ids('?search=aDA')).toEqual([ada]);
  expect(await ids(`?search=${encodeURIComponent('+49 170 22')}`)).toEqual([ben]);
  expect(await ids('?search=_')).toEqual([ada]);
  expect(await ids(`?search=${encodeURIComponent('%')}`)).toEqual([]);
  const page = await door.ask('GET', '/v1/contacts?limit=1', { key });
  expect(await ids(`?limit=1&cursor=${page.json.next_cursor}`)).toEqual([ada]);
});

test('a bound key sees whom its instance has a chat with, and asks about nobody else', async () => {
  const made = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'narrow', instance_id: instance } });
  const bound = made.json.secret;
  expect(await ids('', bound)).toEqual([ada]);
  expect((await door.ask('GET', `/v1/contacts/${ada}`, { key: bound })).status).toBe(200);
  expect((await door.ask('GET', `/v1/contacts/${ben}`, { key: bound })).json.error.code).toBe('contact_not_found');
  const path = `/v1/instances/${instance}/blocked/${ben}`;
  expect((await door.ask('PUT', path, { key: bound })).json.error.code).toBe('contact_not_found');
  expect(asked).toEqual([]);
});

test('a bound key writes to and names those only with whom its instance has a chat or a group', async () => {
  const made = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'narrow', instance_id: instance } });
  const members = [{ person: { phone: '491703333333' }, role: 'member' }] as const;
  const group = await door.db.tx((tx) => addGroup(tx, instance, { members }));
  const member = door.db.read.selectFrom('group_members').select('contact_id').where('chat_id', '=', group);
  const { contact_id: cem } = await member.executeTakeFirstOrThrow();
  const send = (to: string, more: object = {}) => {
    const body = { to, type: 'text', text: 'hello', ...more };
    return door.ask('POST', `/v1/instances/${instance}/messages`, { key: made.json.secret, body });
  };
  const before = await door.countRows();
  expect((await send(ben)).json.error.code).toBe('recipient_invalid');
  expect((await send(group, { mentions: [ben] })).json.error.code).toBe('contact_not_found');
  expect((await send('stories', { audience: [ben] })).json.error.code).toBe('contact_not_found');
  expect(await door.countRows()).toEqual(before);
  expect((await send(ada)).status).toBe(202);
  expect((await send(group, { mentions: [ada, cem] })).json.mentions).toHaveLength(2);
});

test('a profile is asked for by everything that is known of the person', async () => {
  const { json } = await door.ask('GET', `/v1/instances/${instance}/contacts/${ada}/profile`, { key });
  expect(json).toEqual({
    about: 'Hi',
    about_set_at: '1970-01-01T00:00:01.000Z',
    picture_url: 'https://pps.example/a.jpg',
    business: null,
  });
  expect(asked).toEqual([{ kind: 'read_profile', input: { contact: { phone: '491701111111' } } }]);
});

test('blocking is asked of WhatsApp and audited; who is blocked is told as contacts', async () => {
  expect((await door.ask('PUT', `/v1/instances/${instance}/blocked/${ada}`, { key })).status).toBe(204);
  expect((await door.ask('DELETE', `/v1/instances/${instance}/blocked/${ada}`, { key })).status).toBe(204);
  expect(asked.map(({ input }) => input)).toEqual([
    { contact: { phone: '491701111111' }, blocked: true },
    { contact: { phone: '491701111111' }, blocked: false },
  ]);
  const audit = await door.ask('GET', '/v1/audit-events?limit=2', { key });
  expect(audit.json.data.map(({ action }: { action: string }) => action)).toEqual([
    'contact.unblocked',
    'contact.blocked',
  ]);
  const blocked = await door.ask('GET', `/v1/instances/${instance}/blocked`, { key });
  expect(blocked.json.data).toMatchObject([{ id: ada, phone_number: '491701111111' }]);
});

test('the own profile is changed field by field', async () => {
  const path = `/v1/instances/${instance}/profile`;
  expect((await door.ask('PATCH', path, { key, body: { name: ' Bakery ' } })).status).toBe(204);
  expect((await door.ask('GET', path, { key })).json).toMatchObject({ name: 'Bakery', about: 'Hi' });
  expect((await door.ask('PUT', `${path}/picture`, { key, body: { jpeg: '/9j/4AAQ' } })).status).toBe(204);
  expect((await door.ask('DELETE', `${path}/picture`, { key })).status).toBe(204);
  const privacy = { read_receipts: 'none', new_chats_timer_seconds: 86_400 };
  expect((await door.ask('PATCH', `${path}/privacy`, { key, body: privacy })).status).toBe(204);
  expect((await door.ask('GET', `${path}/privacy`, { key })).json).toMatchObject({ last_seen: 'all', online: null });
  expect(asked.map(({ kind, input }) => [kind, input])).toEqual([
    ['set_profile', { name: 'Bakery' }],
    ['read_profile', { contact: {} }],
    ['set_profile_picture', { jpeg: '/9j/4AAQ' }],
    ['set_profile_picture', { jpeg: null }],
    ['set_privacy', { readReceipts: 'none', newChatsTimer: 86_400 }],
    ['read_privacy', {}],
  ]);
});

test.each([
  ['PATCH', '', {}],
  ['PATCH', '', { name: '  ' }],
  ['PATCH', '', { about: 'a'.repeat(140) }],
  ['PUT', '/picture', { jpeg: 'iVBORw0KGgo=' }],
  ['PUT', '/picture', { jpeg: 'not base64' }],
  ['PATCH', '/privacy', {}],
  ['PATCH', '/privacy', { last_seen: 'friends' }],
])('what makes no sense is refused before anybody is asked: %s %s %j', async (method, rest, body) => {
  const answer = await door.ask(method, `/v1/instances/${instance}/profile${rest}`, { key, body });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
});
