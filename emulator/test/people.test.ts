import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { BinaryNode, PresenceData } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, trustRoot, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk, textOfId, textsOf } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
const presences: { id: string; presences: Record<string, PresenceData> }[] = [];
beforeAll(async () => {
  desk = await startDesk();
  const { media_ca_path } = await desk.control.call<{ media_ca_path: string }>('GET', '/control/info');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(media_ca_path, 'utf8')]);
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  friend = await desk.addPhone({ name: 'Ada' });
  client.socket.ev.on('presence.update', (update) => presences.push(update));
});
afterAll(() => desk.stop());

type Presence = { available: boolean; last_seen: string | null; typing: { chat: string; state: string }[] };
const put = (of: Phone, path: string, body: object) =>
  desk.control.call<Presence>('PUT', `/control/phones/${of.number}${path}`, body);
const presenceOf = (of: Phone) => desk.control.call<Presence>('GET', `/control/phones/${of.number}/presence`);
const told = (id: string, state: string, participant = id) =>
  waitFor(`${state} of ${participant}`, () =>
    presences.find((one) => one.id === id && one.presences[participant]?.lastKnownPresence === state),
  );

describe('presence and typing', () => {
  test.each([
    ['number', pnOf],
    ['LID', lidOf],
  ])('a client that asks about a person by %s is told how it is and how it changes', async (_name, jidOf) => {
    const other = await desk.addPhone();
    await client.socket.presenceSubscribe(jidOf(other));
    await told(jidOf(other), 'unavailable');
    await put(other, '/presence', { available: true });
    await told(jidOf(other), 'available');
    presences.length = 0;
    await put(other, '/presence', { available: false });
    const update = await told(jidOf(other), 'unavailable');
    expect(update.presences[jidOf(other)]?.lastSeen).toBeGreaterThan(1_600_000_000);
  });

  test('a person who types or speaks is shown to the client, in a chat and in a group', async () => {
    await put(friend, '/typing', { with: phone.number, state: 'composing' });
    await told(lidOf(friend), 'composing');
    await put(friend, '/typing', { with: phone.number, state: 'recording' });
    await told(lidOf(friend), 'recording');
    await put(friend, '/typing', { with: phone.number, state: 'paused' });
    await told(lidOf(friend), 'available');
    const { id } = await client.socket.groupCreate('Typing', [lidOf(friend)]);
    await put(friend, '/typing', { with: id, state: 'composing' });
    await told(id, 'composing', lidOf(friend));
    const refused = { with: '120300000000000000@g.us', state: 'composing' };
    const answer = await desk.control.ask('PUT', `/control/phones/${friend.number}/typing`, refused);
    expect(answer).toMatchObject({ status: 404 });
  });

  test('a client that is available, types and goes is seen so', async () => {
    await client.socket.sendPresenceUpdate('available');
    await waitFor('it to be there', async () => (await presenceOf(phone)).available);
    for (const state of ['composing', 'recording'] as const) {
      await client.socket.sendPresenceUpdate(state, lidOf(friend));
      await waitFor(state, async () =>
        (await presenceOf(phone)).typing.some((one) => one.chat === friend.number && one.state === state),
      );
    }
    await client.socket.sendPresenceUpdate('paused', pnOf(friend));
    await waitFor('the pause', async () => (await presenceOf(phone)).typing.length === 0);
    await client.socket.sendPresenceUpdate('unavailable');
    await waitFor('it to go', async () => !(await presenceOf(phone)).available);
    const short = await desk.addLinked();
    await short.client.socket.sendPresenceUpdate('available');
    await waitFor('it to be there', async () => (await presenceOf(short.phone)).available);
    short.client.end();
    await waitFor('it to be gone', async () => (await presenceOf(short.phone)).last_seen !== null);
  });

  test('who hides it is not seen', async () => {
    const shy = await desk.addPhone();
    await desk.control.call('PATCH', `/control/phones/${shy.number}/privacy`, { last: 'none' });
    presences.length = 0;
    await client.socket.presenceSubscribe(lidOf(shy));
    await put(shy, '/presence', { available: true });
    await aWhile();
    expect(presences.filter(({ id }) => id === lidOf(shy))).toEqual([]);
  });
});

describe('blocking and privacy', () => {
  test('what somebody writes who is blocked does not arrive, and nobody is told why', async () => {
    const pest = await desk.addPhone();
    await desk.send(pest, phone, { text: 'hello', via: 'pn' });
    await waitFor('the first', () => textsOf(client).includes('hello'));
    const updates: { blocklist: string[]; type: string }[] = [];
    client.socket.ev.on('blocklist.update', (update) => updates.push(update));
    await client.socket.updateBlockStatus(pnOf(pest), 'block');
    expect(await client.socket.fetchBlocklist()).toEqual([lidOf(pest)]);
    await waitFor('the notice', () =>
      updates.some(({ type, blocklist }) => type === 'add' && blocklist[0] === lidOf(pest)),
    );
    const unwanted = await desk.send(pest, phone, { text: 'buy this' });
    expect((await desk.seen(pest)).find(({ id }) => id === unwanted)?.status).toBe('sent');
    await client.socket.updateBlockStatus(lidOf(pest), 'unblock');
    expect(await client.socket.fetchBlocklist()).toEqual([]);
    const wanted = await desk.send(pest, phone, { text: 'sorry' });
    await waitFor('the last', () => textOfId(client, wanted));
    expect(textsOf(client)).not.toContain('buy this');
  });

  test('a client that a person has blocked gets its ack and no more', async () => {
    const wall = await desk.addPhone();
    await put(wall, '/blocks', { number: phone.number, blocked: true });
    const id = (await client.socket.sendMessage(lidOf(wall), { text: 'knock knock' }))?.key.id ?? '';
    await waitFor('the ack', () => client.acks.find(({ attrs }) => attrs.id === id));
    await aWhile();
    expect(await desk.seen(wall)).toEqual([]);
    expect(client.receipts.filter(({ attrs }) => attrs.id === id)).toEqual([]);
    expect((await desk.seen(phone, wall)).map(({ text }) => text)).toEqual(['knock knock']);
  });

  test('settings are kept, and who hides that they read is believed to have got it only', async () => {
    await client.socket.updateLastSeenPrivacy('contacts');
    expect(await client.socket.fetchPrivacySettings(true)).toMatchObject({ last: 'contacts', readreceipts: 'all' });
    const discreet = await desk.addPhone({ auto_read: true });
    const path = `/control/phones/${discreet.number}/privacy`;
    await desk.control.call('PATCH', path, { readreceipts: 'none' });
    const id = (await client.socket.sendMessage(lidOf(discreet), { text: 'seen?' }))?.key.id ?? '';
    await waitFor('delivery', () => client.receipts.find(({ attrs }) => attrs.id === id));
    await aWhile();
    expect(client.receipts.filter(({ attrs }) => attrs.id === id && attrs.type === 'read')).toEqual([]);
    expect(await desk.control.ask('PATCH', path, { last: 'everyone' })).toMatchObject({ status: 422 });
  });
});

describe('profiles', () => {
  const picture = Buffer.from('any bytes do as a picture');

  test('a person’s picture is found and fetched by a client, which is told of changes', async () => {
    await client.socket.onWhatsApp(friend.number);
    await client.socket.getUSyncDevices([lidOf(friend)], false, false);
    const changes: string[] = [];
    client.socket.ev.on('contacts.update', (list) =>
      changes.push(...list.flatMap(({ id, imgUrl }) => (id === lidOf(friend) && imgUrl ? [imgUrl] : []))),
    );
    await expect(client.socket.profilePictureUrl(lidOf(friend), 'image')).rejects.toThrow('item-not-found');
    await put(friend, '/picture', { data: picture.toString('base64') });
    await waitFor('the notice', () => changes.includes('changed'));
    const url = (await client.socket.profilePictureUrl(pnOf(friend), 'image')) ?? '';
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(picture)).toBe(true);
    await desk.control.call('PATCH', `/control/phones/${friend.number}/privacy`, { profile: 'none' });
    await expect(client.socket.profilePictureUrl(lidOf(friend), 'image')).rejects.toThrow('item-not-found');
    await put(friend, '/picture', { data: '' });
    await waitFor('the notice', () => changes.includes('removed'));
  });

  test('a client sets and removes its own picture and what it says about itself', async () => {
    const content = [{ tag: 'picture', attrs: { type: 'image' }, content: picture }];
    const attrs = { to: '@s.whatsapp.net', type: 'set', xmlns: 'w:profile:picture' };
    await client.socket.query({ tag: 'iq', attrs, content });
    const own = await fetch(`${desk.emulator.url}/control/phones/${phone.number}/picture`);
    expect(Buffer.from(await own.arrayBuffer()).equals(picture)).toBe(true);
    await client.socket.removeProfilePicture(pnOf(phone));
    expect((await fetch(`${desk.emulator.url}/control/phones/${phone.number}/picture`)).status).toBe(404);
    await client.socket.updateProfileStatus('open until six');
    const { about } = await desk.control.call<{ about: string }>('GET', `/control/phones/${phone.number}`);
    expect(about).toBe('open until six');
    await desk.control.call('PATCH', `/control/phones/${friend.number}`, { about: 'on holiday' });
    expect(JSON.stringify(await client.socket.fetchStatus(pnOf(friend)))).toContain('on holiday');
  });

  test('a client that knows a person is told what they say now, unless they hide it', async () => {
    const told: BinaryNode[] = [];
    client.socket.ws.on('CB:notification,type:status', (notice: BinaryNode) => told.push(notice));
    const talker = await desk.addPhone();
    await client.socket.getUSyncDevices([lidOf(talker)], false, false);
    await desk.control.call('PATCH', `/control/phones/${talker.number}`, { about: 'here' });
    const notice = await waitFor('the notice', () => told.find(({ attrs }) => attrs.from === lidOf(talker)));
    expect(String(Array.isArray(notice.content) && notice.content[0]?.content)).toBe('here');
    await desk.control.call('PATCH', `/control/phones/${talker.number}/privacy`, { status: 'contacts' });
    expect(await client.socket.fetchStatus(lidOf(talker))).toMatchObject([{ status: { status: '' } }]);
    const name = { name: 'The shop' };
    await desk.control.call('PUT', `/control/phones/${talker.number}/contacts/${phone.number}`, name);
    expect(await client.socket.fetchStatus(lidOf(talker))).toMatchObject([{ status: { status: 'here' } }]);
  });

  test('a client changes the name under which others see its person', async () => {
    await waitFor('the key', () => client.credentials.creds.myAppStateKeyId);
    await client.socket.updateProfileName('Corner shop');
    expect(await desk.control.call('GET', `/control/phones/${phone.number}`)).toMatchObject({ name: 'Corner shop' });
  });

  test('a client sets for how long its new chats are kept, and its settings say so', async () => {
    await client.socket.updateDefaultDisappearingMode(86_400);
    await waitFor(
      'the notice',
      () => client.credentials.creds.accountSettings.defaultDisappearingMode?.ephemeralExpiration === 86_400,
    );
    expect(await client.socket.fetchDisappearingDuration(lidOf(phone))).toMatchObject([
      { disappearing_mode: { duration: 86_400 } },
    ]);
    await expect(client.socket.updateDefaultDisappearingMode(-1)).rejects.toThrow('bad-request');
  });
});

test('a person with a new phone is written to and heard in new sessions, and their own clients are unlinked', async () => {
  const { phone: mover, client: theirs } = await desk.addLinked();
  const notices: string[] = [];
  client.socket.ws.on('CB:notification,type:encrypt', ({ attrs }: { attrs: Record<string, string> }) => {
    notices.push(attrs.from ?? '');
  });
  const seen = (id: string) =>
    waitFor('the phone to see it', async () => (await desk.seen(mover)).some((one) => one.id === id));
  await seen((await client.socket.sendMessage(lidOf(mover), { text: 'before' }))?.key.id ?? '');
  const { id: group } = await client.socket.groupCreate('Movers', [lidOf(mover)]);
  await seen((await client.socket.sendMessage(group, { text: 'group before' }))?.key.id ?? '');
  await desk.control.call('POST', `/control/phones/${mover.number}/reinstall`);
  expect((await theirs.closed).statusCode).toBe(401);
  await waitFor('the notice', () => notices.includes(lidOf(mover)));
  const id = await desk.send(mover, phone, { text: 'my new phone' });
  await waitFor('the text', () => textOfId(client, id) === 'my new phone');
  await seen((await client.socket.sendMessage(lidOf(mover), { text: 'after' }))?.key.id ?? '');
  const later = await desk.send(mover, { ...phone, number: group }, { text: 'group after' });
  await waitFor('the group', () => textOfId(client, later) === 'group after');
});

test('blocks, privacy, pictures and what people say outlive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-people-'));
  const first = await startDesk({ dataDir: folder });
  const [ada, bob] = [await first.addPhone(), await first.addPhone()];
  const path = `/control/phones/${ada.number}`;
  await first.control.call('PUT', `${path}/blocks`, { number: bob.number, blocked: true });
  await first.control.call('PATCH', `${path}/privacy`, { groupadd: 'contacts' });
  await first.control.call('PUT', `${path}/picture`, { data: Buffer.from('me').toString('base64') });
  await first.control.call('PATCH', path, { about: 'here' });
  await first.emulator.stop();
  const second = await startDesk({ dataDir: folder });
  expect(await second.control.call('GET', `${path}/blocks`)).toEqual({ blocked: [bob.number] });
  expect(await second.control.call('GET', `${path}/privacy`)).toMatchObject({ groupadd: 'contacts' });
  expect(await second.control.call('GET', path)).toMatchObject({ about: 'here' });
  expect(await (await fetch(`${second.emulator.url}${path}/picture`)).text()).toBe('me');
  await second.emulator.stop();
  trustRoot(desk.emulator.rootKey);
  rmSync(folder, { recursive: true, force: true });
});
