import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askCall } from '../../src/domain/instances/index.ts';
import { type Id, isId } from '../../src/lib/index.ts';
import type { GroupInfo, RequestKind, RequestOutcome } from '../../src/network/index.ts';
import { addGroup, groupInfo } from '../support/group-info.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let shop = '';
let street = '';
let group = '';
let left = '';
let elsewhere = '';
let asked: { kind: RequestKind; input: unknown }[] = [];
let answer: () => RequestOutcome<RequestKind>;
let before: Record<string, number> = {};

const addInstance = async (name: string): Promise<string> =>
  (await door.ask('POST', '/v1/instances', { key, body: { name } })).json.id;
const put = (instanceId: string, change: Partial<GroupInfo>): Promise<Id<'cht'>> =>
  door.db.tx((tx) => addGroup(tx, instanceId, change));

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  shop = await addInstance('Shop');
  const other = await addInstance('Other');
  street = await put(shop, { address: '1@g.us', kind: 'community' });
  group = await put(shop, { address: '2@g.us' });
  left = await put(shop, { address: '3@g.us', kind: 'community' });
  elsewhere = await put(other, { address: '4@g.us', kind: 'community' });
  await door.db.tx((tx) =>
    tx
      .updateTable('groups')
      .set({ role: null })
      .where('chat_id', '=', left as Id<'cht'>)
      .execute(),
  );
  if (!isId('ins', shop)) throw new Error('no instance');
  door.bus.serve(askCall(shop), async (input) => {
    asked.push(input as { kind: RequestKind; input: unknown });
    return answer();
  });
});
afterAll(() => door.close());
beforeEach(async () => {
  asked = [];
  answer = () => ({ kind: 'done', answer: undefined });
  before = await door.countRows();
});

const ask = (method: string, path: string, body?: unknown) =>
  door.ask(method, `/v1/instances/${shop}${path}`, { key, body });
const auditOf = async (target: string) =>
  (await door.ask('GET', `/v1/audit-events?target=${target}`, { key })).json.data;

test.each([
  ['no subject', {}],
  ['an empty subject', { subject: '' }],
  ['a subject that is too long', { subject: 'x'.repeat(101) }],
  ['a description that is too long', { subject: 'x', description: 'x'.repeat(2_049) }],
])('a community with %s is refused before WhatsApp is asked, and nothing is written', async (_what, body) => {
  const refused = await ask('POST', '/communities', body);
  expect([refused.status, refused.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
  expect(await door.countRows()).toEqual(before);
});

test('a community of another instance, a group that is none and a made-up id are not there', async () => {
  for (const id of [elsewhere, group, 'cht_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nonsense']) {
    for (const [method, path] of [
      ['GET', '/groups'],
      ['PUT', `/groups/${group}`],
      ['DELETE', `/groups/${group}`],
    ] as const) {
      const refused = await ask(method, `/communities/${id}${path}`);
      expect([path, refused.status, refused.json.error.code]).toEqual([path, 404, 'community_not_found']);
    }
  }
  const body = { subject: 'x', participants: ['+49 170 1234567'], community_id: elsewhere };
  expect((await ask('POST', '/groups', body)).json.error.code).toBe('community_not_found');
  expect((await ask('PUT', `/communities/${street}/groups/${elsewhere}`)).json.error.code).toBe('group_not_found');
  expect((await ask('GET', `/communities/${left}/groups`)).json.error.code).toBe('not_in_group');
  expect(asked).toEqual([]);
  expect(await door.countRows()).toEqual(before);
});

test.each([
  ['PUT', 'conflict', 409, 'group_in_community'],
  ['DELETE', 'conflict', 409, 'group_not_in_community'],
  ['PUT', 'forbidden', 403, 'group_admin_required'],
  ['PUT', 'rejected', 422, 'refused_by_whatsapp'],
] as const)('to %s WhatsApp’s refusal %s is told in the words of groups', async (method, code, status, told) => {
  answer = () => ({ kind: 'refused', code, detail: '' });
  const refused = await ask(method, `/communities/${street}/groups/${group}`);
  expect([refused.status, refused.json.error.code]).toEqual([status, told]);
  expect(await door.countRows()).toEqual(before);
});

test('a group that is put in leaves its audit row, with the community', async () => {
  expect((await ask('PUT', `/communities/${street}/groups/${group}`)).status).toBe(204);
  expect(asked).toEqual([{ kind: 'link_group', input: { community: '1@g.us', address: '2@g.us', linked: true } }]);
  expect(await auditOf(group)).toMatchObject([{ action: 'group.linked', detail: { community: street } }]);
});

test('groups that are not on record are listed without an id, and are not put there', async () => {
  const infos = [groupInfo({ address: '2@g.us', size: 4 }), groupInfo({ address: '9@g.us', kind: 'announcements' })];
  answer = () => ({ kind: 'done', answer: infos });
  expect((await ask('GET', `/communities/${street}/groups`)).json.data).toEqual([
    { id: group, kind: 'group', subject: 'Friends', participants_count: 4 },
    { id: null, kind: 'announcements', subject: 'Friends', participants_count: null },
  ]);
  expect(await door.countRows()).toEqual(before);
});

test('a community that was made answers the same again for the same Idempotency-Key, and is made once', async () => {
  answer = () => ({ kind: 'done', answer: groupInfo({ address: '6@g.us', kind: 'community' }) });
  const request = { key, body: { subject: 'Once' }, headers: { 'idempotency-key': 'community-1' } };
  const first = await door.ask('POST', `/v1/instances/${shop}/communities`, request);
  const second = await door.ask('POST', `/v1/instances/${shop}/communities`, request);
  expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
  expect(asked).toEqual([{ kind: 'create_community', input: { subject: 'Once', description: null } }]);
  expect(await auditOf(first.json.id)).toMatchObject([{ action: 'community.created' }]);
});
