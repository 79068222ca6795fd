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
const done = { kind: 'done', answer: undefined } as const;
let outcome: RequestOutcome<RequestKind> = done;

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
});
afterAll(() => door.close());

beforeEach(async () => {
  asked = [];
  outcome = done;
  const make = async (name: string) => (await door.ask('POST', '/v1/instances', { key, body: { name } })).json.id;
  instance = await make('Shop');
  other = await make('Other');
  if (!isId('ins', instance)) throw new Error('no instance');
  door.bus.serve(askCall(instance), async (input) => {
    asked.push(input as (typeof asked)[number]);
    return outcome;
  });
  chat = await beginChat(instance);
});

const beginChat = async (at: string): Promise<string> => {
  const body = { to: '+49 170 1234567', type: 'text', text: 'hi' };
  return (await door.ask('POST', `/v1/instances/${at}/messages`, { key, body })).json.chat_id;
};
const path = (rest = '') => `/v1/instances/${instance}/labels${rest}`;
const create = (body: object = { name: 'New order', color: 4 }) => door.ask('POST', path(), { key, body });
const list = async () => (await door.ask('GET', path(), { key })).json.data;
const told = async () => {
  const { data } = (await door.ask('GET', `/v1/events?instance_id=${instance}&event=label.*`, { key })).json;
  return data.map(({ event }: { event: string }) => event);
};

test('a label is made, changed and deleted, each by WhatsApp first, and shown, told and audited', async () => {
  const made = await create();
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ instance_id: instance, name: 'New order', color: 4 });
  expect(await list()).toEqual([made.json]);
  const one = path(`/${made.json.id}`);
  const changed = await door.ask('PATCH', one, { key, body: { color: 0 } });
  expect(changed.json).toMatchObject({ id: made.json.id, name: 'New order', color: 0 });
  expect((await door.ask('DELETE', one, { key })).status).toBe(204);
  expect(await list()).toEqual([]);
  const fields = { networkId: '1', name: 'New order' };
  expect(asked).toEqual([
    { kind: 'change_labels', input: { label: { ...fields, color: 4, deleted: false } } },
    { kind: 'change_labels', input: { label: { ...fields, color: 0, deleted: false } } },
    { kind: 'change_labels', input: { label: { ...fields, color: 0, deleted: true } } },
  ]);
  expect(await told()).toEqual(['label.created', 'label.updated', 'label.deleted']);
  const audit = (await door.ask('GET', '/v1/audit-events', { key })).json.data;
  expect(audit.slice(0, 3).map(({ action }: { action: string }) => action)).toEqual([
    'label.deleted',
    'label.updated',
    'label.created',
  ]);
  expect((await door.ask('PATCH', one, { key, body: { color: 1 } })).json.error.code).toBe('label_not_found');
});

test('a chat that is labelled says so and is found by it, and what is so already is told once', async () => {
  const { id } = (await create()).json;
  const there = path(`/${id}/chats/${chat}`);
  const shown = async () => (await door.ask('GET', `/v1/instances/${instance}/chats/${chat}`, { key })).json.label_ids;
  const found = async () =>
    (await door.ask('GET', `/v1/instances/${instance}/chats?label_id=${id}`, { key })).json.data.length;
  expect(await found()).toBe(0);
  for (const _twice of [1, 2]) expect((await door.ask('PUT', there, { key })).status).toBe(204);
  expect([await shown(), await found()]).toEqual([[id], 1]);
  for (const _twice of [1, 2]) expect((await door.ask('DELETE', there, { key })).status).toBe(204);
  expect([await shown(), await found()]).toEqual([[], 0]);
  expect(await told()).toEqual(['label.created', 'label.attached', 'label.detached']);
  const input = { networkId: '1', chat: { kind: 'person', contact: { phone: '491701234567' } } };
  expect(asked[1]).toEqual({ kind: 'attach_labels', input: { ...input, on: true } });
  expect(asked.at(-1)).toEqual({ kind: 'attach_labels', input: { ...input, on: false } });
});

test('a label that is deleted is on no chat any more, and nobody is told of each', async () => {
  const { id } = (await create()).json;
  await door.ask('PUT', path(`/${id}/chats/${chat}`), { key });
  await door.ask('DELETE', path(`/${id}`), { key });
  expect((await door.ask('GET', `/v1/instances/${instance}/chats/${chat}`, { key })).json.label_ids).toEqual([]);
  expect(await told()).toEqual(['label.created', 'label.attached', 'label.deleted']);
});

test('a label that WhatsApp refuses leaves nothing; one that it says nothing of keeps its id to itself', async () => {
  const before = await door.countRows();
  outcome = { kind: 'refused', code: 'conflict', detail: 'no keys' };
  expect((await create()).json.error.code).toBe('refused_by_whatsapp');
  expect(await door.countRows()).toEqual(before);
  outcome = { kind: 'unanswered', reason: 'late' };
  expect((await create()).json.error.code).toBe('whatsapp_timeout');
  expect(await list()).toEqual([]);
  outcome = done;
  await create();
  expect(asked.map(({ input }) => input)).toMatchObject([
    { label: { networkId: '1' } },
    { label: { networkId: '1' } },
    { label: { networkId: '2' } },
  ]);
});

test('labels that are made at the same time get ids of their own', async () => {
  await Promise.all(['a', 'b', 'c'].map((name) => create({ name, color: 1 })));
  const ids = asked.map(({ input }) => (input as { label: { networkId: string } }).label.networkId);
  expect(ids.toSorted()).toEqual(['1', '2', '3']);
  expect(await list()).toHaveLength(3);
});

test('a business has room for twenty', async () => {
  for (let count = 0; count < 20; count += 1) expect((await create({ name: `${count}`, color: 0 })).status).toBe(201);
  asked = [];
  const answer = await create();
  expect([answer.status, answer.json.error.code, answer.json.error.details.limit]).toEqual([422, 'limit_reached', 20]);
  expect(asked).toEqual([]);
});

test.each([
  ['POST', '', { name: 'x' }, 'color'],
  ['POST', '', { name: '', color: 1 }, 'name'],
  ['POST', '', { name: 'a'.repeat(101), color: 1 }, 'name'],
  ['POST', '', { name: 'x', color: 20 }, 'color'],
  ['POST', '', { name: 'x', color: -1 }, 'color'],
  ['POST', '', { name: 'x', color: 1.5 }, 'color'],
  ['POST', '', { name: 'x', color: 1, network_id: '7' }, 'network_id'],
  ['PATCH', '/lbl_1', {}, '(all of it)'],
  ['PATCH', '/lbl_1', { color: 'red' }, 'color'],
])('what makes no sense is refused before anybody is asked: %s%s %j', async (method, rest, body, field) => {
  const answer = await door.ask(method, path(rest), { key, body });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  expect(answer.json.error.details.fields[0].field).toBe(field);
  expect(asked).toEqual([]);
});

test('a label or a chat of another instance, of another customer, or none at all is not found', async () => {
  const { id } = (await create()).json;
  const elsewhere = await beginChat(other);
  const stranger = await door.addParty('Stranger');
  asked = [];
  const before = await door.countRows();
  for (const [who, where, code] of [
    [key, `/v1/instances/${other}/labels/${id}/chats/${elsewhere}`, 'label_not_found'],
    [key, path(`/${chat}/chats/${chat}`), 'label_not_found'],
    [key, path(`/${id}/chats/${elsewhere}`), 'chat_not_found'],
    [key, path(`/${id}/chats/cht_none`), 'chat_not_found'],
    [stranger.key, path(`/${id}/chats/${chat}`), 'instance_not_found'],
  ] as const) {
    for (const method of ['PUT', 'DELETE']) {
      const answer = await door.ask(method, where, { key: who });
      expect([answer.status, answer.json.error.code]).toEqual([404, code]);
    }
  }
  expect((await door.ask('GET', path(), { key: stranger.key })).json.error.code).toBe('instance_not_found');
  expect(await door.countRows()).toEqual(before);
  expect(asked).toEqual([]);
});
