import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };
let ada: Phone;
let group: string;
let places: readonly Place[];

/** Somebody who writes, and where: each with messages of their own. */
type Place = { readonly name: string; readonly by: Phone; readonly to: string; readonly own: boolean };
type Body = Readonly<Record<string, unknown>>;
type Expected = Readonly<Record<string, unknown>>;

beforeEach(async () => {
  lab = await startLab();
  await lab.subscribe();
  shop = await lab.link('Shop');
  ada = await lab.phones.add({ name: 'Ada' });
  group = await lab.phones.found(ada.number, 'Bakers', [shop.phone.number]);
  for (const { number } of [ada, shop.phone]) await onPhone('PUT', `${number}/business`, { products: [loaf] });
  places = [
    { name: 'a person', by: ada, to: shop.phone.number, own: false },
    { name: 'a person in a group', by: ada, to: group, own: false },
    { name: 'the own phone', by: shop.phone, to: ada.number, own: true },
    { name: 'the own phone in a group', by: shop.phone, to: group, own: true },
  ];
}, 60_000);
afterEach(() => lab.close());

const loaf = { id: 'rye', name: 'Rye', price: 4500, currency: 'EUR' };

// biome-ignore lint/suspicious/noExplicitAny: the emulator's answers have every shape
async function onPhone(method: string, rest: string, body: object): Promise<any> {
  const response = await fetch(`${lab.phonesUrl}/control/phones/${rest}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Error(`${JSON.stringify(body)}: ${await response.text()}`);
  return response.json();
}

/** What somebody does on the phone; gives the id. */
const act = async ({ by, to }: Place, body: Body): Promise<string> =>
  (await onPhone('POST', `${by.number}/messages`, { to, ...body })).id;

/** What was delivered of these events about this message, each event once. */
const deliveredOf = (id: string, types: RegExp) =>
  lab.receiver
    .events()
    .filter(
      ({ type, data }) => types.test(type) && (data.message?.network_message_id ?? data.network_message_id) === id,
    );

const reply = { id: 'r1', title: 'Rye' };
const file = { data: 'AAAA', mime_type: 'application/pdf' };

/** Every kind of message that phones send, and what is told of it. */
const kinds: readonly (readonly [Body, Expected])[] = [
  [
    { text: 'hello', forwarded: true },
    { type: 'text', text: 'hello', forwarded: true },
  ],
  [
    { kind: 'image', text: 'Look', view_once: true },
    { type: 'image', caption: 'Look', view_once: true, media: { mime_type: expect.any(String) } },
  ],
  [
    { kind: 'video', data: 'AAAA' },
    { type: 'video', media: { bytes: 3 } },
  ],
  [
    { kind: 'video_note', data: 'AAAA' },
    { type: 'video_note', media: { bytes: 3 } },
  ],
  [
    { kind: 'audio', data: 'AAAA' },
    { type: 'audio', media: { bytes: 3 } },
  ],
  [
    { kind: 'voice', seconds: 3, data: 'AAAA' },
    { type: 'voice', media: { seconds: 3, bytes: 3 } },
  ],
  [
    { kind: 'document', file_name: 'bill.pdf', ...file },
    { type: 'document', media: { filename: 'bill.pdf', mime_type: 'application/pdf' } },
  ],
  [
    { kind: 'sticker', data: 'AAAA', animated: true },
    { type: 'sticker', media: { animated: true } },
  ],
  [
    { kind: 'location', text: 'Bakery', latitude: 1.5, longitude: 2.5, address: 'Mill Lane' },
    { type: 'location', name: 'Bakery', latitude: 1.5, longitude: 2.5, address: 'Mill Lane' },
  ],
  [
    { kind: 'live_location', text: 'On my way', latitude: 1.5, longitude: 2.5 },
    { type: 'live_location', caption: 'On my way', latitude: 1.5, longitude: 2.5, sequence: expect.any(Number) },
  ],
  [
    { kind: 'contact', contacts: [{ name: 'Ben', number: '4915155500009' }] },
    { type: 'contacts', contacts: [{ name: 'Ben', phones: [{ phone: '4915155500009' }] }] },
  ],
  [
    { kind: 'contact', contacts: ['1', '2'].map((n) => ({ name: `Ben ${n}`, number: `491515550000${n}` })) },
    { type: 'contacts', contacts: [{ name: 'Ben 1' }, { name: 'Ben 2' }] },
  ],
  [
    { kind: 'poll', text: 'Which?', options: ['Rye', 'Spelt'], selectable: 2 },
    { type: 'poll', question: 'Which?', options: ['Rye', 'Spelt'], selectable: 2 },
  ],
  [
    { kind: 'list_reply', text: 'Rye', choice: 'r1' },
    { type: 'list_reply', reply },
  ],
  [
    { kind: 'button_reply', text: 'Rye', choice: 'r1' },
    { type: 'button_reply', reply },
  ],
  [
    { kind: 'template_reply', text: 'Rye', choice: 'r1' },
    { type: 'button_reply', reply },
  ],
  [
    { kind: 'flow_reply', text: 'Rye', choice: '{"id":"r1"}' },
    { type: 'interactive_reply', reply, flow: { name: 'menu_options', answer: '{"id":"r1"}' } },
  ],
  [
    { kind: 'event', text: 'Tasting', description: 'Bring bread', place: 'Bakery', starts_at: '2030-01-01T10:00:00Z' },
    {
      type: 'event',
      event: {
        name: 'Tasting',
        description: 'Bring bread',
        location: { name: 'Bakery' },
        starts_at: '2030-01-01T10:00:00.000Z',
        cancelled: false,
      },
    },
  ],
  [
    { kind: 'product', text: 'Fresh', product: 'rye' },
    { type: 'product', text: 'Fresh', product: { id: 'rye', title: 'Rye', price: { currency: 'EUR' } } },
  ],
  [{ message: { requestPhoneNumberMessage: {} } }, { type: 'unsupported', kind: 'request_phone_number' }],
  [
    { message: { buttonsMessage: { contentText: 'Choose' } } },
    { type: 'unsupported', kind: 'buttons', text: 'Choose' },
  ],
];

test('every kind of message is told once, whoever writes it wherever, though the gateway is killed in between', {
  timeout: 120_000,
}, async () => {
  const sent: { place: Place; id: string; expected: Expected }[] = [];
  const send = async (place: Place, body: Body, expected: Expected) => {
    const id = await act(place, body);
    sent.push({ place, id, expected });
    return id;
  };
  const [first, ...rest] = kinds;
  if (!first) throw new Error('there is nothing to send');
  for (const place of places) {
    const quoted = await send(place, ...first);
    const replyTo = { network_message_id: quoted, message_id: expect.stringMatching(/^msg_/), text: 'hello' };
    await send(place, { text: 'yes', quote: quoted }, { type: 'text', text: 'yes', reply_to: replyTo });
    const [mentioned] = places.filter(({ own }) => own !== place.own);
    const { number } = mentioned?.by ?? shop.phone;
    await send(place, { text: 'see @you', mentions: [number] }, { type: 'text', mentions: [{ phone_number: number }] });
    const invite = { code: expect.any(String), group_name: 'Bakers' };
    await send(place, { kind: 'group_invite', text: 'Come', group }, { type: 'group_invite', caption: 'Come', invite });
  }
  await waitFor('the first of them', () => lab.receiver.events('message.received').length > 0);
  const killed = lab.gateway().kill();
  for (const [body, expected] of rest) for (const place of places) await send(place, body, expected);
  for (const place of places.filter(({ to }) => to !== group)) {
    const order = { id: expect.any(String), items: 2, status: 'inquiry', total: { currency: 'EUR' } };
    const items = [{ product: 'rye', quantity: 2 }];
    await send(place, { kind: 'order', text: 'Please', items }, { type: 'order', text: 'Please', order });
  }
  await killed;
  await lab.start();
  const arrivals = () => sent.map(({ id }) => deliveredOf(id, /^message\.(received|sent)$/));
  await waitFor('all of them', () => arrivals().every((found) => found.length > 0), 60_000);
  for (const { place, id, expected } of sent) {
    const found = deliveredOf(id, /^message\.(received|sent)$/);
    expect([place.name, found.length]).toEqual([place.name, 1]);
    expect(found[0]?.type).toBe(place.own ? 'message.sent' : 'message.received');
    const inGroup = place.to === group;
    expect(found[0]?.data.message).toMatchObject({
      ...expected,
      chat_type: inGroup ? 'group' : 'person',
      direction: place.own ? 'out' : 'in',
      source: place.own ? 'device' : 'contact',
      contact: place.own && inGroup ? null : { lid: ada.lid },
    });
  }
  const located = sent.find(({ expected }) => expected.type === 'location');
  const [event] = deliveredOf(located?.id ?? '', /received/);
  const raw = await expectOk(lab.api()('GET', `/v1/messages/${event?.data.message.id}/raw`));
  expect(raw.message).toMatchObject({ locationMessage: { name: 'Bakery' } });
});

const aboutMessages = /^message\.(reaction|edited|deleted|poll_vote|event_response|pinned|unpinned|kept)$/;

test('what is done to messages is told once each, though the gateway is killed in between', {
  timeout: 120_000,
}, async () => {
  const targets = await Promise.all(
    places.map(async (place) => ({
      place,
      poll: await act(place, { kind: 'poll', text: 'Which?', options: ['Rye', 'Spelt'] }),
      event: await act(place, { kind: 'event', text: 'Tasting' }),
      words: await act(place, { text: 'Loo' }),
    })),
  );
  await waitFor('one of them', () => lab.receiver.events('message.received').length > 0);
  const killed = lab.gateway().kill();
  for (const { place, poll, event, words } of targets) {
    await act(place, { kind: 'reaction', target: poll, text: '👍' });
    await act(place, { kind: 'reaction', target: poll, text: '' });
    await act(place, { kind: 'vote', target: poll, options: ['Spelt'] });
    await act(place, { kind: 'event_reply', target: event, choice: 'maybe' });
    await act(place, { kind: 'pin', target: event, seconds: 86_400 });
    await act(place, { kind: 'pin', target: event, seconds: 0 });
    await act(place, { kind: 'keep', target: event });
    await act(place, { kind: 'edit', target: words, text: 'Look' });
    await act(place, { kind: 'delete', target: words });
    if (place.to !== group) await act(place, { kind: 'timer', seconds: place.own ? 0 : 86_400 });
  }
  await killed;
  await lab.start();
  const told = (id: string) =>
    deliveredOf(id, aboutMessages)
      .map(({ type, data }) => ({ type, ...data }))
      .sort((one, other) => one.type.localeCompare(other.type) || one.at.localeCompare(other.at));
  const all = () => targets.flatMap(({ poll, event, words }) => [poll, event, words].flatMap(told));
  await waitFor('all of them', () => all().length >= targets.length * 9, 60_000);
  for (const { place, poll, event, words } of targets) {
    const contact = place.own ? null : { lid: ada.lid };
    const message = { id: expect.stringMatching(/^msg_/) };
    const about = { contact, message, chat_type: place.to === group ? 'group' : 'person' };
    expect(told(poll)).toMatchObject([
      { ...about, type: 'message.poll_vote', options: ['Spelt'] },
      { ...about, type: 'message.reaction' },
      { ...about, type: 'message.reaction' },
    ]);
    expect(told(event)).toMatchObject([
      { ...about, type: 'message.event_response', response: 'maybe' },
      { ...about, type: 'message.kept' },
      { ...about, type: 'message.pinned', expires_at: expect.any(String) },
      { ...about, type: 'message.unpinned' },
    ]);
    expect(told(words)).toMatchObject([
      { ...about, type: 'message.deleted' },
      { ...about, type: 'message.edited', text: 'Look' },
    ]);
  }
  await waitFor('both timers', () => lab.receiver.events('chat.updated').length >= 2);
  const { data } = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/messages`));
  const byId = new Map(data.map((row: { network_message_id: string }) => [row.network_message_id, row]));
  for (const { poll, words } of targets) {
    expect(byId.get(poll)).toMatchObject({ votes: [{ options: ['Spelt'] }], reactions: [] });
    expect(byId.get(words)).toMatchObject({
      text: 'Look',
      edited_at: expect.any(String),
      deleted_at: expect.any(String),
    });
  }
});

test('stories are told, and what people do to them', { timeout: 60_000 }, async () => {
  const post = async (by: Phone, to: Phone, body: Body): Promise<string> =>
    (await onPhone('POST', `${by.number}/stories`, { to: [to.number], ...body })).id;
  const words = await post(ada, shop.phone, { text: 'On holiday' });
  const picture = await post(ada, shop.phone, { kind: 'image', text: 'The sea' });
  const own = await post(shop.phone, ada, { text: 'Fresh bread' });
  const told = (id: string, types: RegExp) => waitFor(`${types} of ${id}`, () => deliveredOf(id, types)[0]?.data);
  const theirs = { chat_type: 'story', direction: 'in', source: 'contact', contact: { lid: ada.lid } };
  const ours = { chat_type: 'story', direction: 'out', source: 'device', contact: null };
  const stories: readonly (readonly [string, RegExp, Expected])[] = [
    [words, /^story\.received$/, { ...theirs, type: 'text', text: 'On holiday' }],
    [picture, /^story\.received$/, { ...theirs, type: 'image', caption: 'The sea' }],
    [own, /^message\.sent$/, { ...ours, type: 'text', text: 'Fresh bread' }],
  ];
  for (const [id, types, expected] of stories) expect((await told(id, types)).message).toMatchObject(expected);

  await onPhone('POST', `${ada.number}/stories/${own}/view`, {});
  await onPhone('PUT', `${ada.number}/messages/${own}/reaction`, { emoji: '😍' });
  const answer = await act(
    { name: 'answer', by: ada, to: shop.phone.number, own: false },
    { text: 'Two!', quote: own },
  );
  await fetch(`${lab.phonesUrl}/control/phones/${ada.number}/messages/${words}`, { method: 'DELETE' });
  expect(await told(own, /^story\.viewed$/)).toMatchObject({ contact: { lid: ada.lid } });
  const about = { contact: { lid: ada.lid }, message: { type: 'text' } };
  expect(await told(own, /^message\.reaction$/)).toMatchObject({ ...about, emoji: '😍' });
  expect(await told(words, /^message\.deleted$/)).toMatchObject(about);
  expect((await told(answer, /^message\.received$/)).message).toMatchObject({
    chat_type: 'person',
    reply_to: { network_message_id: own, message_id: expect.stringMatching(/^msg_/) },
  });
  for (const [id, types] of stories) expect(deliveredOf(id, types)).toHaveLength(1);
});
