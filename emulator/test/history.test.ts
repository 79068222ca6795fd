import type { BaileysEventMap } from 'baileys';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type BareClient, connect, createCredentials, waitFor } from './bare-client.ts';
import { linkClient, type Phone } from './control.ts';
import { type Desk, lidOf, pnOf, startDesk, trustMedia } from './desk.ts';

type History = BaileysEventMap['messaging-history.set'];

let desk: Desk;
let phone: Phone;
let ada: Phone;
let bob: Phone;
let group: string;
beforeAll(async () => {
  desk = await startDesk();
  phone = await desk.addPhone({ name: 'Shop' });
  ada = await desk.addPhone({ name: 'Ada' });
  bob = await desk.addPhone({ name: 'Bob' });
  ({ group } = await desk.control.call<{ group: string }>('POST', '/control/groups', {
    by: ada.number,
    subject: 'Team',
    members: [phone.number, bob.number],
  }));
});
afterAll(() => desk.stop());

const messagesPath = (of: Phone): string => `/control/phones/${of.number}/messages`;

/** Links a new client and gives what it hears of the past until it has heard enough. */
const linkAndListen = async (isEnough: (pieces: History[]) => boolean) => {
  const credentials = createCredentials();
  const pairing = connect(desk.emulator.wsUrl, credentials);
  const qr = await waitFor('a QR code', () => pairing.qrs[0]);
  await desk.control.call('POST', `/control/phones/${phone.number}/scan`, { qr });
  await pairing.closed;
  const client = connect(desk.emulator.wsUrl, credentials);
  const pieces: History[] = [];
  client.socket.ev.on('messaging-history.set', (piece) => pieces.push(piece));
  await waitFor('the history', () => isEnough(pieces));
  return { client, pieces };
};
const messagesIn = (pieces: History[]) => pieces.flatMap(({ messages }) => messages);
const found = (pieces: History[], id: string) => messagesIn(pieces).find(({ key }) => key.id === id);

describe('a client that is linked to a phone with a past', () => {
  test('is told of chats, people and messages, with what has become of them', async () => {
    const first = await desk.send(ada, phone, { text: 'hello' });
    const answer = await desk.send(phone, ada, { text: 'good morning' });
    const edited = await desk.send(ada, phone, { text: 'tpyo' });
    const deleted = await desk.send(ada, phone, { text: 'never mind' });
    await desk.control.call('PATCH', `${messagesPath(ada)}/${edited}`, { text: 'typo' });
    await desk.control.call('DELETE', `${messagesPath(ada)}/${deleted}`);
    await desk.control.call('PUT', `${messagesPath(ada)}/${answer}/reaction`, { emoji: '☕' });
    const picture = await desk.send(bob, phone, { kind: 'image', text: 'look' });
    const inGroup = await desk.send(bob, { ...phone, number: group }, { text: 'in the group' });
    await desk.control.call('PUT', `/control/phones/${phone.number}/contacts/${bob.number}`, { name: 'Bobby' });
    await desk.control.call('POST', `/control/phones/${phone.number}/read`, { with: bob.number });
    await desk.control.call('PATCH', `/control/phones/${phone.number}/chats/${bob.number}`, { archived: true });
    const { client, pieces } = await linkAndListen((all) => all.some(({ contacts }) => contacts.some((c) => c.notify)));

    expect(found(pieces, first)).toMatchObject({
      key: { remoteJid: lidOf(ada), fromMe: false },
      message: { extendedTextMessage: { text: 'hello' } },
      pushName: 'Ada',
    });
    expect(found(pieces, answer)).toMatchObject({
      key: { fromMe: true },
      status: 3,
      reactions: [{ text: '☕', key: { participant: lidOf(ada) } }],
    });
    expect(found(pieces, edited)?.message).toEqual({ conversation: 'typo' });
    expect(found(pieces, deleted)).toMatchObject({ message: null, messageStubType: 1 });
    expect(found(pieces, picture)).toMatchObject({ message: { imageMessage: { caption: 'look' } }, status: 4 });
    expect(found(pieces, inGroup)).toMatchObject({ key: { remoteJid: group, participant: lidOf(bob) } });
    const chats = pieces.flatMap((piece) => piece.chats);
    expect(chats.find(({ id }) => id === lidOf(ada))).toMatchObject({ unreadCount: 3, pnJid: pnOf(ada) });
    expect(chats.find(({ id }) => id === lidOf(bob))).toMatchObject({ archived: true, name: 'Bobby' });
    expect(chats.find(({ id }) => id === group)).toMatchObject({ name: 'Team' });
    const contacts = pieces.flatMap((piece) => piece.contacts);
    expect(contacts).toContainEqual(expect.objectContaining({ id: lidOf(ada), phoneNumber: pnOf(ada) }));
    expect(contacts).toContainEqual(expect.objectContaining({ id: pnOf(bob), notify: 'Bob' }));
    expect(await client.socket.signalRepository.lidMapping.getLIDForPN(pnOf(bob))).toBe(lidOf(bob));
    client.end();
  });

  test('gets a long past in pieces, newest first, each message once, and goes on from there', async () => {
    const { ids } = await desk.control.call<{ ids: string[] }>('POST', messagesPath(ada), {
      to: phone.number,
      text: 'n{n}',
      count: 1200,
    });
    const { client, pieces } = await linkAndListen((all) =>
      all.some((piece) => piece.syncType === 3 && piece.progress === 100),
    );
    const told = messagesIn(pieces).flatMap(({ key }) => (ids.includes(key.id ?? '') ? [key.id] : []));
    expect(told).toEqual(ids.toReversed());
    const live = await desk.send(ada, phone, { text: 'and now live' });
    await waitFor('it', () => client.messages.some(({ key }) => key.id === live));
    await client.socket.sendMessage(lidOf(ada), { text: 'me too' });
    expect((await desk.counters(ada)).undecryptable).toBe(0);
    client.end();
  });

  test('gets it as sealed files where the phone is told so', async () => {
    const { media_url } = await trustMedia(desk);
    await desk.control.call('PATCH', `/control/phones/${phone.number}`, { history: 'file' });
    const { fetch: plain } = globalThis;
    const fetched: string[] = [];
    // What an entry for the host in a resolver does: history says a path and no host, so clients go to WhatsApp's own.
    globalThis.fetch = (input, init) => {
      const url = String(input);
      if (url.startsWith('https://mmg.whatsapp.net/')) fetched.push(url);
      return plain(url.replace('https://mmg.whatsapp.net', media_url), init);
    };
    onTestFinished(async () => {
      globalThis.fetch = plain;
      await desk.control.call('PATCH', `/control/phones/${phone.number}`, { history: 'inline' });
    });
    const { client, pieces } = await linkAndListen((all) =>
      all.some((piece) => piece.syncType === 3 && piece.progress === 100),
    );
    expect(fetched.length).toBeGreaterThan(2);
    expect(messagesIn(pieces).length).toBeGreaterThan(1200);
    client.end();
  });
});

describe('a client asks its own phone', () => {
  let client: BareClient;
  beforeAll(async () => {
    client = await linkClient(desk.control, desk.emulator.wsUrl, phone.number);
  });
  afterAll(() => client.end());

  test('for older messages of a chat', async () => {
    const pieces: History[] = [];
    client.socket.ev.on('messaging-history.set', (piece) => pieces.push(piece));
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push(await desk.send(bob, phone, { text }));
    const key = { remoteJid: lidOf(bob), id: ids[2] ?? '', fromMe: false };
    const request = await client.socket.fetchMessageHistory(2, key, Date.now());
    const piece = await waitFor('the answer', () => pieces.find((one) => one.peerDataRequestSessionId === request));
    expect(piece.messages.map((message) => message.key.id)).toEqual([ids[1], ids[0]]);
    expect(piece.syncType).toBe(6);
  });

  test('for a message that it has lost', async () => {
    const id = await desk.send(bob, phone, { text: 'lost and found' });
    await waitFor('it', () => client.messages.some(({ key }) => key.id === id));
    client.messages.length = 0;
    await client.socket.requestPlaceholderResend({ remoteJid: lidOf(bob), id, fromMe: false });
    const again = await waitFor('it again', () => client.messages.find(({ key }) => key.id === id));
    expect(again.message?.extendedTextMessage?.text).toBe('lost and found');
  });
});
