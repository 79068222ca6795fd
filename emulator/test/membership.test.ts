import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BaileysEventMap, BinaryNode } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, trustRoot, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { type Desk, lidOf, pnOf, startDesk, trustMedia } from './desk.ts';

type GroupView = { group: string; invite_code: string; members: { number: string }[]; requests: string[] } & Record<
  string,
  unknown
>;

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
let bob: Phone;
const notices: BinaryNode[] = [];
const asked: BaileysEventMap['group.join-request'][] = [];
beforeAll(async () => {
  desk = await startDesk();
  await trustMedia(desk);
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  client.socket.ws.on('CB:notification', (notice: BinaryNode) => notices.push(notice));
  client.socket.ev.on('group.join-request', (request) => asked.push(request));
  ada = await desk.addPhone({ name: 'Ada' });
  bob = await desk.addPhone({ name: 'Bob' });
});
afterAll(() => desk.stop());

const view = (group: string) => desk.control.call<GroupView>('GET', `/control/groups/${group}`);
const found = (by: Phone, members: Phone[]) =>
  desk.control.call<GroupView>('POST', '/control/groups', {
    by: by.number,
    subject: 'Theirs',
    members: members.map(({ number }) => number),
  });
const patch = (group: string, by: Phone, input: object) =>
  desk.control.call('PATCH', `/control/groups/${group}`, { by: by.number, ...input });
const follow = (who: Phone, code: string) =>
  desk.control.call<GroupView>('POST', `/control/phones/${who.number}/join`, { code });
const decide = (group: string, by: Phone, action: string, numbers?: string[]) =>
  desk.control.call('POST', `/control/groups/${group}/requests`, { by: by.number, action, numbers });
const notice = (group: string, tag: string, type = 'w:gp2') =>
  waitFor(`the notice of ${tag}`, () =>
    notices.find(
      ({ attrs, content }) =>
        attrs.from === group && attrs.type === type && Array.isArray(content) && content[0]?.tag === tag,
    ),
  );
const numbersIn = async (group: string) => (await view(group)).members.map(({ number }) => number);
const askedOf = (group: string, action: string) =>
  waitFor(`a request ${action}`, () => asked.find((request) => request.id === group && request.action === action));

describe('where admins decide who comes in', () => {
  test('a client hears of those who ask, lists them, lets one in and turns one away', async () => {
    const { id } = await client.socket.groupCreate('Club', []);
    await client.socket.groupJoinApprovalMode(id, 'on');
    await notice(id, 'membership_approval_mode');
    expect(await client.socket.groupMetadata(id)).toMatchObject({ joinApprovalMode: true });
    const code = (await client.socket.groupInviteCode(id)) ?? '';
    expect(await follow(ada, code)).toMatchObject({ requests: [ada.number] });
    await follow(bob, code);
    expect(await askedOf(id, 'created')).toMatchObject({
      participant: lidOf(ada),
      participantPn: pnOf(ada),
      method: 'invite_link',
    });
    const listed = await client.socket.groupRequestParticipantsList(id);
    expect(listed).toMatchObject([
      { jid: lidOf(ada), request_method: 'InviteLink', request_time: expect.stringMatching(/^\d{10}$/) },
      { jid: lidOf(bob) },
    ]);
    const stranger = '4915100000003@s.whatsapp.net';
    expect(await client.socket.groupRequestParticipantsUpdate(id, [lidOf(ada), stranger], 'approve')).toEqual([
      { status: '200', jid: lidOf(ada) },
      { status: '404', jid: stranger },
    ]);
    await notice(id, 'add');
    await client.socket.groupRequestParticipantsUpdate(id, [lidOf(bob)], 'reject');
    expect(await askedOf(id, 'rejected')).toMatchObject({ participant: lidOf(bob) });
    expect(await view(id)).toMatchObject({ requests: [] });
    expect(await numbersIn(id)).toEqual([phone.number, ada.number]);
    await client.socket.groupJoinApprovalMode(id, 'off');
    expect((await client.socket.groupMetadata(id)).joinApprovalMode).toBe(false);
  });

  test('a client that follows a link waits until a person lets it in', async () => {
    const { group, invite_code } = await found(ada, []);
    await patch(group, ada, { approval: true });
    expect(await client.socket.groupAcceptInvite(invite_code)).toBeUndefined();
    expect(await view(group)).toMatchObject({ requests: [phone.number] });
    await expect(client.socket.groupMetadata(group)).rejects.toThrow('forbidden');
    await decide(group, ada, 'approve');
    await notice(group, 'create');
    expect(await client.socket.groupMetadata(group)).toMatchObject({ subject: 'Theirs' });
  });

  test('whoever asked can withdraw, and people who are no admins have no say', async () => {
    const { id } = await client.socket.groupCreate('Open?', [lidOf(bob)]);
    await client.socket.groupJoinApprovalMode(id, 'on');
    await follow(ada, (await view(id)).invite_code);
    expect(
      await desk.control.ask('POST', `/control/groups/${id}/requests`, { by: bob.number, action: 'approve' }),
    ).toMatchObject({ status: 409 });
    await decide(id, ada, 'withdraw');
    expect(await askedOf(id, 'revoked')).toMatchObject({ participant: lidOf(ada) });
    const again = { by: ada.number, action: 'withdraw' };
    expect((await desk.control.ask('POST', `/control/groups/${id}/requests`, again)).status).toBe(409);
    const theirs = await found(ada, [phone]);
    await expect(client.socket.groupRequestParticipantsList(theirs.group)).rejects.toThrow('forbidden');
  });
});

describe('somebody who does not want to be added to groups', () => {
  const shy = async (contacts: Phone[] = []): Promise<Phone> => {
    const person = await desk.addPhone({ name: 'Shy' });
    const path = `/control/phones/${person.number}`;
    await desk.control.call('PATCH', `${path}/privacy`, { groupadd: 'contacts' });
    for (const one of contacts) await desk.control.call('PUT', `${path}/contacts/${one.number}`, { name: 'known' });
    return person;
  };
  type Refused = { status: string; content: BinaryNode };
  const requestIn = ({ content }: Refused) => {
    const [request] = Array.isArray(content.content) ? content.content : [];
    return request;
  };

  test('is answered with 403 and an invitation, which they accept on the phone', async () => {
    const person = await shy();
    const { id } = await client.socket.groupCreate('Please', []);
    const [refused] = (await client.socket.groupParticipantsUpdate(id, [lidOf(person)], 'add')) as Refused[];
    expect(refused?.status).toBe('403');
    const request = refused && requestIn(refused);
    expect(request).toMatchObject({ tag: 'add_request', attrs: { code: expect.any(String) } });
    expect(Number(request?.attrs.expiration)).toBeGreaterThan(Date.now() / 1000);
    expect(await numbersIn(id)).toEqual([phone.number]);
    await follow(person, request?.attrs.code ?? '');
    await notice(id, 'add');
    expect(await numbersIn(id)).toContain(person.number);
    const code = request?.attrs.code ?? '';
    expect((await desk.control.ask('POST', `/control/phones/${person.number}/join`, { code })).status).toBe(404);
  });

  test('is added by those in their address book, and may be named when a group is founded', async () => {
    const person = await shy([phone]);
    const { id } = await client.socket.groupCreate('Friends', [lidOf(person)]);
    expect(await numbersIn(id)).toContain(person.number);
    const other = await shy();
    const second = await client.socket.groupCreate('Strangers', [lidOf(other)]);
    expect(await numbersIn(second.id)).toEqual([phone.number]);
  });

  test('can be the client itself: it accepts an invitation, unless that was taken back', async () => {
    await client.socket.updateGroupsAddPrivacy('contacts');
    const { group } = await found(ada, []);
    const add = () =>
      desk.control.call<{ data: { code: number; invitation: string }[] }>('POST', `/control/groups/${group}/members`, {
        by: ada.number,
        action: 'add',
        numbers: [phone.number],
      });
    const [refused] = (await add()).data;
    expect(refused).toMatchObject({ code: 403, invitation: expect.any(String) });
    const invite = { groupJid: group, inviteCode: refused?.invitation ?? '', inviteExpiration: Date.now() };
    expect(await client.socket.groupAcceptInviteV4(lidOf(ada), invite)).toBe(group);
    expect(await numbersIn(group)).toContain(phone.number);
    await expect(client.socket.groupAcceptInviteV4(lidOf(ada), invite)).rejects.toThrow('not-acceptable');
    await client.socket.updateGroupsAddPrivacy('all');
  });

  test('cannot use an invitation that an admin has taken back', async () => {
    const person = await shy();
    const { id } = await client.socket.groupCreate('No', []);
    const [refused] = (await client.socket.groupParticipantsUpdate(id, [lidOf(person)], 'add')) as Refused[];
    await client.socket.groupRevokeInviteV4(id, lidOf(person));
    const code = (refused && requestIn(refused)?.attrs.code) ?? '';
    expect((await desk.control.ask('POST', `/control/phones/${person.number}/join`, { code })).status).toBe(404);
  });
});

describe('a group’s picture', () => {
  const picture = Buffer.from('any bytes do as a picture');
  const setByClient = (group: string, bytes?: Buffer) =>
    client.socket.query({
      tag: 'iq',
      attrs: { to: '@s.whatsapp.net', type: 'set', xmlns: 'w:profile:picture', target: group },
      ...(bytes ? { content: [{ tag: 'picture', attrs: { type: 'image' }, content: bytes }] } : {}),
    });
  const bytesOf = async (group: string) => {
    const answer = await fetch(`${desk.emulator.url}/control/groups/${group}/picture`);
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
  };

  test('is set and removed by a client', async () => {
    const { id } = await client.socket.groupCreate('Pretty', [lidOf(ada)]);
    await setByClient(id, picture);
    expect((await bytesOf(id))?.equals(picture)).toBe(true);
    expect(await notice(id, 'set', 'picture')).toMatchObject({ content: [{ attrs: { author: lidOf(phone) } }] });
    await waitFor('Baileys to notice', () =>
      client.messages.some(({ key, messageStubType }) => key.remoteJid === id && messageStubType === 22),
    );
    await client.socket.removeProfilePicture(id);
    expect(await bytesOf(id)).toBeUndefined();
    await notice(id, 'delete', 'picture');
  });

  test('is set by a person and fetched by a client, unless it is not in the group', async () => {
    const { group } = await found(ada, [phone]);
    await desk.control.call('PUT', `/control/groups/${group}/picture`, {
      by: ada.number,
      data: picture.toString('base64'),
    });
    await notice(group, 'set', 'picture');
    const url = (await client.socket.profilePictureUrl(group, 'image')) ?? '';
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(picture)).toBe(true);
    const closed = await found(ada, [bob]);
    await desk.control.call('PUT', `/control/groups/${closed.group}/picture`, { by: ada.number, data: 'AAAA' });
    await expect(client.socket.profilePictureUrl(closed.group)).rejects.toThrow('item-not-found');
  });

  test('is not the business of members where only admins may change the group', async () => {
    const { group } = await found(ada, [phone]);
    await setByClient(group, picture);
    await patch(group, ada, { restrict: true });
    await expect(setByClient(group)).rejects.toThrow('forbidden');
  });
});

test('requests, invitations and pictures outlive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-membership-'));
  const first = await startDesk({ dataDir: folder });
  const owner = await first.addPhone();
  const guest = await first.addPhone();
  const { group, invite_code: code } = await first.control.call<GroupView>('POST', '/control/groups', {
    by: owner.number,
    subject: 'Kept',
  });
  await first.control.call('PATCH', `/control/groups/${group}`, { by: owner.number, approval: true });
  await first.control.call('PUT', `/control/groups/${group}/picture`, { by: owner.number, data: 'AAAA' });
  await first.control.call('POST', `/control/phones/${guest.number}/join`, { code });
  await first.emulator.stop();
  const second = await startDesk({ dataDir: folder });
  expect(await second.control.call('GET', `/control/groups/${group}`)).toMatchObject({
    approval: true,
    has_picture: true,
    requests: [guest.number],
  });
  await second.emulator.stop();
  trustRoot(desk.emulator.rootKey);
  rmSync(folder, { recursive: true, force: true });
});
