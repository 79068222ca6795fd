import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookUpCall } from '../../src/domain/contacts/index.ts';
import { askCall } from '../../src/domain/instances/index.ts';
import { type Id, isId } from '../../src/lib/index.ts';
import type { LookUp, RequestKind, RequestOutcome } from '../../src/network/index.ts';
import { addGroup, groupInfo } from '../support/group-info.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let shop = '';
let other = '';
let group = '';
let left = '';
let elsewhere = '';
let asked: { kind: RequestKind; input: unknown }[] = [];
let answer: (kind: RequestKind) => RequestOutcome<RequestKind>;
let before: Record<string, number> = {};

const addInstance = async (name: string): Promise<string> =>
  (await door.ask('POST', '/v1/instances', { key, body: { name } })).json.id;

const put = (instanceId: string, address: string): Promise<Id<'cht'>> =>
  door.db.tx((tx) => addGroup(tx, instanceId, { address }));

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  shop = await addInstance('Shop');
  other = await addInstance('Other');
  group = await put(shop, '1@g.us');
  left = await put(shop, '2@g.us');
  elsewhere = await put(other, '3@g.us');
  await door.db.tx((tx) =>
    tx
      .updateTable('groups')
      .set({ role: null })
      .where('chat_id', '=', left as Id<'cht'>)
      .execute(),
  );
  if (!isId('ins', shop)) throw new Error('no instance');
  door.bus.serve(askCall(shop), async (input) => {
    const request = input as { kind: RequestKind; input: unknown };
    asked.push(request);
    return answer(request.kind);
  });
  door.bus.serve(lookUpCall(shop), async (phones) =>
    (phones as string[]).map(
      (phone): LookUp =>
        phone.endsWith('00')
          ? { phone, exists: false }
          : { phone, exists: true, identity: { phone, lid: `9${phone}` }, destination: phone },
    ),
  );
});
afterAll(() => door.close());
beforeEach(async () => {
  asked = [];
  answer = () => ({ kind: 'done', answer: undefined });
  before = await door.countRows();
});

const at = (path = '') => `/v1/instances/${shop}/groups${path}`;
const ask = (method: string, path: string, body?: unknown) => door.ask(method, at(path), { key, body });
const auditOf = async (target: string): Promise<{ action: string; detail: unknown }[]> =>
  (await door.ask('GET', `/v1/audit-events?target=${target}`, { key })).json.data;

const anas = '+49 170 1234567';

test.each([
  ['no subject', '', { participants: [anas] }, 'invalid_request'],
  ['a subject that is too long', '', { subject: 'x'.repeat(101), participants: [anas] }, 'invalid_request'],
  ['nobody', '', { subject: 'x', participants: [] }, 'invalid_request'],
  ['more people than fit', '', { subject: 'x', participants: Array(1_024).fill(anas) }, 'invalid_request'],
  ['somebody who is no number', '', { subject: 'x', participants: ['mum'] }, 'recipient_invalid'],
  [
    'a contact that is not there',
    '',
    { subject: 'x', participants: ['con_01ARZ3NDEKTSV4RRFFQ69G5FAV'] },
    'recipient_invalid',
  ],
  [
    'only numbers that are not on WhatsApp',
    '',
    { subject: 'x', participants: ['+49 170 1234500'] },
    'no_valid_participant',
  ],
  ['an invite that is none', '/join', { invite: 'https://example.com/AbCdEfGhIjKl' }, 'invalid_request'],
])('a POST with %s is refused before WhatsApp is asked, and nothing is written', async (_what, path, body, code) => {
  const refused = await ask('POST', path, body);
  expect([refused.status, refused.json.error.code]).toEqual([422, code]);
  expect(asked).toEqual([]);
  expect(await door.countRows()).toEqual(before);
});

test.each([
  ['nothing', {}],
  ['a description that is too long', { description: 'x'.repeat(2_049) }],
  ['an empty subject', { subject: '' }],
  ['a time that WhatsApp does not take', { disappearing_seconds: 60 }],
  ['a mode that is none', { member_add_mode: 'everybody' }],
])('a change to %s is refused before WhatsApp is asked', async (_what, body) => {
  const refused = await ask('PATCH', `/${group}`, body);
  expect([refused.status, refused.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
});

test.each([
  ['what is no base64', { jpeg: '?' }],
  ['what is no JPEG', { jpeg: Buffer.from('GIF89a').toString('base64') }],
  [
    'a picture that is too large',
    { jpeg: Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(150_001)]).toString('base64') },
  ],
])('a picture of %s is refused before WhatsApp is asked', async (_what, body) => {
  const refused = await ask('PUT', `/${group}/picture`, body);
  expect([refused.status, refused.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
});

test('the longest subject and description that WhatsApp takes are taken', async () => {
  const body = { subject: 'x'.repeat(100), description: 'x'.repeat(2_048) };
  expect((await ask('PATCH', `/${group}`, body)).json).toEqual({ changed: ['subject', 'description'] });
  expect(asked.map(({ input }) => input)).toEqual([
    { address: '1@g.us', fields: { subject: body.subject } },
    { address: '1@g.us', fields: { description: body.description } },
  ]);
});

test('a group of another instance, a chat that is no group and a made-up id are not there', async () => {
  for (const id of [elsewhere, 'cht_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nonsense']) {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['DELETE', '', undefined],
      ['PATCH', '', { subject: 'x' }],
      ['POST', '/participants', { participants: [anas] }],
      ['POST', '/leave', undefined],
      ['GET', '/invite', undefined],
    ] as const) {
      const refused = await ask(method, `/${id}${path}`, body);
      expect([path, refused.status, refused.json.error.code]).toEqual([path, 404, 'group_not_found']);
    }
  }
  expect(asked).toEqual([]);
  expect(await door.countRows()).toEqual(before);
});

test('a key that is bound to one instance sees the groups of that instance only', async () => {
  const made = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'bound', instance_id: other } });
  const bound = made.json.secret;
  expect((await door.ask('GET', at(), { key: bound })).json.error.code).toBe('instance_not_found');
  expect((await door.ask('GET', at(`/${group}`), { key: bound })).status).toBe(404);
  const own = await door.ask('GET', `/v1/instances/${other}/groups`, { key: bound });
  expect(own.json.data.map(({ id }: { id: string }) => id)).toEqual([elsewhere]);
});

test('lists tell groups that the number is in from those that it has left, page by page', async () => {
  const idsOf = async (query: string) => (await ask('GET', query)).json.data.map(({ id }: { id: string }) => id);
  expect(await idsOf('')).toEqual([left, group]);
  expect(await idsOf('?member=true')).toEqual([group]);
  expect(await idsOf('?member=false')).toEqual([left]);
  const { json } = await ask('GET', '?limit=1');
  expect(await idsOf(`?limit=1&cursor=${json.next_cursor}`)).toEqual([group]);
});

test('in a group that the number has left nothing can be done but forget it, once', async () => {
  const gone = await put(shop, '4@g.us');
  expect((await ask('DELETE', `/${gone}`)).json.error.code).toBe('still_in_group');
  await door.db.tx((tx) => tx.updateTable('groups').set({ role: null }).where('chat_id', '=', gone).execute());
  for (const [method, path, body] of [
    ['PATCH', '', { subject: 'x' }],
    ['POST', '/participants', { participants: [anas] }],
    ['POST', '/leave', undefined],
    ['GET', '/join-requests', undefined],
  ] as const) {
    const refused = await ask(method, `/${gone}${path}`, body);
    expect([path, refused.status, refused.json.error.code]).toEqual([path, 409, 'not_in_group']);
  }
  expect(asked).toEqual([]);
  expect((await ask('DELETE', `/${gone}`)).status).toBe(204);
  expect((await ask('DELETE', `/${gone}`)).status).toBe(404);
  expect(await auditOf(gone)).toMatchObject([{ action: 'group.forgotten' }]);
});

test.each([
  ['forbidden', 'forbidden', 403, 'group_admin_required'],
  ['forbidden', 'not-authorized', 409, 'not_in_group'],
  ['not_found', 'item-not-found', 409, 'not_in_group'],
  ['rejected', 'something', 422, 'refused_by_whatsapp'],
  ['rate_limited', 'rate-overlimit', 429, 'whatsapp_rate_limited'],
] as const)('WhatsApp’s refusal %s (%s) is told in the words of groups', async (code, detail, status, told) => {
  answer = () => ({ kind: 'refused', code, detail });
  const refused = await ask('POST', `/${group}/leave`);
  expect([refused.status, refused.json.error.code]).toEqual([status, told]);
  expect(refused.json.error.details).toMatchObject({ reason: code, detail });
  expect(await door.countRows()).toEqual(before);
});

test('what was changed before a refusal is told, and has its audit row', async () => {
  const strict = await put(shop, '5@g.us');
  answer = () =>
    asked.length > 1 ? { kind: 'refused', code: 'forbidden', detail: '' } : { kind: 'done', answer: undefined };
  const refused = await ask('PATCH', `/${strict}`, { announce: true, locked: true, subject: 'x' });
  expect(refused.json.error).toMatchObject({ code: 'group_admin_required', details: { changed: ['subject'] } });
  expect(await auditOf(strict)).toMatchObject([{ action: 'group.changed', detail: { fields: ['subject'] } }]);
});

test('silence is no refusal: it may have been done', async () => {
  answer = () => ({ kind: 'unanswered', reason: 'late' });
  const silent = await ask('POST', `/${group}/leave`);
  expect([silent.status, silent.json.error.code]).toEqual([504, 'whatsapp_timeout']);
});

test('everybody has a result of their own, in the order of the request', async () => {
  const lid = (phone: string) => ({ phone, lid: `9${phone}` });
  answer = () => ({
    kind: 'done',
    answer: {
      results: [
        {
          outcome: 'invitation_required',
          person: lid('491701234567'),
          invitation: { code: 'c', expiresAtMs: 86_400_000 },
        },
        { outcome: 'done', person: lid('491701234568') },
      ],
    },
  });
  const participants = [anas, '+49 170 1234500', '+49 170 1234568'];
  const { status, json } = await ask('POST', `/${group}/participants`, { participants });
  expect(status).toBe(200);
  expect(json.results).toMatchObject([
    {
      to: anas,
      contact: { phone_number: '491701234567', lid: '9491701234567' },
      result: 'invitation_required',
      invitation: { code: 'c', expires_at: '1970-01-02T00:00:00.000Z' },
    },
    { to: '+49 170 1234500', contact: null, result: 'not_on_whatsapp' },
    { to: '+49 170 1234568', result: 'added' },
  ]);
  expect(asked).toMatchObject([
    { kind: 'change_group_members', input: { action: 'add', people: [lid('491701234567'), lid('491701234568')] } },
  ]);
  const [row] = await auditOf(group);
  expect(row).toMatchObject({ action: 'group.participants_added', detail: { asked: 2, done: 1 } });
});

test('a group that was made answers the same again for the same Idempotency-Key, and is made once', async () => {
  answer = () => ({ kind: 'done', answer: { group: groupInfo({ address: '6@g.us' }), results: [] } });
  const request = {
    key,
    body: { subject: 'Once', participants: [anas] },
    headers: { 'idempotency-key': 'group-1' },
  };
  const first = await door.ask('POST', at(), request);
  const second = await door.ask('POST', at(), request);
  expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
  expect(asked).toHaveLength(1);
  expect(await auditOf(first.json.group.id)).toMatchObject([{ action: 'group.created' }]);
});

test('a picture leaves its audit row, set or taken away', async () => {
  const framed = await put(shop, '7@g.us');
  const jpeg = Buffer.from([0xff, 0xd8, 0xff]).toString('base64');
  expect((await ask('PUT', `/${framed}/picture`, { jpeg })).status).toBe(204);
  expect((await ask('DELETE', `/${framed}/picture`)).status).toBe(204);
  expect(asked.map(({ input }) => input)).toEqual([
    { address: '7@g.us', jpeg },
    { address: '7@g.us', jpeg: null },
  ]);
  expect((await auditOf(framed)).map(({ action }) => action)).toEqual(['group.picture_removed', 'group.picture_set']);
});
