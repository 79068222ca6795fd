import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { newMessageBody } from '../../src/http/message-bodies/index.ts';
import { messageSchema } from '../../src/http/render-message.ts';
import type { Id } from '../../src/lib/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

const person = '+49 170 1234567';
const minuteMs = 60_000;

let door: FrontDoor;
let key = '';
let instanceId = '';
let chatId = '';
let groupId = '';
let before: Record<string, number> = {};

beforeAll(async () => {
  door = await openFrontDoor();
  const party = await door.addParty('Sender');
  key = party.key;
  instanceId = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
  chatId = (await sent({ type: 'text', text: 'hello' })).chat_id;
  groupId = 'cht_01J9Z3V8Q4T6W0X2Y5B7C9D1E3';
  await door.db.tx((tx) =>
    tx
      .insertInto('chats')
      .values({
        id: asId<'cht'>(groupId),
        customer_id: party.customerId,
        instance_id: asId<'ins'>(instanceId),
        kind: 'group',
        address: 'a-group',
        active_at: 1,
        created_at: tx.now,
      })
      .execute(),
  );
});
afterAll(() => door.close());
beforeEach(async () => {
  before = await door.countRows();
});

/** Ids come out of JSON. */
const asId = <P extends 'cht' | 'ins' | 'msg'>(text: string) => text as Id<P>;

const send = (body: object, to = person) =>
  door.ask('POST', `/v1/instances/${instanceId}/messages`, { key, body: { to, ...body } });

async function sent(body: object, to = person) {
  const answer = await send(body, to);
  expect(answer.json.error ?? null).toBeNull();
  expect(answer.status).toBe(202);
  return answer.json;
}

/** As if the worker had sent it, or somebody had written it. */
async function settle(id: string, change: object) {
  await door.db.tx((tx) => tx.updateTable('messages').set(change).where('id', '=', asId<'msg'>(id)).execute());
}

const read = async (id: string) => (await door.ask('GET', `/v1/messages/${id}`, { key })).json;

test.each([
  [
    'a location',
    {
      type: 'location',
      latitude: 52.5,
      longitude: -13.25,
      name: 'Bakery',
      address: 'Street 1',
      url: 'https://example.com/',
    },
  ],
  [
    'contacts',
    { type: 'contacts', contacts: [{ name: 'Ada', phones: [], emails: ['ada@example.com'], organization: 'Bakery' }] },
  ],
  ['a poll', { type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'], selectable: 2 }],
])('%s is accepted and shown as it was sent', async (_what, body) => {
  const view = await sent(body);
  expect(view).toMatchObject(body);
  const shown = await read(view.id);
  expect(shown).toMatchObject(body);
  expect(z.strictObject(messageSchema.shape).safeParse(shown).error).toBeUndefined();
});

test('each type has an example of its own, which is accepted as it is where nothing else is needed', async () => {
  for (const body of newMessageBody.options) {
    const [example] = [body.meta()?.examples].flat();
    expect(body.safeParse(example).error).toBeUndefined();
    const answer = await send(Object(example));
    const refersToNothing = 'message_id' in Object(example) || 'media_id' in Object(example);
    expect(answer.status).toBe(refersToNothing ? 404 : 202);
  }
});

test('the numbers on a card are normalised', async () => {
  const { contacts } = await sent({ type: 'contacts', contacts: [{ name: 'Ada', phones: ['+49 (0)170-7654321'] }] });
  expect(contacts).toEqual([{ name: 'Ada', phones: [{ number: '+491707654321', phone: '491707654321' }], emails: [] }]);
});

test('mentions of contacts and of numbers are kept as contacts, once each', async () => {
  const { contact } = await sent({ type: 'text', text: 'hello' }, '+491701111111');
  const mentions = [contact.id, '+49 170 1111111', '+491702222222'];
  const view = await sent({ type: 'text', text: 'hello @491701111111', mentions }, groupId);
  expect(view.mentions).toHaveLength(2);
  expect(view.mentions[0]).toMatchObject({ id: contact.id });
});

test('what is about another message names it', async () => {
  const text = await sent({ type: 'text', text: 'hello' });
  const poll = await sent({ type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'] });
  for (const body of [
    { type: 'reaction', message_id: text.id, emoji: '👍🏽' },
    { type: 'reaction', message_id: text.id, emoji: null },
    { type: 'edit', message_id: text.id, text: 'good bye' },
    { type: 'delete', message_id: text.id },
    { type: 'poll_vote', message_id: poll.id, options: ['Rye'] },
    { type: 'poll_vote', message_id: poll.id, options: [] },
  ]) {
    expect(await read((await sent(body)).id)).toMatchObject(body);
  }
  expect(await sent({ type: 'forward', message_id: text.id }, groupId)).toMatchObject({ message_id: text.id });
  expect(await sent({ type: 'text', text: 'yes', reply_to: text.id })).toMatchObject({
    reply_to: { message_id: text.id },
  });
});

test.each([
  ['a latitude that is nowhere', { type: 'location', latitude: 90.1, longitude: 0 }, 'latitude'],
  ['a longitude that is nowhere', { type: 'location', latitude: 0, longitude: -181 }, 'longitude'],
  ['a link that is none', { type: 'location', latitude: 0, longitude: 0, url: 'javascript:alert(1)' }, 'url'],
  ['no contact', { type: 'contacts', contacts: [] }, 'contacts'],
  ['a nameless contact', { type: 'contacts', contacts: [{ name: '' }] }, 'contacts.0.name'],
  ['a poll with one option', { type: 'poll', question: '?', options: ['a'] }, 'options'],
  ['a poll with thirteen', { type: 'poll', question: '?', options: [...'abcdefghijklm'] }, 'options'],
  ['an option twice', { type: 'poll', question: '?', options: ['a', 'a'] }, 'options'],
  ['an option that is too long', { type: 'poll', question: '?', options: ['a', 'b'.repeat(101)] }, 'options.1'],
  ['a question that is too long', { type: 'poll', question: '?'.repeat(256), options: ['a', 'b'] }, 'question'],
  ['more to choose than there is', { type: 'poll', question: '?', options: ['a', 'b'], selectable: 3 }, 'selectable'],
  ['a reaction in words', { type: 'reaction', message_id: 'msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3', emoji: 'ok' }, 'emoji'],
  ['two emojis', { type: 'reaction', message_id: 'msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3', emoji: '👍👍' }, 'emoji'],
  ['a digit for an emoji', { type: 'reaction', message_id: 'msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3', emoji: '1' }, 'emoji'],
  ['a message id that is none', { type: 'delete', message_id: 'ABC' }, 'message_id'],
  ['an empty edit', { type: 'edit', message_id: 'msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3', text: '' }, 'text'],
])('%s is refused, the field is named, and nothing is written', async (_what, body, field) => {
  const answer = await send(body);
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  expect(answer.json.error.details.fields[0].field).toBe(field);
  expect(await door.countRows()).toEqual(before);
});

test('an unknown field is answered with those of its type alone', async () => {
  const { json } = await send({ type: 'delete', message_id: 'msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3', latitude: 1 });
  const [field] = json.error.details.fields;
  expect(field.field).toBe('latitude');
  expect(field.problem).toContain('message_id');
  expect(field.problem).not.toContain('longitude');
});

const targets: readonly [string, object, object, number, string][] = [
  ['a reaction to what failed', { type: 'reaction', emoji: '👍' }, { status: 'failed' }, 409, 'message_not_sent'],
  [
    'a reaction to what was cancelled',
    { type: 'reaction', emoji: '👍' },
    { status: 'cancelled' },
    409,
    'message_not_sent',
  ],
  [
    'a reaction to what is put off',
    { type: 'reaction', emoji: '👍' },
    { status: 'scheduled' },
    409,
    'message_not_sent',
  ],
  ['a reaction to what was deleted', { type: 'reaction', emoji: '👍' }, { deleted_at: 1 }, 409, 'message_deleted'],
  ['a reaction to a reaction', { type: 'reaction', emoji: '👍' }, { type: 'reaction' }, 422, 'message_unsuitable'],
  [
    'an edit of what somebody wrote',
    { type: 'edit', text: 'x' },
    { direction: 'in', status: 'received' },
    422,
    'message_unsuitable',
  ],
  [
    'an edit of what is no text',
    { type: 'edit', text: 'x' },
    { type: 'location', content: '{}' },
    422,
    'message_unsuitable',
  ],
  [
    'an edit after 15 minutes',
    { type: 'edit', text: 'x' },
    { sent_at: Date.now() - 16 * minuteMs },
    409,
    'edit_too_late',
  ],
  ['an edit that is too long', { type: 'edit', text: 'x'.repeat(65_537) }, { status: 'queued' }, 422, 'text_too_long'],
  ['a deletion of what is deleted', { type: 'delete' }, { deleted_at: 1 }, 409, 'message_deleted'],
  [
    'a deletion after 60 hours',
    { type: 'delete' },
    { sent_at: Date.now() - 61 * 60 * minuteMs },
    409,
    'delete_too_late',
  ],
  [
    'a deletion of what a person wrote',
    { type: 'delete' },
    { direction: 'in', status: 'received' },
    422,
    'message_unsuitable',
  ],
  ['a vote for a text', { type: 'poll_vote', options: ['a'] }, { status: 'queued' }, 422, 'message_unsuitable'],
  [
    'a vote for what is not there',
    { type: 'poll_vote', options: ['c'] },
    { type: 'poll', content: '{"options":["a","b"],"selectable":1}' },
    422,
    'poll_options_invalid',
  ],
  [
    'a vote for too many',
    { type: 'poll_vote', options: ['a', 'b'] },
    { type: 'poll', content: '{"options":["a","b"],"selectable":1}' },
    422,
    'poll_options_invalid',
  ],
  ['a poll that is forwarded', { type: 'forward' }, { type: 'poll', content: '{}' }, 422, 'message_unsuitable'],
  [
    'something forwarded that was not kept',
    { type: 'forward' },
    { direction: 'in', status: 'received' },
    422,
    'message_unsuitable',
  ],
];

test.each(targets)('%s is refused with a code, and nothing is written', async (_what, body, change, status, code) => {
  const target = await sent({ type: 'text', text: 'hello' });
  await settle(target.id, change);
  const rows = await door.countRows();
  const answer = await send({ ...body, message_id: target.id });
  expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  expect(await door.countRows()).toEqual(rows);
  await settle(target.id, { type: 'text', content: '{"text":"hello"}', direction: 'out' });
});

test('what is allowed at the limit is accepted', async () => {
  const target = await sent({ type: 'text', text: 'hello' });
  await settle(target.id, { status: 'sent', sent_at: Date.now() - 14 * minuteMs });
  await sent({ type: 'edit', message_id: target.id, text: 'x' });
  await settle(target.id, { sent_at: Date.now() - 59 * 60 * minuteMs });
  await sent({ type: 'delete', message_id: target.id });
});

test('what others wrote in a group may be deleted there, and WhatsApp decides', async () => {
  const target = await sent({ type: 'text', text: 'hello' }, groupId);
  await settle(target.id, { direction: 'in', status: 'received' });
  await sent({ type: 'delete', message_id: target.id }, groupId);
  await settle(target.id, { direction: 'out' });
});

test('a message of another chat, another instance, another customer or of nobody is not there to be answered', async () => {
  const target = await sent({ type: 'text', text: 'hello' });
  const inGroup = { type: 'reaction', message_id: target.id, emoji: '👍' };
  expect((await send(inGroup, groupId)).json.error).toMatchObject({
    code: 'message_in_other_chat',
    details: { chat_id: chatId },
  });
  expect((await send({ type: 'text', text: 'x', reply_to: target.id }, groupId)).json.error.code).toBe(
    'message_in_other_chat',
  );

  const other = await door.ask('POST', '/v1/instances', { key, body: { name: 'Other' } });
  const stranger = await door.addParty('Stranger');
  const theirs = await door.ask('POST', '/v1/instances', { key: stranger.key, body: { name: 'Theirs' } });
  for (const [who, instance, id] of [
    [key, other.json.id, target.id],
    [stranger.key, theirs.json.id, target.id],
    [key, instanceId, 'msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3'],
  ]) {
    for (const body of [
      { type: 'reaction', message_id: id, emoji: '👍' },
      { type: 'forward', message_id: id },
      { type: 'text', text: 'x', reply_to: id },
    ]) {
      const answer = await door.ask('POST', `/v1/instances/${instance}/messages`, {
        key: who,
        body: { to: person, ...body },
      });
      expect([answer.status, answer.json.error.code]).toEqual([404, 'message_not_found']);
    }
  }
});

test('a story says how many it is for, and is for those with a number who have a chat when it does not say whom', async () => {
  const chosen = await sent({ type: 'text', text: 'open', audience: ['+491701111111', '+491702222222'] }, 'stories');
  expect(chosen).toMatchObject({ chat_type: 'story', contact: null, to: 'stories', audience_size: 2 });
  const body = { type: 'text', text: 'open', background: '#102030', font: 'bold' };
  const everybody = await sent(body, 'stories');
  expect(everybody).toMatchObject({ ...body, chat_id: chosen.chat_id });
  const people = await door.db.read
    .selectFrom('chats')
    .select('contact_id')
    .where('instance_id', '=', asId<'ins'>(instanceId))
    .where('contact_id', 'is not', null)
    .execute();
  expect(everybody.audience_size).toBe(people.length);
  const row = await door.db.read
    .selectFrom('messages')
    .select('audience')
    .where('id', '=', chosen.id)
    .executeTakeFirstOrThrow();
  expect(JSON.parse(row.audience ?? '')).toEqual([{ phone: '491701111111' }, { phone: '491702222222' }]);
  const deletion = await sent({ type: 'delete', message_id: chosen.id }, 'stories');
  expect(deletion.audience_size).toBe(2);
});

test('a story that nobody would see, and what a story does not take, is refused', async () => {
  const { json } = await door.ask('POST', '/v1/instances', { key, body: { name: 'Lonely' } });
  const lonely = await door.ask('POST', `/v1/instances/${json.id}/messages`, {
    key,
    body: { to: 'stories', type: 'text', text: 'x' },
  });
  expect([lonely.status, lonely.json.error.code]).toEqual([422, 'audience_empty']);
  const target = await sent({ type: 'text', text: 'hello' });
  const rows = await door.countRows();
  for (const [to, body, option] of [
    ['stories', { type: 'poll', question: '?', options: ['a', 'b'] }, { type: 'poll' }],
    ['stories', { type: 'reaction', message_id: target.id, emoji: '👍' }, { type: 'reaction' }],
    ['stories', { type: 'text', text: 'x', reply_to: target.id }, { option: 'reply_to' }],
    ['stories', { type: 'text', text: 'x', mentions: ['+491701111111'] }, { option: 'mentions' }],
    [
      'stories',
      { type: 'image', media_id: 'med_01ARZ3NDEKTSV4RRFFQ69G5FAV', view_once: true },
      { option: 'view_once' },
    ],
    [person, { type: 'text', text: 'x', audience: ['+491701111111'] }, { option: 'audience' }],
    [person, { type: 'text', text: 'x', background: '#000000' }, { option: 'background or font' }],
  ] as const) {
    const answer = await send(body, to);
    expect([answer.status, answer.json.error.code]).toEqual([422, 'not_in_this_chat']);
    expect(answer.json.error.details).toMatchObject(option);
  }
  expect((await send({ type: 'text', text: 'x', audience: [] }, 'stories')).json.error.code).toBe('invalid_request');
  const many = Array.from({ length: 1001 }, (_, index) => `+4917012${String(index).padStart(5, '0')}`);
  expect((await send({ type: 'text', text: 'x', audience: many }, 'stories')).json.error.code).toBe('invalid_request');
  expect((await send({ type: 'text', text: 'x', background: 'red' }, 'stories')).json.error.code).toBe(
    'invalid_request',
  );
  expect(await door.countRows()).toEqual(rows);
});

test('a link preview of one’s own is shown with the first link, and one that is to be fetched is not there yet', async () => {
  const preview = { title: 'Rye', description: 'Daily' };
  const text = 'see https://example.com/rye, and https://example.com/';
  expect((await sent({ type: 'text', text, preview })).link_preview).toEqual({
    url: 'https://example.com/rye',
    ...preview,
  });
  expect((await sent({ type: 'text', text, preview: true })).link_preview).toBeUndefined();
  expect((await sent({ type: 'text', text: 'no link', preview })).link_preview).toBeUndefined();
  expect((await send({ type: 'text', text, preview: { title: '' } })).json.error.code).toBe('invalid_request');
});

test('mentions are for groups, and of people that exist', async () => {
  expect((await send({ type: 'text', text: 'x', mentions: ['+491701111111'] })).json.error).toMatchObject({
    code: 'not_in_this_chat',
    details: { chat_type: 'person', option: 'mentions' },
  });
  for (const [who, code] of [
    ['con_01J9Z3V8Q4T6W0X2Y5B7C9D1E3', 'contact_not_found'],
    ['con_nobody', 'contact_not_found'],
    ['mum', 'recipient_invalid'],
  ]) {
    expect((await send({ type: 'text', text: 'x', mentions: [who] }, groupId)).json.error.code).toBe(code);
  }
  expect(await door.countRows()).toEqual(before);
});
