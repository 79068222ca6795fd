import { proto } from 'baileys';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageRef, OutboundContent, OutboundMessage } from '../../src/network/index.ts';
import { type Device, type Lab, type Phone, startLab, until, updatesOf } from './lab.ts';

/** As the emulator's control API shows a message. */
type Shown = { readonly id: string; readonly kind: string } & Readonly<Record<string, unknown>>;

let lab: Lab;
let shop: Phone;
let ann: Phone;
let device: Device;
let group = '';

beforeAll(async () => {
  lab = await startLab();
  [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
  device = await lab.link(shop);
  const founded = await lab.post('/control/groups', { by: ann.number, subject: 'Bakers', members: [shop.number] });
  group = idOf(founded, 'group');
});
afterAll(() => lab.stop());

/** Control answers are as the emulator's OpenAPI document has them. */
function idOf(answer: unknown, field: string): string {
  return (answer as Record<string, string>)[field] ?? '';
}
function listOf(answer: unknown): readonly Shown[] {
  return (answer as { data: Shown[] }).data;
}

const shownTo = async (phone: Phone, id: string, changes = ''): Promise<Shown> =>
  until(`${id} is shown`, async () =>
    listOf(await lab.get(`/control/phones/${phone.number}/messages${changes}`)).find((one) => one.id === id),
  );

async function send(destination: string, content: OutboundContent, more: Partial<OutboundMessage> = {}) {
  const networkId = lab.network.newMessageId();
  const self = { phone: shop.number, lid: shop.lid };
  const payload = lab.network.buildPayload({ content, destination, self, atMs: Date.now(), ...more });
  const sent = await device.session.send({ networkId, destination, payload, again: false });
  expect(sent).toMatchObject({ kind: 'accepted' });
  const ref: MessageRef = { networkId, fromMe: true, author: self, raw: payload };
  return { networkId, ref };
}

/** What Ann wrote, as the gateway keeps it. */
async function receive(message: object): Promise<MessageRef> {
  const id = idOf(await lab.post(`/control/phones/${ann.number}/messages`, message), 'id');
  const update = await until('it is in', () =>
    updatesOf(lab, device.disk, shop).find((one) => one.kind === 'message' && one.networkId === id),
  );
  if (update.kind !== 'message') throw new Error('unreachable');
  return { networkId: id, fromMe: false, author: update.author, ...(update.raw && { raw: update.raw }) };
}

/** To the person and to the group, which name people and messages in different ways. */
const chats = [
  { what: 'a person', chat: () => `${ann.number}@s.whatsapp.net`, back: () => shop.number },
  { what: 'a group', chat: () => group, back: () => group },
] as const;

describe.each(chats)('to $what', ({ chat, back }) => {
  it.each([
    [
      { type: 'text', text: '*bold* _and_ ~more~' },
      { kind: 'text', text: '*bold* _and_ ~more~' },
    ],
    [
      { type: 'location', latitude: 52.5, longitude: -13.25, name: 'Bakery', address: 'Street 1' },
      { kind: 'location', location: { latitude: 52.5, longitude: -13.25, name: 'Bakery', address: 'Street 1' } },
    ],
    [
      { type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'], selectable: 1 },
      { kind: 'poll', poll: { name: 'Which?', selectable: 1, options: [{ name: 'Rye' }, { name: 'Wheat' }] } },
    ],
    [
      { type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'], selectable: 0 },
      { kind: 'poll', poll: { name: 'Which?', selectable: 0 } },
    ],
  ] as const)('%o is shown', async (content, shown) => {
    const { networkId } = await send(chat(), content);
    expect(await shownTo(ann, networkId)).toMatchObject(shown);
  });

  it('one contact and several are shown, and no name breaks out of its line', async () => {
    const card = (name: string) => ({
      name,
      phones: [{ number: '+491701234567', phone: '491701234567' }],
      emails: ['a@example.com'],
    });
    const one = await send(chat(), {
      type: 'contacts',
      contacts: [{ ...card('Ada; Baker,\nTEL:1'), organization: 'Bread & Co' }],
    });
    const [shown] = asCards((await shownTo(ann, one.networkId)).contacts);
    expect(shown?.name).toBe('Ada; Baker,\nTEL:1');
    expect(shown?.vcard.split('\n')).toEqual([
      'BEGIN:VCARD',
      'VERSION:3.0',
      'N:;Ada\\; Baker\\,\\nTEL:1;;;',
      'FN:Ada\\; Baker\\,\\nTEL:1',
      'ORG:Bread & Co',
      'TEL;type=CELL;waid=491701234567:+491701234567',
      'EMAIL:a@example.com',
      'END:VCARD',
    ]);
    const two = await send(chat(), { type: 'contacts', contacts: [card('Ada'), card('Ben')] });
    expect(asCards((await shownTo(ann, two.networkId)).contacts).map(({ name }) => name)).toEqual(['Ada', 'Ben']);
  });

  it('an answer quotes what it answers, whoever wrote it', async () => {
    const theirs = await receive({ to: back(), text: 'Do you have rye?' });
    const answer = await send(chat(), { type: 'text', text: 'Yes' }, { quoted: theirs });
    expect(await shownTo(ann, answer.networkId)).toMatchObject({
      quoted: {
        id: theirs.networkId,
        text: 'Do you have rye?',
        participant: expect.stringContaining(ann[back() === group ? 'lid' : 'number']),
      },
    });
    const more = await send(
      chat(),
      { type: 'location', latitude: 1, longitude: 2 },
      { quoted: { ...answer.ref, editedText: 'No' } },
    );
    expect(await shownTo(ann, more.networkId)).toMatchObject({ quoted: { id: answer.networkId, text: 'No' } });
  });

  it('what is answered and was not kept is quoted by its id alone', async () => {
    const { raw: _raw, ...ref } = await receive({ to: back(), text: 'lost' });
    const { networkId } = await send(chat(), { type: 'text', text: 'What?' }, { quoted: ref });
    expect(await shownTo(ann, networkId)).toMatchObject({ quoted: { id: ref.networkId } });
  });

  it('a reaction is put on, changed and taken back, on ours and on theirs', async () => {
    const ours = await send(chat(), { type: 'text', text: 'hello' });
    const theirs = await receive({ to: back(), text: 'hello' });
    for (const target of [ours.ref, theirs]) {
      for (const emoji of ['👍', '❤️', null]) {
        await send(chat(), { type: 'reaction', target, emoji });
        await until(`${emoji} is on it`, async () => {
          const { reactions } = await shownTo(ann, target.networkId);
          return (
            JSON.stringify(reactions) === JSON.stringify(emoji === null ? [] : [{ from: shop.number, emoji }]) ||
            undefined
          );
        });
      }
    }
  });

  it('an edit changes the text', async () => {
    const { networkId, ref } = await send(chat(), { type: 'text', text: 'at four' });
    await send(chat(), { type: 'edit', target: ref, text: 'at five' });
    await until('it is edited', async () => (await shownTo(ann, networkId)).edited || undefined);
    expect(await shownTo(ann, networkId)).toMatchObject({ text: 'at five', kind: 'text' });
  });

  it('a deletion takes the message back', async () => {
    const { networkId, ref } = await send(chat(), { type: 'text', text: 'oops' });
    await send(chat(), { type: 'delete', target: ref });
    await until('it is deleted', async () => (await shownTo(ann, networkId)).deleted || undefined);
  });

  it('a vote is counted, in our poll and in theirs, and taken back', async () => {
    const ours = await send(chat(), { type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'], selectable: 0 });
    const theirs = await receive({
      to: back(),
      kind: 'poll',
      text: 'Which?',
      options: ['Rye', 'Wheat'],
      selectable: 0,
    });
    for (const target of [ours.ref, theirs]) {
      for (const options of [['Rye', 'Wheat'], ['Wheat'], []]) {
        await send(chat(), { type: 'poll_vote', target, options });
        await until(`${options} are chosen`, async () => {
          const chosen = asPoll((await shownTo(ann, target.networkId)).poll).options.flatMap(({ name, voters }) =>
            voters.includes(shop.number) ? [name] : [],
          );
          return JSON.stringify(chosen) === JSON.stringify(options) || undefined;
        });
      }
    }
  });

  it('what is forwarded is marked and says the same, without what it answered', async () => {
    const first = await receive({ to: back(), text: 'first' });
    const theirs = await receive({ to: back(), text: 'the news', quote: first.networkId });
    const { networkId, ref } = await send(chat(), { type: 'forward', target: theirs });
    const shown = await shownTo(ann, networkId);
    expect(shown).toMatchObject({ kind: 'text', text: 'the news', forwarded: true });
    expect(shown.quoted).toBeUndefined();
    const again = await send(chat(), { type: 'forward', target: ref });
    expect(await shownTo(ann, again.networkId)).toMatchObject({ forwarded: true });
    const own = await send(chat(), { type: 'text', text: 'ours' });
    const forwarded = await send(chat(), { type: 'forward', target: own.ref });
    expect((await shownTo(ann, forwarded.networkId)).forwarded).toBeUndefined();
  });
});

it('a message of a chat with a timer disappears, and what only changes another does not', async () => {
  const chat = `${ann.number}@s.whatsapp.net`;
  const { networkId, ref } = await send(chat, { type: 'text', text: 'for a day' }, { ephemeralSeconds: 86_400 });
  const { at, expires_at: until } = await shownTo(ann, networkId);
  expect(Date.parse(String(until)) - Date.parse(String(at))).toBe(86_400_000);
  const reaction = await send(chat, { type: 'reaction', target: ref, emoji: '👍' }, { ephemeralSeconds: 86_400 });
  expect((await shownTo(ann, reaction.networkId, '?changes=true')).expires_at).toBeUndefined();
});

it('who is mentioned in a group is named', async () => {
  const { networkId } = await send(
    group,
    { type: 'text', text: `hello @${ann.number}` },
    { mentions: [{ phone: ann.number, lid: ann.lid }, { lid: '777' }] },
  );
  expect(await shownTo(ann, networkId)).toMatchObject({ mentions: [`${ann.number}@s.whatsapp.net`, '777@lid'] });
});

it('an admin takes back what somebody else wrote in the group', async () => {
  await lab.post(`/control/groups/${group}/members`, { by: ann.number, action: 'promote', numbers: [shop.number] });
  const theirs = await receive({ to: group, text: 'spam' });
  await send(group, { type: 'delete', target: theirs });
  await until('it is deleted', async () => (await shownTo(ann, theirs.networkId)).deleted || undefined);
});

it('a story is seen by its audience and on the own phone, and by nobody else', async () => {
  const [ben, cem] = await Promise.all([lab.phone(), lab.phone()]);
  const destination = lab.network.storyAddress;
  const content = { type: 'text', text: 'open today', background: '#102030', font: 'bold' } as const;
  const networkId = lab.network.newMessageId();
  const self = { phone: shop.number };
  const payload = lab.network.buildPayload({ content, destination, self, atMs: 0 });
  const audience = [{ phone: ann.number, lid: ann.lid }, { lid: ben.lid }];
  const stories = async (phone: Phone) => listOf(await lab.get(`/control/phones/${phone.number}/stories`));
  expect(await device.session.send({ networkId, destination, payload, audience, again: false })).toMatchObject({
    kind: 'accepted',
  });
  for (const phone of [ann, ben, shop]) {
    await until('it is seen', async () => (await stories(phone)).length === 1 || undefined);
    expect(await stories(phone)).toMatchObject([{ id: networkId, kind: 'text', text: 'open today' }]);
  }
  expect(await stories(cem)).toEqual([]);

  const target = { networkId, fromMe: true, author: self, raw: payload };
  const deletion = lab.network.buildPayload({ content: { type: 'delete', target }, destination, self, atMs: 0 });
  const id = lab.network.newMessageId();
  await device.session.send({ networkId: id, destination, payload: deletion, audience, again: false });
  await until('it is gone', async () => (await stories(ann)).length === 0 || undefined);
});

it('a text to a newsletter of the number is posted there', async () => {
  const founded = await lab.post('/control/newsletters', { by: shop.number, name: 'Bread' });
  const newsletter = idOf(founded, 'newsletter');
  const { networkId } = await send(newsletter, { type: 'text', text: 'half price' });
  await until('it is posted', async () =>
    listOf(await lab.get(`/control/newsletters/${newsletter}/posts`)).find((post) => post.id === networkId),
  );
  expect(listOf(await lab.get(`/control/newsletters/${newsletter}/posts`))).toMatchObject([
    { id: networkId, kind: 'text', text: 'half price' },
  ]);
});

it('only a story has colours', () => {
  const text = { type: 'text', text: 'x' } as const;
  const build = (destination: string, content: OutboundContent = text) =>
    proto.Message.decode(lab.network.buildPayload({ content, destination, self: { phone: '1' }, atMs: 0 }))
      .extendedTextMessage;
  expect(build(lab.network.storyAddress, { ...text, background: '#102030', font: 'courier_prime' })).toMatchObject({
    backgroundArgb: 0xff102030,
    textArgb: 0xffffffff,
    font: 10,
  });
  expect(build(group)?.backgroundArgb ?? null).toBeNull();
});

it('a card of a link goes along with the text', async () => {
  const linkPreview = {
    url: 'https://example.com/',
    title: 'Rye',
    description: 'Daily',
    image: Buffer.from([0xff, 0xd8]),
  };
  const { networkId, ref } = await send(group, { type: 'text', text: 'see https://example.com/', linkPreview });
  expect(await shownTo(ann, networkId)).toMatchObject({ kind: 'text', text: 'see https://example.com/' });
  const words = proto.Message.decode(ref.raw ?? Buffer.alloc(0)).extendedTextMessage;
  expect(words).toMatchObject({ matchedText: 'https://example.com/', title: 'Rye', description: 'Daily' });
  expect(Buffer.from(words?.jpegThumbnail ?? [])).toEqual(linkPreview.image);
});

it('a vote in a poll whose secret is not there cannot be built', () => {
  const target = { networkId: 'A', fromMe: false, author: { phone: ann.number } };
  const message = {
    content: { type: 'poll_vote', target, options: [] },
    destination: group,
    self: { phone: shop.number },
    atMs: 0,
  } as const;
  expect(() => lab.network.buildPayload(message)).toThrow('without its secret');
});

function asCards(value: unknown): readonly { name: string; vcard: string }[] {
  return value as { name: string; vcard: string }[];
}
function asPoll(value: unknown): { options: readonly { name: string; voters: readonly string[] }[] } {
  return value as { options: { name: string; voters: string[] }[] };
}
