import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askCall } from '../../src/domain/instances/index.ts';
import { isId } from '../../src/lib/index.ts';
import type { RequestKind } from '../../src/network/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instance = '';
let ada = '';
let message = '';
let asked: { kind: RequestKind; input: unknown }[] = [];

const price = { amount: '4.50', currency: 'EUR' };
const rye = {
  id: 'p1',
  name: 'Rye bread',
  description: null,
  price,
  retailerId: 'RYE-1',
  url: null,
  imageUrl: 'https://media.example/rye.jpg',
  hidden: false,
  reviewStatus: 'APPROVED',
};
const { retailerId, imageUrl, reviewStatus, ...same } = rye;
const shown = { ...same, retailer_id: retailerId, image_url: imageUrl, review_status: reviewStatus };
const answers: Partial<Record<RequestKind, unknown>> = {
  read_catalog: { products: [rye], after: 'behind p1' },
  list_collections: { collections: [{ id: 'c1', name: 'Dark', products: [rye] }] },
  read_order: { total: price, products: [{ id: 'p1', name: 'Rye bread', price, imageUrl: null, quantity: 1 }] },
};

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  instance = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
  if (!isId('ins', instance)) throw new Error('no instance');
  door.bus.serve(askCall(instance), async (input) => {
    const one = input as (typeof asked)[number];
    asked.push(one);
    return { kind: 'done', answer: answers[one.kind] };
  });
  const body = { to: '+49 170 1111111', type: 'text', text: 'hello' };
  const sent = (await door.ask('POST', `/v1/instances/${instance}/messages`, { key, body })).json;
  ada = sent.contact.id;
  message = sent.id;
});
afterAll(() => door.close());
beforeEach(() => {
  asked = [];
});

const read = (rest = '', who = key) => door.ask('GET', `/v1/instances/${instance}/catalog${rest}`, { key: who });

test("a catalogue is the number's own, or that of a contact, page by page", async () => {
  const first = (await read()).json;
  expect(first).toEqual({ data: [shown], next_cursor: expect.any(String) });
  await read(`?contact_id=${ada}&limit=5&cursor=${first.next_cursor}`);
  expect(asked.map(({ input }) => input)).toEqual([
    { limit: 10 },
    { owner: { phone: '491701111111' }, limit: 5, after: 'behind p1' },
  ]);
  const collections = await read(`/collections?contact_id=${ada}`);
  expect(collections.json).toEqual({ data: [{ id: 'c1', name: 'Dark', products: [shown] }] });
});

test.each(['?limit=0', '?limit=101', '?contact_id=ins_1', `?cursor=${'a'.repeat(4_097)}`, '?cursor=p1', '?owner=me'])(
  'a question that makes no sense is refused before anybody is asked: %s',
  async (query) => {
    const answer = await read(query);
    expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
    expect(asked).toEqual([]);
  },
);

test('nobody asks about the contacts or with the instances of somebody else', async () => {
  const stranger = await door.addParty('Stranger');
  const theirs = (await door.ask('POST', '/v1/instances', { key: stranger.key, body: { name: 'x' } })).json.id;
  const query = `?contact_id=${ada}`;
  for (const rest of [query, `/collections${query}`]) {
    expect((await read(rest, stranger.key)).json.error.code).toBe('instance_not_found');
    const across = await door.ask('GET', `/v1/instances/${theirs}/catalog${rest}`, { key: stranger.key });
    expect(across.json.error.code).toBe('contact_not_found');
  }
  const order = await door.ask('GET', `/v1/messages/${message}/order`, { key: stranger.key });
  expect(order.json.error.code).toBe('message_not_found');
  expect(asked).toEqual([]);
});

test('an order is read by what its message carries, and nothing else is an order', async () => {
  const path = `/v1/messages/${message}/order`;
  const keep = (type: string, content: object) =>
    door.db.tx((tx) =>
      tx
        .updateTable('messages')
        .set({ type, content: JSON.stringify(content) })
        .execute(),
    );
  expect((await door.ask('GET', path, { key })).json.error).toMatchObject({
    code: 'message_unsuitable',
    details: { problem: 'It is no order' },
  });
  await keep('order', { order: { id: 'o1' } });
  expect((await door.ask('GET', path, { key })).json.error.code).toBe('message_unsuitable');
  expect(asked).toEqual([]);
  await keep('order', { order: { id: 'o1', token: 'secret' } });
  expect((await door.ask('GET', path, { key })).json).toEqual({
    total: price,
    products: [{ id: 'p1', name: 'Rye bread', price, image_url: null, quantity: 1 }],
  });
  expect(asked).toEqual([{ kind: 'read_order', input: { orderId: 'o1', token: 'secret' } }]);
});

const hours = {
  timezone: 'Europe/Berlin',
  days: [{ day: 'mon', mode: 'specific_hours', open_minutes: 480, close_minutes: 1080 }],
};

test('what a business tells of itself is changed field by field, and audited', async () => {
  const body = { description: ' Bread ', websites: ['https://bakery.example/'], hours };
  const path = `/v1/instances/${instance}/profile/business`;
  expect((await door.ask('PATCH', path, { key, body })).status).toBe(204);
  const days = [{ day: 'mon', mode: 'specific_hours', openMinutes: 480, closeMinutes: 1080 }];
  const input = { description: 'Bread', websites: body.websites, hours: { timezone: 'Europe/Berlin', days } };
  expect(asked).toEqual([{ kind: 'set_business_profile', input }]);
  const audit = await door.ask('GET', '/v1/audit-events?limit=1', { key });
  expect(audit.json.data[0]).toMatchObject({
    action: 'instance.profile_changed',
    detail: { fields: ['business.description', 'business.websites', 'business.hours'] },
  });
});

test.each([
  [{}],
  [{ description: ' ' }],
  [{ description: 'a'.repeat(513) }],
  [{ address: 'a'.repeat(257) }],
  [{ email: 'nobody' }],
  [{ websites: [] }],
  [{ websites: ['javascript:alert(1)'] }],
  [{ websites: ['https://a.example', 'https://b.example', 'https://c.example'] }],
  [{ hours: { ...hours, timezone: 'Mars/Olympus' } }],
  [{ hours: { ...hours, days: [] } }],
  [{ hours: { ...hours, days: Array.from({ length: 15 }, () => hours.days[0]) } }],
  [{ hours: { ...hours, days: [{ day: 'mon', mode: 'specific_hours', open_minutes: 480, close_minutes: 1441 }] } }],
  [{ hours: { ...hours, days: [{ day: 'mon', mode: 'open_24h', open_minutes: 1 }] } }],
])('a profile that makes no sense is refused before anybody is asked: %j', async (body) => {
  const answer = await door.ask('PATCH', `/v1/instances/${instance}/profile/business`, { key, body });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  expect(asked).toEqual([]);
});
