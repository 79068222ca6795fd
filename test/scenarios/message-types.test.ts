import { createServer } from 'node:http';
import { proto } from 'baileys';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { runSql } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };
let ana: Phone;
/** Where Ana reads, and how the API calls it. */
let person: Chat;
let group: Chat;

type Chat = { readonly to: string; readonly at: string; readonly from: string };

beforeAll(async () => {
  lab = await startLab();
  await lab.subscribe();
  shop = await lab.link('Shop');
  ana = await lab.phones.add({ name: 'Ana' });
  person = { to: ana.number, at: shop.phone.number, from: shop.phone.number };
  const address = await lab.phones.found(ana.number, 'Bakers', [shop.phone.number]);
  const { chat_id: to } = await receive({ at: address }, { text: 'welcome' });
  group = { to, at: address, from: address };
});
afterAll(() => lab.close());

/** Ana writes; answers with the message as the API has it. */
async function receive(chat: Pick<Chat, 'at'>, message: { text: string } & Readonly<Record<string, unknown>>) {
  const id = await lab.phones.send(ana.number, { to: chat.at, ...message });
  return waitFor('it is recorded', async () => {
    const { data } = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/messages?direction=in`));
    return data.find((one: { network_message_id: string }) => one.network_message_id === id);
  });
}

async function send(chat: Chat, body: object) {
  const message = await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/messages`, { to: chat.to, ...body }));
  await waitFor('it is sent', async () => (await read(message.id)).sent_at !== null);
  return message;
}

const read = async (id: string) => expectOk(lab.api()('GET', `/v1/messages/${id}`));

/** What Ana sees of a message. */
const shown = (chat: Chat, { network_message_id: id }: { network_message_id: string }) =>
  waitFor('Ana to see it', async () =>
    (await lab.phones.shown(ana.number, chat.at)).find((message) => message.id === id),
  );

const chats = [
  ['a person', () => person],
  ['a group', () => group],
] as const;

test.each(chats)('places, cards and polls to %s are shown as what they are', async (_what, chatOf) => {
  const chat = chatOf();
  const place = await send(chat, {
    type: 'location',
    latitude: 52.5,
    longitude: 13.4,
    name: 'Bakery',
    address: 'Street 1',
  });
  expect(await shown(chat, place)).toMatchObject({ kind: 'location', location: { latitude: 52.5, name: 'Bakery' } });
  const card = await send(chat, { type: 'contacts', contacts: [{ name: 'Ben', phones: ['+49 170 1234567'] }] });
  expect(await shown(chat, card)).toMatchObject({
    kind: 'contact',
    contacts: [{ name: 'Ben', vcard: expect.stringContaining('waid=491701234567') }],
  });
  const poll = await send(chat, { type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'], selectable: 2 });
  expect(await shown(chat, poll)).toMatchObject({ kind: 'poll', poll: { name: 'Which?', selectable: 2 } });
});

test.each(chats)('an answer to %s quotes what was written there', async (_what, chatOf) => {
  const chat = chatOf();
  const asked = await receive(chat, { text: 'rye?' });
  const answer = await send(chat, { type: 'text', text: 'yes', reply_to: asked.id });
  expect(await shown(chat, answer)).toMatchObject({ quoted: { id: asked.network_message_id, text: 'rye?' } });
  expect((await read(answer.id)).reply_to).toMatchObject({ message_id: asked.id, text: 'rye?' });
});

test.each(chats)(
  'a reaction to %s is on the phone and on the message here, until it is taken back',
  async (_what, chatOf) => {
    const chat = chatOf();
    for (const target of [await send(chat, { type: 'text', text: 'hello' }), await receive(chat, { text: 'hello' })]) {
      await send(chat, { type: 'reaction', message_id: target.id, emoji: '👍' });
      expect(await shown(chat, target)).toMatchObject({ reactions: [{ from: shop.phone.number, emoji: '👍' }] });
      expect((await read(target.id)).reactions).toMatchObject([{ contact_id: null, emoji: '👍' }]);
      await send(chat, { type: 'reaction', message_id: target.id, emoji: null });
      expect(await shown(chat, target)).toMatchObject({ reactions: [] });
      expect((await read(target.id)).reactions).toEqual([]);
    }
  },
);

test.each(chats)('what is sent to %s is changed and taken back, on the phone and here', async (_what, chatOf) => {
  const chat = chatOf();
  const message = await send(chat, { type: 'text', text: 'at four' });
  await send(chat, { type: 'edit', message_id: message.id, text: 'at five' });
  expect(await shown(chat, message)).toMatchObject({ text: 'at five', edited: true });
  expect(await read(message.id)).toMatchObject({ text: 'at five', edited_at: expect.any(String), deleted_at: null });
  const answer = await send(chat, { type: 'text', text: 'good', reply_to: message.id });
  expect(await shown(chat, answer)).toMatchObject({ quoted: { text: 'at five' } });
  await send(chat, { type: 'delete', message_id: message.id });
  expect(await shown(chat, message)).toMatchObject({ deleted: true });
  expect((await read(message.id)).deleted_at).not.toBeNull();
});

test.each(chats)('a vote in a poll of %s counts there and here', async (_what, chatOf) => {
  const chat = chatOf();
  const poll = await send(chat, { type: 'poll', question: 'Which?', options: ['Rye', 'Wheat'] });
  await send(chat, { type: 'poll_vote', message_id: poll.id, options: ['Wheat'] });
  expect(await shown(chat, poll)).toMatchObject({
    poll: {
      options: [
        { name: 'Rye', voters: [] },
        { name: 'Wheat', voters: [shop.phone.number] },
      ],
    },
  });
  expect((await read(poll.id)).votes).toMatchObject([{ contact_id: null, options: ['Wheat'] }]);
});

test.each(chats)('what was written to %s is forwarded to the other, marked', async (_what, chatOf) => {
  const chat = chatOf();
  const news = await receive(chat, { text: 'the news' });
  const other = chat === group ? person : group;
  const forwarded = await send(other, { type: 'forward', message_id: news.id });
  expect(await shown(other, forwarded)).toMatchObject({ kind: 'text', text: 'the news', forwarded: true });
});

test('who is mentioned in the group is named', async () => {
  const message = await send(group, { type: 'text', text: `hello @${ana.number}`, mentions: [ana.number] });
  expect(await shown(group, message)).toMatchObject({ mentions: [expect.stringContaining(ana.number)] });
});

test('an edit right behind its message goes out after it', async () => {
  const path = `/v1/instances/${shop.id}/messages`;
  const message = await expectOk(lab.api()('POST', path, { to: ana.number, type: 'text', text: 'one' }));
  await send(person, { type: 'edit', message_id: message.id, text: 'two' });
  expect(await shown(person, message)).toMatchObject({ text: 'two', edited: true });
});

test('a reaction to a message that fails meanwhile fails as well, with a code', async () => {
  const path = `/v1/instances/${shop.id}/messages`;
  await lab.phones.addFault({ kind: 'nack', number: shop.phone.number, code: 400, count: 1 });
  const message = await expectOk(lab.api()('POST', path, { to: ana.number, type: 'text', text: 'never' }));
  const reaction = await lab.api()('POST', path, {
    to: ana.number,
    type: 'reaction',
    message_id: message.id,
    emoji: '👍',
  });
  await lab.waitForStatus(message.id, 'failed');
  // Whether it was accepted before the message failed is chance; the code is the same.
  if (reaction.status === 202) await lab.waitForStatus(reaction.body.id, 'failed');
  const error = reaction.status === 202 ? (await read(reaction.body.id)).error : reaction.body.error;
  expect(error.code).toBe('message_not_sent');
});

test('a link is shown as its page wants, and a message whose page cannot be had goes without', async () => {
  const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(100)]);
  const pages = createServer((request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: '/page?x=1' }).end();
    if (request.url === '/picture.jpg')
      return void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture);
    if (request.url === '/hangs') return;
    const type = request.url === '/file' ? 'application/pdf' : 'text/html; charset=utf-8';
    response.writeHead(200, { 'content-type': type });
    response.end(
      '<meta property="og:title" content="Rye &amp; more"><meta property="og:description" content="Daily"><meta property="og:image" content="/picture.jpg">',
    );
  });
  const origin = await new Promise<string>((resolve) => {
    pages.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${Object(pages.address()).port}`));
  });
  const url = `${origin}/moved#top`;
  const message = await send(person, { type: 'text', text: `look: ${url}.`, preview: true });
  expect(await read(message.id)).toMatchObject({ link_preview: { url, title: 'Rye & more', description: 'Daily' } });
  const [row] = runSql(lab.dataDir, 'select payload from messages where id = ?', message.id);
  const words = proto.Message.decode(Object(row).payload).extendedTextMessage;
  expect(words).toMatchObject({ matchedText: url, title: 'Rye & more', description: 'Daily' });
  expect(Buffer.from(words?.jpegThumbnail ?? [])).toEqual(picture);
  expect(await shown(person, message)).toMatchObject({ text: `look: ${url}.` });

  for (const bad of [`${origin}/hangs`, `${origin}/file`, 'http://169.254.169.254/', 'http://127.0.0.1:1/']) {
    const plain = await send(person, { type: 'text', text: bad, preview: true });
    expect((await read(plain.id)).link_preview).toBeUndefined();
  }
  await new Promise((resolve) => {
    pages.close(resolve);
    pages.closeAllConnections();
  });
}, 60_000);

test('what is sent to a chat with a timer carries it', async () => {
  const first = await send(person, { type: 'text', text: 'stays' });
  expect((await shown(person, first)).expires_at).toBeUndefined();
  await expectOk(lab.api()('PATCH', `/v1/instances/${shop.id}/chats/${first.chat_id}`, { ephemeral_seconds: 86_400 }));
  const second = await send(person, { type: 'location', latitude: 1, longitude: 2 });
  expect((await shown(person, second)).expires_at).toBeDefined();
  await expectOk(lab.api()('PATCH', `/v1/instances/${shop.id}/chats/${first.chat_id}`, { ephemeral_seconds: 0 }));
});

test('a story is seen by those whom it is for, also when it is sent again after a kill', async () => {
  const [ben, cem] = await Promise.all([lab.phones.add({ name: 'Ben' }), lab.phones.add({ name: 'Cem' })]);
  const seen = async (phone: Phone) => (await lab.phones.stories(phone.number)).map(({ text }) => text);
  await lab.phones.addFault({ kind: 'drop_socket', number: shop.phone.number, count: 1 });
  const body = { to: 'stories', type: 'text', text: 'open today', audience: [ben.number] };
  const story = await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/messages`, body));
  await waitFor('the first attempt', async () => (await read(story.id)).status === 'sending');
  await lab.gateway().kill();
  await lab.phones.clearFaults();
  await lab.start();
  await waitFor('Ben to see it', async () => (await seen(ben)).length === 1);
  // By now Cem has a chat with the number.
  await lab.send(shop.id, cem.number, 'hello');
  await waitFor('it is sent', async () => (await read(story.id)).sent_at !== null);
  expect(await seen(ben)).toEqual(['open today']);
  expect(await seen(cem)).toEqual([]);

  const everybody = await send({ to: 'stories', at: '', from: '' }, { type: 'text', text: 'fresh rye' });
  expect(everybody.audience_size).toBeGreaterThanOrEqual(2);
  await waitFor('Cem to see it', async () => (await seen(cem)).includes('fresh rye'));
}, 60_000);

test('killed between a poll and its ack: the poll is sent again under its id and shown once, and can be voted in', async () => {
  await lab.phones.addFault({ kind: 'withhold_ack', number: shop.phone.number });
  const path = `/v1/instances/${shop.id}/messages`;
  const poll = await expectOk(
    lab.api()('POST', path, { to: ana.number, type: 'poll', question: 'Once?', options: ['Yes', 'No'] }),
  );
  await shown(person, poll);
  await lab.gateway().kill();
  await lab.phones.clearFaults();
  await lab.start();
  await lab.waitForStatus(poll.id, 'delivered');
  await pause(2500);
  const polls = (await lab.phones.shown(ana.number, person.at)).filter(({ text }) => text === 'Once?');
  expect(polls).toHaveLength(1);
  await send(person, { type: 'poll_vote', message_id: poll.id, options: ['Yes'] });
  expect(await shown(person, poll)).toMatchObject({
    poll: { options: [{ voters: [shop.phone.number] }, { voters: [] }] },
  });
}, 60_000);
