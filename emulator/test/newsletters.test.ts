import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, trustRoot, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk } from './desk.ts';

type View = { newsletter: string; invite_code: string; followers: string[]; admins: string[]; owner: string };
type Post = { id: string; server_id: number; text: string; reactions: { from: string; emoji: string }[] };

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  ada = await desk.addPhone({ name: 'Ada' });
});
afterAll(() => desk.stop());

const found = (by: Phone, name: string, on: Desk = desk) =>
  on.control.call<View>('POST', '/control/newsletters', { by: by.number, name, description: 'news' });
const view = async (jid: string, on: Desk = desk) => {
  const { data } = await on.control.call<{ data: View[] }>('GET', '/control/newsletters');
  return data.find(({ newsletter }) => newsletter === jid);
};
const postsOf = async (jid: string, on: Desk = desk) =>
  (await on.control.call<{ data: Post[] }>('GET', `/control/newsletters/${jid}/posts`)).data;
const join_ = (who: Phone, jid: string, role: string) =>
  desk.control.call<View>('PUT', `/control/newsletters/${jid}/members/${who.number}`, { role });
const post = (by: Phone, jid: string, text: string) =>
  desk.control.call<Post>('POST', `/control/newsletters/${jid}/posts`, { by: by.number, text });
const got = (id: string, of: BareClient = client) =>
  waitFor('the post', () => of.messages.find(({ key, message }) => key.id === id && message));

describe('a client’s newsletter', () => {
  test('is founded, described, changed and deleted', async () => {
    const made = await client.socket.newsletterCreate('Shop news', 'what is new');
    expect(made).toMatchObject({ name: 'Shop news', description: 'what is new', subscribers: 0, mute_state: 'OFF' });
    await client.socket.newsletterUpdateName(made.id, 'Shop today');
    expect(await client.socket.newsletterMetadata('jid', made.id)).toMatchObject({
      id: made.id,
      thread_metadata: { name: { text: 'Shop today' } },
      viewer_metadata: { role: 'OWNER' },
    });
    expect(await client.socket.newsletterMetadata('invite', made.invite ?? '')).toMatchObject({ id: made.id });
    expect(await client.socket.newsletterAdminCount(made.id)).toBe(1);
    await client.socket.newsletterDelete(made.id);
    await expect(client.socket.newsletterMetadata('jid', made.id)).rejects.toThrow('Not Found');
  });

  test('is written to by the client, read by followers’ clients, and reacted to', async () => {
    const { id: jid } = await client.socket.newsletterCreate('Offers');
    const { client: reader } = await desk.addLinked();
    await reader.socket.newsletterFollow(jid);
    await waitFor('the follower', async () => (await view(jid))?.followers.length === 1);
    expect(await client.socket.newsletterSubscribers(jid)).toEqual({ subscribers: 1 });
    const id = (await client.socket.sendMessage(jid, { text: 'half price' }))?.key.id ?? '';
    const { key, message } = await got(id, reader);
    expect(key).toMatchObject({ remoteJid: jid, server_id: '100' });
    expect(message?.extendedTextMessage?.text).toBe('half price');
    expect(client.acks.find(({ attrs }) => attrs.id === id)?.attrs).toMatchObject({ server_id: '100' });
    expect(await postsOf(jid)).toMatchObject([{ id, server_id: 100, text: 'half price' }]);
    const reactions: unknown[] = [];
    client.socket.ev.on('newsletter.reaction', (reaction) => reactions.push(reaction));
    expect(await client.socket.subscribeNewsletterUpdates(jid)).toEqual({ duration: '300' });
    await reader.socket.newsletterReactMessage(jid, '100', '🔥');
    await waitFor('the reaction', () => reactions.length === 1);
    expect(reactions).toMatchObject([{ id: jid, server_id: '100', reaction: { code: '🔥' } }]);
    expect((await postsOf(jid))[0]?.reactions).toMatchObject([{ emoji: '🔥' }]);
    await reader.socket.newsletterReactMessage(jid, '100');
    expect((await postsOf(jid))[0]?.reactions).toEqual([]);
    reader.end();
  });

  test('passes to an admin, who can be demoted', async () => {
    const { id: jid } = await client.socket.newsletterCreate('Handed on');
    await expect(client.socket.newsletterChangeOwner(jid, lidOf(ada))).rejects.toThrow('Not Found');
    const bob = await desk.addPhone();
    await join_(bob, jid, 'admin');
    await client.socket.newsletterDemote(jid, lidOf(bob));
    expect(await view(jid)).toMatchObject({ admins: [], followers: [bob.number] });
    await join_(ada, jid, 'admin');
    await client.socket.newsletterChangeOwner(jid, lidOf(ada));
    expect(await view(jid)).toMatchObject({ owner: ada.number, admins: [phone.number] });
    await expect(client.socket.newsletterDelete(jid)).rejects.toThrow('Forbidden');
  });
});

describe('a person’s newsletter', () => {
  test('is followed, muted and left by a client, which gets what is posted meanwhile', async () => {
    const { newsletter, invite_code } = await found(ada, 'Ada writes');
    expect(await client.socket.newsletterMetadata('invite', invite_code)).toMatchObject({
      viewer_metadata: { role: 'GUEST' },
    });
    await client.socket.newsletterFollow(newsletter);
    await client.socket.newsletterMute(newsletter);
    expect(await client.socket.newsletterMetadata('jid', newsletter)).toMatchObject({
      viewer_metadata: { role: 'SUBSCRIBER', mute: 'ON' },
    });
    await client.socket.newsletterUnmute(newsletter);
    const first = await post(ada, newsletter, 'chapter one');
    expect((await got(first.id)).message?.conversation).toBe('chapter one');
    await client.socket.newsletterUnfollow(newsletter);
    const second = await post(ada, newsletter, 'chapter two');
    await aWhile();
    expect(client.messages.some(({ key }) => key.id === second.id)).toBe(false);
    const older = await client.socket.newsletterFetchMessages(newsletter, 1, 0, 0);
    expect(JSON.stringify(older)).toContain(second.id);
    expect(JSON.stringify(older)).not.toContain(first.id);
  });

  test('cannot be written to or changed by its readers, nor muted by strangers', async () => {
    const { newsletter } = await found(ada, 'Mine');
    await expect(client.socket.newsletterMute(newsletter)).rejects.toThrow('Forbidden');
    await client.socket.newsletterFollow(newsletter);
    await expect(client.socket.newsletterUpdateName(newsletter, 'Yours')).rejects.toThrow('Forbidden');
    const id = (await client.socket.sendMessage(newsletter, { text: 'let me in' }))?.key.id ?? '';
    const ack = await waitFor('the nack', () => client.acks.find(({ attrs }) => attrs.id === id));
    expect(ack.attrs.error).toBe('403');
    const asked = { by: phone.number, text: 'x' };
    const refused = await desk.control.ask('POST', `/control/newsletters/${newsletter}/posts`, asked);
    expect(refused.status).toBe(409);
    expect((await desk.control.ask('GET', '/control/newsletters/1@newsletter/posts')).status).toBe(404);
  });
});

test('newsletters outlive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-newsletters-'));
  const first = await startDesk({ dataDir: folder });
  const owner = await first.addPhone();
  const { newsletter } = await found(owner, 'Kept', first);
  await first.control.call('POST', `/control/newsletters/${newsletter}/posts`, { by: owner.number, text: 'kept' });
  await first.emulator.stop();
  const second = await startDesk({ dataDir: folder });
  expect(await postsOf(newsletter, second)).toMatchObject([{ text: 'kept', server_id: 100 }]);
  await second.emulator.stop();
  trustRoot(desk.emulator.rootKey);
  rmSync(folder, { recursive: true, force: true });
});

test('an account that may start no new chats is told so, and goes on with those that it has', async () => {
  const { phone: rude, client: theirs } = await desk.addLinked();
  const told: { isActive?: boolean }[] = [];
  theirs.socket.ev.on('connection.update', ({ reachoutTimeLock }) => {
    if (reachoutTimeLock) told.push(reachoutTimeLock);
  });
  await desk.send(ada, rude, { text: 'we know each other' });
  const path = `/control/phones/${rude.number}/restriction`;
  await desk.control.call('PUT', path, { seconds: 3600, type: 'BIZ_QUALITY' });
  await waitFor('the notice', () => told.some(({ isActive }) => isActive));
  expect(await theirs.socket.fetchAccountReachoutTimelock()).toMatchObject({
    isActive: true,
    enforcementType: 'BIZ_QUALITY',
    timeEnforcementEnds: expect.any(Date),
  });
  const errorOf = async (jid: string) => {
    const id = (await theirs.socket.sendMessage(jid, { text: 'hello' }))?.key.id ?? '';
    return (await waitFor('the ack', () => theirs.acks.find(({ attrs }) => attrs.id === id))).attrs.error;
  };
  const stranger = await desk.addPhone();
  expect(await errorOf(pnOf(stranger))).toBe('463');
  expect(await errorOf(lidOf(ada))).toBeUndefined();
  expect(await desk.seen(stranger)).toEqual([]);
  await desk.control.call('PUT', path, { seconds: 0 });
  await waitFor('the end of it', () => told.at(-1)?.isActive === false);
  expect(await errorOf(pnOf(stranger))).toBeUndefined();
  theirs.end();
});
