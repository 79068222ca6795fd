import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askCall } from '../../src/domain/instances/index.ts';
import { isId } from '../../src/lib/index.ts';
import type { RequestKind, RequestOutcome } from '../../src/network/index.ts';
import { addNewsletter, newsletterInfo } from '../support/newsletter-info.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let shop = '';
let other = '';
let followed = '';
let elsewhere = '';
let asked: { kind: RequestKind; input: unknown }[] = [];
let answer: (kind: RequestKind) => RequestOutcome<RequestKind>;
let before: Record<string, number> = {};

const addInstance = async (name: string): Promise<string> =>
  (await door.ask('POST', '/v1/instances', { key, body: { name } })).json.id;

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  shop = await addInstance('Shop');
  other = await addInstance('Other');
  followed = await door.db.tx((tx) => addNewsletter(tx, shop, { address: '1@newsletter' }));
  elsewhere = await door.db.tx((tx) => addNewsletter(tx, other, { address: '2@newsletter' }));
  if (!isId('ins', shop)) throw new Error('no instance');
  door.bus.serve(askCall(shop), async (input) => {
    const request = input as { kind: RequestKind; input: unknown };
    asked.push(request);
    return answer(request.kind);
  });
});
afterAll(() => door.close());
beforeEach(async () => {
  asked = [];
  answer = () => ({ kind: 'done', answer: undefined });
  before = await door.countRows();
});

const at = (path = '') => `/v1/instances/${shop}/newsletters${path}`;
const ask = (method: string, path: string, body?: unknown) => door.ask(method, at(path), { key, body });
const auditOf = async (target: string): Promise<{ action: string }[]> =>
  (await door.ask('GET', `/v1/audit-events?target=${target}`, { key })).json.data;

test.each([
  ['no name', '', {}],
  ['an empty name', '', { name: '' }],
  ['a name that is too long', '', { name: 'x'.repeat(101) }],
  ['a description that is too long', '', { name: 'x', description: 'x'.repeat(2_049) }],
  ['an invite to a group', '/follow', { invite: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' }],
  ['an invite that is none', '/preview', { invite: 'hello there' }],
])('a POST with %s is refused before WhatsApp is asked, and nothing is written', async (_what, path, body) => {
  const refused = await ask('POST', path, body);
  expect([refused.status, refused.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
  expect(await door.countRows()).toEqual(before);
});

test.each([
  ['nothing', {}],
  ['an empty name', { name: '' }],
  ['a name that is too long', { name: 'x'.repeat(101) }],
  ['a description that is too long', { description: 'x'.repeat(2_049) }],
])('a change to %s is refused before WhatsApp is asked', async (_what, body) => {
  const refused = await ask('PATCH', `/${followed}`, body);
  expect([refused.status, refused.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
});

test('the longest name and description that WhatsApp takes are taken, and no description is none', async () => {
  const own = await door.db.tx((tx) => addNewsletter(tx, shop, { address: '3@newsletter', role: 'owner' }));
  const body = { name: 'x'.repeat(100), description: 'x'.repeat(2_048) };
  expect((await ask('PATCH', `/${own}`, body)).status).toBe(204);
  expect((await ask('PATCH', `/${own}`, { description: '' })).status).toBe(204);
  expect(asked.map(({ input }) => input)).toEqual([
    { address: '3@newsletter', fields: body },
    { address: '3@newsletter', fields: { description: null } },
  ]);
  expect((await auditOf(own)).map(({ action }) => action)).toEqual(['newsletter.changed', 'newsletter.changed']);
});

test('a newsletter of another instance, a chat that is none and a made-up id are not there', async () => {
  for (const id of [elsewhere, 'cht_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nonsense']) {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'x' }],
      ['DELETE', '', undefined],
      ['POST', '/unfollow', undefined],
      ['POST', '/mute', undefined],
      ['POST', '/unmute', undefined],
    ] as const) {
      const refused = await ask(method, `/${id}${path}`, body);
      expect([path, refused.status, refused.json.error.code]).toEqual([path, 404, 'newsletter_not_found']);
    }
  }
  expect(asked).toEqual([]);
  expect(await door.countRows()).toEqual(before);
});

test('a key that is bound to one instance sees the newsletters of that instance only', async () => {
  const made = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'bound', instance_id: other } });
  const bound = made.json.secret;
  expect((await door.ask('GET', at(), { key: bound })).json.error.code).toBe('instance_not_found');
  expect((await door.ask('DELETE', at(`/${followed}`), { key: bound })).status).toBe(404);
  const own = await door.ask('GET', `/v1/instances/${other}/newsletters`, { key: bound });
  expect(own.json.data.map(({ id }: { id: string }) => id)).toEqual([elsewhere]);
});

test('newsletters are listed page by page, newest first', async () => {
  const { json: all } = await ask('GET', '');
  expect(all.data.length).toBeGreaterThan(1);
  const { json: first } = await ask('GET', '?limit=1');
  const { json: second } = await ask('GET', `?limit=1&cursor=${first.next_cursor}`);
  expect([...first.data, ...second.data]).toEqual(all.data.slice(0, 2));
  expect(first.data[0].id > second.data[0].id).toBe(true);
});

test.each([
  ['PATCH', '', { name: 'x' }, 'forbidden', 403, 'newsletter_admin_required'],
  ['DELETE', '', undefined, 'forbidden', 403, 'newsletter_admin_required'],
  ['POST', '/mute', undefined, 'forbidden', 409, 'newsletter_not_followed'],
  ['POST', '/unfollow', undefined, 'not_found', 404, 'newsletter_not_found'],
  ['GET', '', undefined, 'not_found', 404, 'newsletter_not_found'],
  ['GET', '', undefined, 'rejected', 422, 'refused_by_whatsapp'],
  ['GET', '', undefined, 'rate_limited', 429, 'whatsapp_rate_limited'],
] as const)(
  'to %s %s WhatsApp’s refusal is told in the words of newsletters, and nothing is written',
  async (...row) => {
    const [method, path, body, code, status, told] = row;
    answer = () => ({ kind: 'refused', code, detail: 'no' });
    const refused = await ask(method, `/${followed}${path}`, body);
    expect([refused.status, refused.json.error.code]).toEqual([status, told]);
    expect(refused.json.error.details).toMatchObject({ reason: code, detail: 'no' });
    expect(await door.countRows()).toEqual(before);
  },
);

test.each(['invalid', 'not_found'] as const)('an invite that WhatsApp calls %s leads nowhere', async (code) => {
  answer = () => ({ kind: 'refused', code, detail: '' });
  const refused = await ask('POST', '/follow', { invite: 'https://www.whatsapp.com/channel/0029VaAbCdEf?x=1' });
  expect([refused.status, refused.json.error.code]).toEqual([404, 'newsletter_invite_not_found']);
  expect(asked).toEqual([{ kind: 'read_newsletter_by_invite', input: { code: '0029VaAbCdEf' } }]);
  expect(await door.countRows()).toEqual(before);
});

test('nobody stops following what is theirs', async () => {
  const own = await door.db.tx((tx) => addNewsletter(tx, shop, { address: '4@newsletter', role: 'owner' }));
  const refused = await ask('POST', `/${own}/unfollow`);
  expect([refused.status, refused.json.error.code]).toEqual([409, 'newsletter_is_own']);
  expect(asked).toEqual([]);
});

test('a newsletter that was made answers the same again for the same Idempotency-Key, and is made once', async () => {
  answer = () => ({ kind: 'done', answer: newsletterInfo({ address: '5@newsletter', role: 'owner' }) });
  const request = { key, body: { name: 'Once' }, headers: { 'idempotency-key': 'newsletter-1' } };
  const first = await door.ask('POST', at(), request);
  const second = await door.ask('POST', at(), request);
  expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
  expect(asked).toEqual([{ kind: 'create_newsletter', input: { name: 'Once', description: null } }]);
  expect(await auditOf(first.json.id)).toMatchObject([{ action: 'newsletter.created' }]);
});

test('who follows its own newsletter goes on owning it, and WhatsApp is not asked for it', async () => {
  answer = () => ({ kind: 'done', answer: newsletterInfo({ address: '6@newsletter', role: 'owner' }) });
  const { json } = await ask('POST', '/follow', { invite: '0029VaAbCdEf' });
  expect(json).toMatchObject({ role: 'owner' });
  expect(asked.map(({ kind }) => kind)).toEqual(['read_newsletter_by_invite']);
});

test('what is read of a newsletter is put on record', async () => {
  const id = await door.db.tx((tx) => addNewsletter(tx, shop, { address: '7@newsletter' }));
  const info = newsletterInfo({ address: '7@newsletter', name: 'New', subscribers: 7, verified: true, createdAtMs: 0 });
  answer = () => ({ kind: 'done', answer: info });
  const { json } = await ask('GET', `/${id}`);
  expect(json).toMatchObject({
    name: 'New',
    invite_link: 'https://whatsapp.com/channel/0029VaAbCdEf',
    subscribers_count: 7,
    verified: true,
    created_at: '1970-01-01T00:00:00.000Z',
  });
  const { json: list } = await ask('GET', '');
  expect(list.data.find((one: { id: string }) => one.id === id)).toMatchObject({ name: 'New' });
});
