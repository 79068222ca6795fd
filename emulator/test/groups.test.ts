import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BinaryNode, proto } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, connect, trustRoot, waitFor } from './bare-client.ts';
import { linkClient, type Phone } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk, textOfId, textsOf } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
let bob: Phone;
const kept = new Map<string, proto.IMessage>();
const notices: BinaryNode[] = [];
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }, { getMessage: (id) => kept.get(id) }));
  client.socket.ws.on('CB:notification,type:w:gp2', (notice: BinaryNode) => notices.push(notice));
  ada = await desk.addPhone({ name: 'Ada' });
  bob = await desk.addPhone({ name: 'Bob', devices: 2 });
});
afterAll(() => desk.stop());

type GroupView = {
  group: string;
  subject: string;
  invite_code: string;
  members: { number: string; role: string }[];
} & Record<string, unknown>;
const view = (group: string) => desk.control.call<GroupView>('GET', `/control/groups/${group}`);
const found = (by: Phone, subject: string, members: Phone[]) =>
  desk.control.call<GroupView>('POST', '/control/groups', {
    by: by.number,
    subject,
    members: members.map(({ number }) => number),
  });
const sendTo = async (from: Phone, group: string, input: object) =>
  (await desk.control.call<{ id: string }>('POST', `/control/phones/${from.number}/messages`, { to: group, ...input }))
    .id;
const seenIn = (of: Phone, group: string) => desk.seen(of, { ...of, number: group });
const on = (of: Phone, group: string, id: string, on: Desk = desk) =>
  waitFor('the phone to show it', async () =>
    (await on.seen(of, { ...of, number: group })).find((seen) => seen.id === id),
  );
const notice = (group: string, tag: string) =>
  waitFor(`the notice of ${tag}`, () =>
    notices.find(({ attrs, content }) => attrs.from === group && Array.isArray(content) && content[0]?.tag === tag),
  );
const say = async (group: string, text: string) => (await client.socket.sendMessage(group, { text }))?.key.id ?? '';

describe('a client', () => {
  test('founds a group, and everyone in it is known by LID and number', async () => {
    const made = await client.socket.groupCreate('Friends', [lidOf(ada), pnOf(bob)]);
    expect(made).toMatchObject({ subject: 'Friends', addressingMode: 'lid', owner: lidOf(phone), size: 3 });
    expect(made.participants).toEqual([
      expect.objectContaining({ id: lidOf(phone), phoneNumber: pnOf(phone), admin: 'superadmin' }),
      expect.objectContaining({ id: lidOf(ada), phoneNumber: pnOf(ada), admin: null }),
      expect.objectContaining({ id: lidOf(bob), phoneNumber: pnOf(bob), admin: null }),
    ]);
    await notice(made.id, 'create');
    expect(await client.socket.groupMetadata(made.id)).toMatchObject({ id: made.id, subject: 'Friends' });
    expect(Object.keys(await client.socket.groupFetchAllParticipating())).toContain(made.id);
  });

  test('changes subject, description, settings and timer, and is told of each', async () => {
    const { id } = await client.socket.groupCreate('Before', [lidOf(ada)]);
    await client.socket.groupUpdateSubject(id, 'After');
    await client.socket.groupUpdateDescription(id, 'what it is about');
    await client.socket.groupSettingUpdate(id, 'announcement');
    await client.socket.groupSettingUpdate(id, 'locked');
    await client.socket.groupMemberAddMode(id, 'admin_add');
    await client.socket.groupToggleEphemeral(id, 86_400);
    const metadata = await client.socket.groupMetadata(id);
    expect(metadata).toMatchObject({ subject: 'After', desc: 'what it is about', announce: true, restrict: true });
    expect(metadata).toMatchObject({ memberAddMode: false, ephemeralDuration: 86_400 });
    for (const tag of ['subject', 'description', 'announcement', 'locked', 'member_add_mode', 'ephemeral']) {
      await notice(id, tag);
    }
    await client.socket.groupUpdateDescription(id);
    await client.socket.groupSettingUpdate(id, 'not_announcement');
    await client.socket.groupSettingUpdate(id, 'unlocked');
    const again = await client.socket.groupMetadata(id);
    expect([again.desc, again.announce, again.restrict]).toEqual([undefined, false, false]);
  });

  test('adds, promotes, demotes and removes people, with a code for each', async () => {
    const { id } = await client.socket.groupCreate('Members', [lidOf(ada)]);
    const update = (jids: string[], action: 'add' | 'remove' | 'promote' | 'demote') =>
      client.socket.groupParticipantsUpdate(id, jids, action);
    const stranger = '4915100000002@s.whatsapp.net';
    const added = await update([lidOf(bob), lidOf(ada), stranger], 'add');
    expect(added.map(({ status }) => status)).toEqual(['200', '409', '404']);
    await update([lidOf(bob)], 'promote');
    expect((await view(id)).members).toContainEqual({ number: bob.number, role: 'admin' });
    await update([lidOf(bob)], 'demote');
    expect(await update([lidOf(bob)], 'remove')).toMatchObject([{ status: '200', jid: lidOf(bob) }]);
    expect((await view(id)).members.map(({ number }) => number)).toEqual([phone.number, ada.number]);
    for (const tag of ['add', 'promote', 'demote', 'remove']) await notice(id, tag);
  });

  test('invites, is invited, joins and leaves', async () => {
    const { id } = await client.socket.groupCreate('Invites', []);
    const code = (await client.socket.groupInviteCode(id)) ?? '';
    const next = (await client.socket.groupRevokeInvite(id)) ?? '';
    expect(next).not.toBe(code);
    expect(await desk.control.ask('POST', `/control/phones/${ada.number}/join`, { code })).toMatchObject({
      status: 404,
    });
    await desk.control.call('POST', `/control/phones/${ada.number}/join`, { code: next });
    await notice(id, 'add');
    const theirs = await found(ada, 'Theirs', [bob]);
    expect(await client.socket.groupGetInviteInfo(theirs.invite_code)).toMatchObject({ subject: 'Theirs', size: 2 });
    expect(await client.socket.groupAcceptInvite(theirs.invite_code)).toBe(theirs.group);
    await notice(theirs.group, 'create');
    await client.socket.groupLeave(theirs.group);
    expect((await view(theirs.group)).members.map(({ number }) => number)).not.toContain(phone.number);
    await expect(client.socket.groupMetadata(theirs.group)).rejects.toThrow();
    await desk.control.call('POST', `/control/phones/${ada.number}/leave`, { group: id });
    await notice(id, 'remove');
  });

  test('may not do what only admins may, nor ask about groups that are not its own', async () => {
    const theirs = await found(ada, 'Strict', [phone]);
    const patch = { by: ada.number, announce: true, restrict: true, admins_add: true };
    await desk.control.call('PATCH', `/control/groups/${theirs.group}`, patch);
    await expect(client.socket.groupUpdateSubject(theirs.group, 'Mine')).rejects.toThrow('forbidden');
    await expect(client.socket.groupParticipantsUpdate(theirs.group, [lidOf(bob)], 'add')).rejects.toThrow('forbidden');
    const id = await say(theirs.group, 'let me speak');
    const ack = await waitFor('the nack', () => client.acks.find(({ attrs }) => attrs.id === id));
    expect(ack.attrs.error).toBe('403');
    const closed = await found(ada, 'Closed', [bob]);
    await expect(client.socket.groupMetadata(closed.group)).rejects.toThrow('forbidden');
    await expect(client.socket.groupMetadata('120300000000000000@g.us')).rejects.toThrow('item-not-found');
  });
});

describe('messages', () => {
  test('from a client reach every device of everyone once, and receipts come from each person', async () => {
    const { id: group } = await client.socket.groupCreate('Talk', [lidOf(ada), lidOf(bob)]);
    const before = await desk.counters(bob);
    const first = await say(group, 'first');
    const second = await say(group, 'second');
    expect(await on(ada, group, second)).toMatchObject({
      text: 'second',
      from: phone.number,
      chat: group,
      direction: 'in',
    });
    await on(bob, group, second);
    expect((await seenIn(phone, group)).map(({ text, direction }) => [direction, text])).toEqual([
      ['out', 'first'],
      ['out', 'second'],
    ]);
    const after = await desk.counters(bob);
    expect([after.raw - before.raw, after.shown - before.shown, after.undecryptable]).toEqual([4, 2, 0]);
    const from = (person: Phone) => (receipt: BinaryNode) =>
      receipt.attrs.from === group && receipt.attrs.id === first && receipt.attrs.participant === lidOf(person);
    await waitFor('both receipts', () => client.receipts.some(from(ada)) && client.receipts.some(from(bob)));
    expect((await on(phone, group, first)).status).toBe('delivered');
    await desk.control.call('POST', `/control/phones/${ada.number}/read`, { with: group });
    await waitFor('the read receipt', () => client.receipts.some((one) => from(ada)(one) && one.attrs.type === 'read'));
    expect(await on(phone, group, first)).toMatchObject({ status: 'delivered', read_by: [ada.number] });
  });

  test('from phones reach clients by LID, with their author, and other phones too', async () => {
    const { group } = await found(ada, 'Phones', [phone, bob]);
    const ids = [
      await sendTo(ada, group, { text: 'from Ada' }),
      await sendTo(bob, group, { text: 'from Bob', from_device: 1 }),
    ];
    ids.push(await sendTo(ada, group, { text: 'Ada again' }));
    await waitFor('all three', () => ids.every((id) => textOfId(client, id) !== undefined));
    const [first, second] = ids.map((id) => client.messages.find(({ key }) => key.id === id));
    expect(first).toMatchObject({
      pushName: 'Ada',
      key: { remoteJid: group, participant: lidOf(ada), participantAlt: pnOf(ada) },
    });
    expect(second?.key.participant).toBe(lidOf(bob));
    expect((await seenIn(bob, group)).map(({ text }) => text)).toEqual(['from Ada', 'from Bob', 'Ada again']);
    await client.socket.readMessages(first ? [first.key] : []);
    await waitFor('the read', async () =>
      ((await on(ada, group, ids[0] ?? '')).read_by as string[]).includes(phone.number),
    );
    await desk.settled(phone);
  });

  test('are answered with reactions, quotes, edits, votes and deletions as between two', async () => {
    const { group } = await found(ada, 'Changes', [phone, bob]);
    const id = await sendTo(ada, group, { kind: 'poll', text: 'Where?', options: ['here', 'there'] });
    const message = await waitFor('the poll', () => client.messages.find(({ key }) => key.id === id));
    await client.socket.sendMessage(group, { react: { text: '👀', key: message.key } });
    await desk.control.call('PUT', `/control/phones/${bob.number}/messages/${id}/vote`, { options: ['there'] });
    const seen = await waitFor('the reaction', async () => {
      const poll = await on(bob, group, id);
      return poll.reactions.length ? poll : undefined;
    });
    expect(seen).toMatchObject({ reactions: [{ from: phone.number, emoji: '👀' }] });
    expect(JSON.stringify((await on(ada, group, id)).poll)).toContain(bob.number);
    const mine = await say(group, 'delete me');
    await on(ada, group, mine);
    await desk.control.call(
      'DELETE',
      `/control/phones/${ada.number}/messages/${mine}?with=${encodeURIComponent(group)}`,
    );
    await waitFor('the admin’s deletion', () =>
      client.updates.some(({ key, update }) => key.id === mine && update.message === null),
    );
    expect(await on(bob, group, mine)).toMatchObject({ deleted: true });
    const refused = await desk.control.ask('DELETE', `/control/phones/${bob.number}/messages/${id}`);
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'not_allowed' } } });
  });

  test('of a group with a timer say when they go, and people edit and take back what they react there', async () => {
    const { group } = await found(ada, 'Fleeting', [phone, bob]);
    await desk.control.call('PATCH', `/control/groups/${group}`, { by: ada.number, disappearing_seconds: 86_400 });
    await notice(group, 'ephemeral');
    const id = await sendTo(bob, group, { text: 'tpyo' });
    const message = await waitFor('it', () => client.messages.find(({ key, message: got }) => key.id === id && got));
    expect(message.message?.extendedTextMessage?.contextInfo?.expiration).toBe(86_400);
    expect(await on(ada, group, id)).toMatchObject({ expires_at: expect.any(String) });
    await desk.control.call('PATCH', `/control/phones/${bob.number}/messages/${id}`, { text: 'typo' });
    await waitFor('the edit', () => client.updates.some(({ key, update }) => key.id === id && update.message));
    for (const emoji of ['👍', '']) {
      await desk.control.call('PUT', `/control/phones/${ada.number}/messages/${id}/reaction`, { emoji });
    }
    expect(await on(bob, group, id)).toMatchObject({ text: 'typo', edited: true, reactions: [] });
  });

  test('to somebody who came later can be read by them, and nobody reads on who has gone', async () => {
    const late = await desk.addLinked({ name: 'Late' });
    const { id: group } = await client.socket.groupCreate('Come and go', [lidOf(ada)]);
    await on(ada, group, await say(group, 'before'));
    await client.socket.groupParticipantsUpdate(group, [lidOf(late.phone)], 'add');
    const after = await say(group, 'after');
    await waitFor('the newcomer to read it', () => textOfId(late.client, after) === 'after');
    await on(late.phone, group, after);
    const back = (await late.client.socket.sendMessage(group, { text: 'hello all' }))?.key.id ?? '';
    await waitFor('the answer', () => textOfId(client, back) === 'hello all');
    await client.socket.groupParticipantsUpdate(group, [lidOf(late.phone)], 'remove');
    await on(ada, group, await say(group, 'without you'));
    await aWhile();
    expect(textsOf(late.client)).toEqual(['after', 'hello all']);
    const refused = await desk.control.ask('POST', `/control/phones/${late.phone.number}/messages`, {
      to: group,
      text: 'x',
    });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'not_a_member' } } });
    late.client.end();
  });

  test('between two clients of one person and a third carry who they are from', async () => {
    const { group } = await found(ada, 'Devices', [phone]);
    const second = await linkClient(desk.control, desk.emulator.wsUrl, phone.number);
    const id = await say(group, 'from my first');
    const copy = await waitFor('the copy', () => second.messages.find(({ key, message }) => key.id === id && message));
    expect(copy.key).toMatchObject({ fromMe: true, remoteJid: group });
    const fromPhone = await sendTo(phone, group, { text: 'from my phone' });
    await waitFor('both', () => [client, second].every((one) => textOfId(one, fromPhone) === 'from my phone'));
    await desk.settled(phone);
    await desk.control.call('DELETE', `/control/phones/${phone.number}/clients/2`);
  });

  test('that a client cannot read come again for it alone, and those after them are read', async () => {
    const { group } = await found(ada, 'Damaged', [phone, bob]);
    await sendTo(ada, group, { text: 'fine' });
    await desk.fault({ kind: 'corrupt_inbound', number: phone.number, count: 1 });
    const id = await sendTo(ada, group, { text: 'damaged' });
    await waitFor('the text', () => textOfId(client, id) === 'damaged');
    const later = await sendTo(ada, group, { text: 'later' });
    await waitFor('later ones', () => textOfId(client, later) === 'later');
    await desk.settled(phone);
    expect((await seenIn(bob, group)).map(({ text }) => text)).toEqual(['fine', 'damaged', 'later']);
  });

  test.each([0, 1])(
    'that device %i of a phone asks for again are counted as asked for, and shown once',
    async (device) => {
      const reader = await desk.addPhone({ devices: 2 });
      const { id: group } = await client.socket.groupCreate('Again', [lidOf(reader), lidOf(ada)]);
      await desk.fault({ kind: 'retry_request', number: reader.number, device, count: 1 });
      const id = `3EB0${Math.random().toString(16).slice(2, 14).toUpperCase()}`;
      const content = { extendedTextMessage: { text: 'again' } };
      kept.set(id, content);
      await client.socket.relayMessage(group, content, { messageId: id });
      await waitFor('the resend', async () => (await desk.counters(reader)).retry_resends === 1);
      expect(await on(reader, group, id)).toMatchObject({ text: 'again' });
      expect(await desk.counters(reader)).toMatchObject({ shown: 1, resends: 0, undecryptable: 1 });
      expect(await desk.counters(ada)).toMatchObject({ resends: 0 });
      expect((await seenIn(ada, group)).filter((seen) => seen.id === id)).toHaveLength(1);
    },
  );
});

test('a group, its keys and what waits outlive a restart of the emulator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-groups-'));
  const first = await startDesk({ dataDir: folder });
  const shop = await first.addLinked({ name: 'Kept' });
  const friend = await first.addPhone();
  const { id: group } = await shop.client.socket.groupCreate('Kept', [lidOf(friend)]);
  const post = (at: Desk, text: string) =>
    at.control.call<{ id: string }>('POST', `/control/phones/${friend.number}/messages`, { to: group, text });
  await on(friend, group, (await shop.client.socket.sendMessage(group, { text: 'one' }))?.key.id ?? '', first);
  await post(first, 'two');
  await waitFor('two', () => textsOf(shop.client).includes('two'));
  await first.settled(shop.phone);
  shop.client.end();
  await shop.client.closed;
  await post(first, 'three');
  await first.emulator.stop();
  const second = await startDesk({ dataDir: folder });
  const again = connect(second.emulator.wsUrl, shop.client.credentials);
  await again.waitOffline();
  await post(second, 'four');
  await waitFor('what waited and what came after', () => textsOf(again).length === 2);
  expect(textsOf(again)).toEqual(['three', 'four']);
  const five = (await again.socket.sendMessage(group, { text: 'five' }))?.key.id ?? '';
  await on(friend, group, five, second);
  expect((await second.counters(friend)).undecryptable).toBe(0);
  again.end();
  await second.emulator.stop();
  trustRoot(desk.emulator.rootKey);
  rmSync(folder, { recursive: true, force: true });
});
