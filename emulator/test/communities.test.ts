import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { type Desk, lidOf, startDesk } from './desk.ts';

type View = {
  group: string;
  subject: string;
  is_community: boolean;
  community: string | null;
  members: { number: string }[];
} & Record<string, unknown>;

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

const view = (group: string) => desk.control.call<View>('GET', `/control/groups/${group}`);
const numbersIn = async (group: string) => (await view(group)).members.map(({ number }) => number);
const found = async (subject: string) => {
  const made = await client.socket.communityCreate(subject, 'all of us');
  if (!made) throw new Error('no community');
  return made;
};
const announcementsOf = async (community: string) => {
  const { linkedGroups } = await client.socket.communityFetchLinkedGroups(community);
  const metadata = await Promise.all(linkedGroups.map(({ id }) => client.socket.groupMetadata(id ?? '')));
  return metadata.find(({ isCommunityAnnounce }) => isCommunityAnnounce);
};

test('a client founds a community with a group for announcements and one to talk in', async () => {
  const community = await found('Street');
  expect(community).toMatchObject({ subject: 'Street', desc: 'all of us', isCommunity: true, joinApprovalMode: true });
  const { linkedGroups, isCommunity } = await client.socket.communityFetchLinkedGroups(community.id);
  expect(isCommunity).toBe(true);
  expect(linkedGroups.map(({ subject }) => subject)).toEqual(['Street', 'General']);
  expect(await announcementsOf(community.id)).toMatchObject({ announce: true, linkedParent: community.id });
  const id = (await client.socket.sendMessage(community.id, { text: 'to nobody' }))?.key.id ?? '';
  const ack = await waitFor('the nack', () => client.acks.find(({ attrs }) => attrs.id === id));
  expect(ack.attrs.error).toBe('403');
});

test('groups are founded in it, linked to it and taken out of it', async () => {
  const community = await found('Town');
  const inside = await client.socket.communityCreateGroup('Choir', [lidOf(ada)], community.id);
  expect(inside).toMatchObject({ subject: 'Choir', linkedParent: community.id });
  expect(await numbersIn(community.id)).toContain(ada.number);
  const { id } = await client.socket.groupCreate('Garden', []);
  await client.socket.communityLinkGroup(id, community.id);
  expect(await client.socket.groupMetadata(id)).toMatchObject({ linkedParent: community.id });
  await expect(client.socket.communityLinkGroup(id, community.id)).rejects.toThrow('conflict');
  await client.socket.communityUnlinkGroup(id, community.id);
  expect(await view(id)).toMatchObject({ community: null });
  const { linkedGroups } = await client.socket.communityFetchLinkedGroups(inside?.id ?? '');
  expect(linkedGroups.map(({ subject }) => subject)).toEqual(['Town', 'General', 'Choir']);
});

test('who comes gets the announcements, and who is sent away is gone from all its groups', async () => {
  const community = await found('Village');
  const announcements = (await announcementsOf(community.id))?.id ?? '';
  await client.socket.communityParticipantsUpdate(community.id, [lidOf(ada)], 'add');
  const id = (await client.socket.sendMessage(announcements, { text: 'market on Sunday' }))?.key.id ?? '';
  await waitFor('the announcement', async () => (await desk.seen(ada)).some((seen) => seen.id === id));
  await client.socket.communityParticipantsUpdate(community.id, [lidOf(ada)], 'remove');
  expect(await numbersIn(announcements)).toEqual([phone.number]);
  await client.socket.communityJoinApprovalMode(community.id, 'off');
  const code = (await client.socket.communityInviteCode(community.id)) ?? '';
  await desk.control.call('POST', `/control/phones/${ada.number}/join`, { code });
  expect(await numbersIn(announcements)).toContain(ada.number);
  await client.socket.communityLeave(community.id);
  expect(await numbersIn(announcements)).toEqual([ada.number]);
});

test('a person founds one, and only its admins may change it', async () => {
  const made = await desk.control.call<View>('POST', '/control/communities', { by: ada.number, subject: 'Theirs' });
  expect(made).toMatchObject({ is_community: true });
  const { group } = await desk.control.call<View>('POST', '/control/groups', { by: ada.number, subject: 'Loose' });
  const link = (by: Phone, community: string | null) =>
    desk.control.ask('PUT', `/control/groups/${group}/community`, { by: by.number, community });
  expect((await link(phone, made.group)).status).toBe(409);
  expect(await link(ada, made.group)).toMatchObject({ status: 200, body: { community: made.group } });
  expect(await link(ada, null)).toMatchObject({ status: 200, body: { community: null } });
  await expect(client.socket.communityCreateGroup('Mine', [], made.group)).rejects.toThrow('forbidden');
  const asked = { to: made.group, text: 'hello?' };
  expect((await desk.control.ask('POST', `/control/phones/${ada.number}/messages`, asked)).status).toBe(409);
});
