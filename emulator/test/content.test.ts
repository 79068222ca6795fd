import { decryptPollVote, normalizeMessageContent, type proto } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVote, sealVote } from '../src/phones/poll-votes.ts';
import { type BareClient, waitFor } from './bare-client.ts';
import type { Phone, Seen } from './control.ts';
import { type Desk, lidOf, pnOf, startDesk } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
const reactions: { key: { id?: string | null }; reaction: proto.IReaction }[] = [];
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  friend = await desk.addPhone({ name: 'Ada' });
  client.socket.ev.on('messages.reaction', (list) => reactions.push(...list));
});
afterAll(() => desk.stop());

const on = (of: Phone, id: string, look: (seen: Seen) => unknown) =>
  waitFor('the phone to show it', async () => {
    const found = (await desk.seen(of)).find((seen) => seen.id === id);
    return found && look(found) ? found : undefined;
  });
const fromClient = async (content: Parameters<BareClient['socket']['sendMessage']>[1], to = lidOf(friend)) => {
  const sent = await client.socket.sendMessage(to, content);
  if (!sent?.key.id) throw new Error('nothing was sent');
  return { id: sent.key.id, key: sent.key, message: sent };
};
const got = (id: string) =>
  waitFor(`message ${id}`, () => client.messages.find(({ key, message }) => key.id === id && message));
const path = (id: string, rest = '') => `/control/phones/${friend.number}/messages/${id}${rest}`;
const change = (method: string, id: string, rest: string, body?: unknown) =>
  desk.control.call<{ id: string }>(method, path(id, rest), body);

describe('what a client sends, as a person sees it', () => {
  test.each([
    ['number', pnOf],
    ['LID', lidOf],
  ])('a reaction by %s is added, changed and taken back, and is no message of its own', async (_name, jidOf) => {
    const id = await desk.send(friend, phone, { text: 'react to me' });
    const { key } = await got(id);
    const before = await desk.counters(friend);
    const react = (text: string) => client.socket.sendMessage(jidOf(friend), { react: { text, key } });
    await react('👍');
    await on(friend, id, ({ reactions: [one] }) => one?.emoji === '👍' && one.from === phone.number);
    await react('❤️');
    await on(friend, id, (seen) => seen.reactions.length === 1 && seen.reactions[0]?.emoji === '❤️');
    await react('');
    await on(friend, id, (seen) => seen.reactions.length === 0);
    const after = await desk.counters(friend);
    expect([after.shown - before.shown, after.applied - before.applied]).toEqual([0, 3]);
    expect((await on(phone, id, () => true)).reactions).toEqual([]);
  });

  test('an edit changes the text, a deletion takes it away, on the friend’s phone and on the own', async () => {
    const { id, key } = await fromClient({ text: 'helo' });
    await fromClient({ text: 'hello', edit: key });
    expect(await on(friend, id, ({ edited }) => edited)).toMatchObject({ text: 'hello', deleted: false });
    await on(phone, id, ({ edited }) => edited);
    await fromClient({ delete: key });
    expect(await on(friend, id, ({ deleted }) => deleted)).toMatchObject({ text: null });
    await on(phone, id, ({ deleted }) => deleted);
  });

  test('nobody edits or deletes what somebody else has written', async () => {
    const id = await desk.send(friend, phone, { text: 'mine' });
    const { key } = await got(id);
    await fromClient({ text: 'not yours', edit: { ...key, fromMe: true } });
    await fromClient({ delete: { ...key, fromMe: true } });
    const { id: last } = await fromClient({ text: 'after' });
    expect(await on(friend, last, () => true)).toBeDefined();
    expect((await desk.seen(friend)).find((seen) => seen.id === id)).toMatchObject({ text: 'mine', deleted: false });
  });

  test('a reply says what it quotes, a location where it is, contacts who they are', async () => {
    const quotedId = await desk.send(friend, phone, { text: 'question' });
    const reply = await client.socket.sendMessage(lidOf(friend), { text: 'answer' }, { quoted: await got(quotedId) });
    const seen = await on(friend, reply?.key.id ?? '', () => true);
    expect(seen).toMatchObject({ kind: 'text', quoted: { id: quotedId, text: 'question' } });
    const place = await fromClient({
      location: { degreesLatitude: 48.137, degreesLongitude: 11.575, name: 'Marienplatz' },
    });
    expect(await on(friend, place.id, () => true)).toMatchObject({
      kind: 'location',
      location: { latitude: 48.137, longitude: 11.575, name: 'Marienplatz' },
    });
    const contacts = ['Bob', 'Eve'].map((displayName) => ({
      displayName,
      vcard: `BEGIN:VCARD\nFN:${displayName}\nEND:VCARD`,
    }));
    const cards = await fromClient({ contacts: { displayName: '2 contacts', contacts } });
    expect(await on(friend, cards.id, () => true)).toMatchObject({
      kind: 'contact',
      contacts: [{ name: 'Bob' }, { name: 'Eve' }],
    });
  });

  test('a poll can be voted in on the phone, and the client can open the vote', async () => {
    const { id, message } = await fromClient({ poll: { name: 'Tea?', values: ['yes', 'no'], selectableCount: 1 } });
    await on(friend, id, ({ kind }) => kind === 'poll');
    const vote = await change('PUT', id, '/vote', { options: ['no'] });
    const { message: content } = await got(vote.id);
    const update = content?.pollUpdateMessage;
    expect(update?.pollCreationMessageKey?.id).toBe(id);
    const secret = message.message?.messageContextInfo?.messageSecret;
    if (!update?.vote || !secret) throw new Error('no vote came');
    const ballot = { pollCreatorJid: lidOf(phone), pollMsgId: id, pollEncKey: secret, voterJid: lidOf(friend) };
    const opened = decryptPollVote(update.vote, ballot);
    const hash = await crypto.subtle.digest('SHA-256', Buffer.from('no'));
    expect(opened.selectedOptions?.map((option) => Buffer.from(option).toString('hex'))).toEqual([
      Buffer.from(hash).toString('hex'),
    ]);
    const voters = { name: 'no', voters: [friend.number] };
    expect(await on(phone, id, ({ poll }) => JSON.stringify(poll).includes(friend.number))).toMatchObject({
      poll: { name: 'Tea?', options: [{ name: 'yes', voters: [] }, voters] },
    });
    expect(await desk.control.ask('PUT', path(id, '/vote'), { options: ['maybe'] })).toMatchObject({ status: 422 });
    expect(await desk.control.ask('PUT', path(id, '/vote'), { options: ['yes', 'no'] })).toMatchObject({ status: 422 });
  });

  test.each([
    ['numbers', pnOf],
    ['LIDs', lidOf],
  ])('a vote sealed for %s counts on the phone, the last one of each voter', async (_name, jidOf) => {
    const id = await desk.send(friend, phone, {
      kind: 'poll',
      text: 'When?',
      options: ['now', 'later'],
      selectable: 0,
    });
    const { key, message } = await got(id);
    const secret = Buffer.from(message?.messageContextInfo?.messageSecret ?? []);
    expect(message?.pollCreationMessage?.options).toHaveLength(2);
    const cast = async (...options: string[]) => {
      const ballot = { questionId: id, creatorJid: jidOf(friend), answererJid: jidOf(phone) };
      const vote = sealVote(secret, ballot, options);
      const pollUpdateMessage = { pollCreationMessageKey: key, vote, senderTimestampMs: Date.now() };
      await client.socket.relayMessage(jidOf(friend), { pollUpdateMessage }, {});
    };
    await cast('now');
    await cast('now', 'later');
    await cast('later');
    const counted = [
      { name: 'now', voters: [] },
      { name: 'later', voters: [phone.number] },
    ];
    await on(
      friend,
      id,
      ({ poll }) => JSON.stringify((poll as { options: unknown }).options) === JSON.stringify(counted),
    );
  });

  test('view-once and disappearing are seen as such, and what has disappeared is not seen', async () => {
    const once: proto.IMessage = {
      viewOnceMessageV2: { message: { imageMessage: { viewOnce: true, caption: 'psst' } } },
    };
    const id = await client.socket.relayMessage(lidOf(friend), once, {});
    expect(await on(friend, id, () => true)).toMatchObject({ kind: 'image', text: 'psst', view_once: true });
    await fromClient({ disappearingMessagesInChat: 86_400 });
    const chats = () =>
      desk.control.call<{ data: { chat: string; disappearing_seconds: number }[] }>(
        'GET',
        `/control/phones/${friend.number}/chats`,
      );
    await waitFor('the timer', async () =>
      (await chats()).data.some((chat) => chat.chat === phone.number && chat.disappearing_seconds === 86_400),
    );
    const sent = await client.socket.sendMessage(lidOf(friend), { text: 'short-lived' }, { ephemeralExpiration: 1 });
    expect(await on(friend, sent?.key.id ?? '', () => true)).toHaveProperty('expires_at');
    await waitFor('it to disappear', async () => !(await desk.seen(friend)).some((seen) => seen.id === sent?.key.id));
    await fromClient({ disappearingMessagesInChat: false });
    await waitFor('the timer to end', async () =>
      (await chats()).data.every((chat) => chat.disappearing_seconds === 0),
    );
  });
});

describe('what a person does on the phone, as a client sees it', () => {
  test('reactions come, change and go, on the client’s own messages and on the person’s', async () => {
    const { id } = await fromClient({ text: 'react to me' });
    await on(friend, id, () => true);
    for (const emoji of ['🎉', '😢', '']) {
      await change('PUT', id, '/reaction', { emoji });
      const { key } = await waitFor(`reaction "${emoji}"`, () =>
        reactions.find((one) => one.key.id === id && (one.reaction.text ?? '') === emoji),
      );
      expect(key).toMatchObject({ id, fromMe: true });
    }
    await on(phone, id, (seen) => seen.reactions.length === 0);
  });

  test('an edit and a deletion of a text arrive as updates of it', async () => {
    const id = await desk.send(friend, phone, { text: 'helo' });
    await got(id);
    await change('PATCH', id, '', { text: 'hello' });
    const edited = await waitFor('the edit', () => client.updates.find(({ key }) => key.id === id)?.update.message);
    expect(normalizeMessageContent(edited)?.extendedTextMessage?.text).toBe('hello');
    expect(await on(phone, id, (seen) => seen.edited)).toMatchObject({ text: 'hello' });
    await change('DELETE', id, '');
    await waitFor('the deletion', () =>
      client.updates.some(({ key, update }) => key.id === id && update.message === null),
    );
    expect(await on(friend, id, () => true)).toMatchObject({ deleted: true, text: null });
  });

  test('quotes, mentions, forwards, places, contacts, pictures for once and timers arrive whole', async () => {
    const { id: quote } = await fromClient({ text: 'quote me' });
    await on(friend, quote, () => true);
    const send = async (input: Record<string, unknown>) => (await got(await desk.send(friend, phone, input))).message;
    const reply = await send({ text: 'a reply', quote, mentions: [phone.number], forwarded: true });
    expect(reply?.extendedTextMessage?.contextInfo).toMatchObject({
      stanzaId: quote,
      participant: lidOf(phone),
      quotedMessage: { conversation: 'quote me' },
      mentionedJid: [lidOf(phone)],
      isForwarded: true,
    });
    const place = await send({ kind: 'location', text: 'Here', latitude: 1.5, longitude: -2.5, address: 'Street 1' });
    expect(place?.locationMessage).toMatchObject({ degreesLatitude: 1.5, degreesLongitude: -2.5, address: 'Street 1' });
    const contacts = [{ name: 'Bob', number: '4915112345678' }];
    expect((await send({ kind: 'contact', contacts }))?.contactMessage?.vcard).toContain('waid=4915112345678');
    const two = [...contacts, { name: 'Eve', number: '4915112345679' }];
    expect((await send({ kind: 'contact', contacts: two }))?.contactsArrayMessage?.contacts).toHaveLength(2);
    const once = await send({ kind: 'image', text: 'once', view_once: true });
    expect(once?.viewOnceMessageV2?.message?.imageMessage).toMatchObject({ caption: 'once', viewOnce: true });
    await desk.send(friend, phone, { kind: 'timer', seconds: 604_800 });
    expect((await send({ text: 'fading' }))?.extendedTextMessage?.contextInfo?.expiration).toBe(604_800);
    await desk.send(friend, phone, { kind: 'timer', seconds: 0 });
  });

  test('a change that a client could not read comes again when it asks', async () => {
    const { id } = await fromClient({ text: 'damaged reaction' });
    await on(friend, id, () => true);
    await desk.fault({ kind: 'corrupt_inbound', number: phone.number, count: 1 });
    await change('PUT', id, '/reaction', { emoji: '🔁' });
    await waitFor('the reaction', () => reactions.find((one) => one.key.id === id && one.reaction.text === '🔁'));
    await desk.settled(phone);
  });

  test('what a phone would not offer is refused', async () => {
    const { id } = await fromClient({ text: 'not yours' });
    await on(friend, id, () => true);
    const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });
    expect(await desk.control.ask('PATCH', path(id), { text: 'x' })).toMatchObject(refusal(409, 'not_allowed'));
    expect(await desk.control.ask('DELETE', path(id))).toMatchObject(refusal(409, 'not_allowed'));
    expect(await desk.control.ask('DELETE', path('nothing'))).toMatchObject(refusal(404, 'message_not_found'));
    expect(await desk.control.ask('PUT', path(id, '/vote'), { options: [] })).toMatchObject(
      refusal(422, 'invalid_message'),
    );
    const send = (input: object) =>
      desk.control.ask('POST', `/control/phones/${friend.number}/messages`, { to: phone.number, ...input });
    expect(await send({ kind: 'poll', text: 'one?', options: ['only'] })).toMatchObject(
      refusal(422, 'invalid_message'),
    );
    expect(await send({ text: 'x', quote: 'nothing' })).toMatchObject(refusal(404, 'message_not_found'));
  });
});

test('a vote opens for its poll and its voter only', () => {
  const secret = Buffer.alloc(32, 9);
  const ballot = { questionId: 'A', creatorJid: 'a@lid', answererJid: 'b@lid' };
  const vote = sealVote(secret, ballot, ['x']);
  expect(openVote(secret, ballot, vote, ['x', 'y'])).toEqual(['x']);
  expect(openVote(secret, ballot, vote, ['y'])).toBeUndefined();
  expect(openVote(secret, { ...ballot, answererJid: 'c@lid' }, vote, ['x'])).toBeUndefined();
  expect(openVote(Buffer.alloc(32), ballot, vote, ['x'])).toBeUndefined();
});
