import type { BaileysEventMap, BinaryNode } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import { linkClient, type Phone, type Seen } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk } from './desk.ts';

const checked = { appStateMacVerification: { patch: true, snapshot: true } };

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
const chats: BaileysEventMap['chats.update'] = [];
const contacts: BaileysEventMap['contacts.upsert'] = [];
const labels: BaileysEventMap['labels.edit'][] = [];
const associations: BaileysEventMap['labels.association'][] = [];
const deletedChats: string[] = [];
const deletedMessages: string[] = [];
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }, checked));
  const { ev } = client.socket;
  ev.on('chats.update', (updates) => chats.push(...updates));
  ev.on('contacts.upsert', (upserts) => contacts.push(...upserts));
  ev.on('labels.edit', (edit) => labels.push(edit));
  ev.on('labels.association', (association) => associations.push(association));
  ev.on('chats.delete', (ids) => deletedChats.push(...ids));
  ev.on('messages.delete', (deletion) => {
    if ('keys' in deletion) deletedMessages.push(...deletion.keys.flatMap(({ id }) => id ?? []));
  });
  ada = await desk.addPhone({ name: 'Ada' });
  await waitFor('the key', () => client.credentials.creds.myAppStateKeyId);
});
afterAll(() => desk.stop());

const call = <T = Record<string, unknown>>(method: string, path: string, body?: unknown, of: Phone = phone) =>
  desk.control.call<T>(method, `/control/phones/${of.number}${path}`, body);
const chatUpdate = (what: string, matches: (update: (typeof chats)[number]) => boolean) =>
  waitFor(what, () => chats.find((update) => update.id === lidOf(ada) && matches(update)));
const versionsOf = async (of: BareClient) => {
  const names = ['critical_block', 'critical_unblock_low', 'regular', 'regular_low', 'regular_high'] as const;
  const found = await of.credentials.keys.get('app-state-sync-version', [...names]);
  return Object.fromEntries(names.map((name) => [name, found[name]?.version]));
};

describe('what the person does on the phone, sealed so that a client that checks everything takes it', () => {
  test('pinning, archiving, muting and marking a chat', async () => {
    await desk.send(ada, phone, { text: 'hello' });
    const set = (input: object) => call<Record<string, unknown>>('PATCH', `/chats/${ada.number}`, input);
    expect(await set({ pinned: true })).toMatchObject({ pinned: true });
    await chatUpdate('the pin', ({ pinned }) => Boolean(pinned));
    await set({ archived: true, muted_until: 1_900_000_000_000, unread: true });
    await chatUpdate('the archive', ({ archived }) => archived === true);
    await chatUpdate('the mute', ({ muteEndTime }) => muteEndTime === 1_900_000_000_000);
    await chatUpdate('the mark', ({ unreadCount }) => unreadCount === -1);
    expect(await set({ pinned: false, archived: false, muted_until: null, unread: false })).toMatchObject({
      pinned: false,
      archived: false,
      muted_until: null,
      marked_unread: false,
    });
    await chatUpdate('no pin', ({ pinned }) => pinned === null);
    await chatUpdate('no mute', ({ muteEndTime }) => muteEndTime === null);
  });

  test('naming and forgetting a contact', async () => {
    await call('PUT', `/contacts/${ada.number}`, { name: 'Ada Lovelace' });
    const named = await waitFor('the name', () => contacts.find(({ name }) => name === 'Ada Lovelace'));
    expect(named).toMatchObject({ id: pnOf(ada), lid: lidOf(ada) });
    expect(await call('DELETE', `/contacts/${ada.number}`)).toEqual({ data: [] });
  });

  test('starring a message, deleting one for the own devices, and deleting the chat', async () => {
    const [kept, hidden] = [
      await desk.send(ada, phone, { text: 'keep me' }),
      await desk.send(ada, phone, { text: 'hide me' }),
    ];
    await call('PUT', `/messages/${kept}/star`, { starred: true });
    await waitFor('the star', () =>
      client.updates.some(({ key, update }) => key.id === kept && (update as { starred?: boolean }).starred),
    );
    expect((await desk.seen(phone)).find(({ id }) => id === kept)).toMatchObject({ starred: true });
    await call('POST', `/messages/${hidden}/hide`);
    await waitFor('it to be gone', () => deletedMessages.includes(hidden));
    expect((await desk.seen(phone)).map(({ id }) => id)).not.toContain(hidden);
    expect((await desk.seen(ada)).map(({ id }) => id)).toContain(hidden);
    await call('DELETE', `/chats/${ada.number}`);
    await waitFor('the chat to be gone', () => deletedChats.includes(lidOf(ada)));
    expect(await desk.seen(phone, ada)).toEqual([]);
  });

  test('making labels and putting them on chats and messages', async () => {
    const id = await desk.send(ada, phone, { text: 'an order' });
    await call('PUT', '/labels/1', { name: 'New order', color: 4 });
    await waitFor('the label', () => labels.some(({ name, color }) => name === 'New order' && color === 4));
    await call('PUT', `/labels/1/chats/${ada.number}`, {});
    await call('PUT', `/labels/1/messages/${id}`, {});
    expect((await call<{ data: object[] }>('GET', '/labels')).data).toEqual([
      { id: '1', name: 'New order', color: 4, chats: [ada.number], messages: [id] },
    ]);
    await waitFor('both', () => associations.filter(({ type }) => type === 'add').length === 2);
    await call('PUT', `/labels/1/chats/${ada.number}`, { labeled: false });
    await waitFor('the removal', () => associations.some(({ type }) => type === 'remove'));
    await call('DELETE', '/labels/1');
    await waitFor('the end of the label', () => labels.some(({ deleted }) => deleted));
    expect((await call<{ data: object[] }>('GET', '/labels')).data).toEqual([]);
  });

  test('taking another name', async () => {
    await call('PATCH', '', { name: 'Corner shop' });
    await waitFor('the name', () => client.credentials.creds.me?.name === 'Corner shop');
  });

  test('reading a chat', async () => {
    const id = await desk.send(ada, phone, { text: 'read on the phone' });
    await waitFor('it', () => client.messages.some(({ key }) => key.id === id));
    await call('POST', '/read', { with: ada.number });
    const update = await waitFor('the reading', () =>
      client.updates.find(({ key, update: { status } }) => key.id === id && status === 4),
    );
    expect(update.key).toMatchObject({ remoteJid: lidOf(ada), fromMe: false });
  });
});

describe('what a client does', () => {
  test('is so on the phone: contacts, stars, labels, deletions', async () => {
    const id = await desk.send(ada, phone, { text: 'to be starred' });
    await client.socket.addOrEditContact(pnOf(ada), { fullName: 'A. Lovelace' });
    expect(await call('GET', '/contacts')).toEqual({ data: [{ number: ada.number, name: 'A. Lovelace' }] });
    await client.socket.star(lidOf(ada), [{ id, fromMe: false }], true);
    expect((await desk.seen(phone)).find((seen) => seen.id === id)).toMatchObject({ starred: true });
    await client.socket.addLabel(lidOf(ada), { id: '7', name: 'VIP', color: 1, deleted: false, predefinedId: 0 });
    await client.socket.addChatLabel(lidOf(ada), '7');
    expect((await call<{ data: object[] }>('GET', '/labels')).data).toMatchObject([
      { id: '7', name: 'VIP', chats: [ada.number] },
    ]);
    await client.socket.removeChatLabel(lidOf(ada), '7');
    await client.socket.removeContact(pnOf(ada));
    expect(await call('GET', '/contacts')).toEqual({ data: [] });
    const key = { remoteJid: lidOf(ada), id, fromMe: false };
    const deletion = { deleteForMe: { key, timestamp: Math.floor(Date.now() / 1000), deleteMedia: false } };
    await client.socket.chatModify(deletion, lidOf(ada));
    expect((await desk.seen(phone)).map((seen) => seen.id)).not.toContain(id);
  });

  test('goes on where the phone has stopped, and the other way round, and a later client gets it all', async () => {
    await call('PATCH', `/chats/${ada.number}`, { pinned: true });
    await client.socket.chatModify({ pin: false }, lidOf(ada));
    expect(await call('PATCH', `/chats/${ada.number}`, { archived: true })).toMatchObject({ pinned: false });
    const late = await linkClient(desk.control, desk.emulator.wsUrl, phone.number, checked);
    const names: unknown[] = [];
    late.socket.ev.on('labels.edit', ({ name }) => names.push(name));
    await waitFor('the key', () => late.credentials.creds.myAppStateKeyId);
    await late.socket.resyncAppState(
      ['critical_block', 'critical_unblock_low', 'regular', 'regular_low', 'regular_high'],
      false,
    );
    await waitFor(
      'the same versions',
      async () => JSON.stringify(await versionsOf(late)) === JSON.stringify(await versionsOf(client)),
    );
    await client.socket.chatModify({ pin: true }, lidOf(ada));
    const stanzas: BinaryNode[] = [];
    late.socket.ws.on('CB:receipt', (receipt: BinaryNode) => stanzas.push(receipt));
    const id = await desk.send(ada, phone, { text: 'read by the first' });
    const { key } = await waitFor('it', () => client.messages.find((message) => message.key.id === id));
    await client.socket.readMessages([key]);
    const told = await waitFor('the reading', () => stanzas.find(({ attrs }) => attrs.id === id));
    expect(told.attrs).toMatchObject({ from: lidOf(phone), recipient: lidOf(ada), type: 'read' });
    expect((await desk.seen(phone)).find((seen: Seen) => seen.id === id)?.status).toBe('read');
    late.end();
  });

  test('who does not let others know what they read lets their own devices know', async () => {
    const secret = await desk.addLinked();
    const path = `/control/phones/${secret.phone.number}/privacy`;
    await desk.control.call('PATCH', path, { readreceipts: 'none' });
    await secret.client.socket.fetchPrivacySettings(true);
    const other = await linkClient(desk.control, desk.emulator.wsUrl, secret.phone.number);
    const id = await desk.send(ada, secret.phone, { text: 'do you read me?' });
    const { key } = await waitFor('it', () => secret.client.messages.find((message) => message.key.id === id));
    await secret.client.socket.readMessages([key]);
    await waitFor('the reading', () => other.receipts.find(({ attrs }) => attrs.type === 'read-self'));
    await aWhile();
    expect((await desk.seen(ada, secret.phone)).find((seen) => seen.id === id)?.status).toBe('delivered');
    other.end();
    secret.client.end();
  });
});

test('what is not there cannot be labelled, starred or pinned', async () => {
  const ask = async (method: string, path: string, body?: unknown) =>
    (await desk.control.ask(method, `/control/phones/${phone.number}${path}`, body)).status;
  expect(await ask('PUT', `/labels/99/chats/${ada.number}`, {})).toBe(404);
  expect(await ask('PUT', '/messages/NONE/star', { starred: true })).toBe(404);
  expect(await ask('PATCH', '/chats/4915100000009', { pinned: true })).toBe(404);
  expect(await ask('PUT', '/labels/one', { name: 'x' })).toBe(400);
});
