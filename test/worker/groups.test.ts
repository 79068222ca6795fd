import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordGroupList } from '../../src/domain/groups/index.ts';
import { patchSettings } from '../../src/domain/instances/index.ts';
import { resolveMember } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { GroupChange, GroupInfo, GroupMember, Identity, InboundUpdate } from '../../src/network/index.ts';
import { letIn } from '../support/fake-network.ts';
import { groupInfo } from '../support/group-info.ts';
import { pause, waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;
let list: readonly GroupInfo[];
/** Of the fake network's number. */
const self = { phone: '4915100000001', lid: '900000000000001' };
const ana: Identity = { phone: '4915111111111', lid: '911' };
const ben: Identity = { phone: '4915122222222', lid: '922' };

const admin = (person: Identity): GroupMember => ({ person, role: 'admin' });
const member = (person: Identity): GroupMember => ({ person, role: 'member' });

beforeEach(async () => {
  lab = await startWorkerLab();
  list = [];
  lab.network.capabilities.add('list_groups');
  lab.network.answerAsks((kind) => ({ kind: 'done', answer: kind === 'list_groups' ? list : undefined }));
});
afterEach(() => lab.close());

/** Well past the loops' own pauses. */
const aWhile = () => pause(200);

const told = async () => {
  const rows = await lab.db.read
    .selectFrom('events')
    .select(['type', 'data', 'chat_id', 'chat_type'])
    .where('type', 'like', 'group.%')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }));
};
const types = async () => (await told()).map(({ type }) => type);

const readGroups = () => lab.db.read.selectFrom('groups').selectAll().orderBy('chat_id').execute();
const countMembers = async () => (await lab.db.read.selectFrom('group_members').selectAll().execute()).length;

const listed = () => waitFor('the comparison', async () => (await lab.read(shop)).groups_of === self.phone);

async function reconnect(): Promise<void> {
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await lab.waitForState(shop, 'connected');
}

const notice = (change: GroupChange, by: Identity = ana, address = groupInfo().address): InboundUpdate => ({
  kind: 'group',
  chat: { kind: 'group', address },
  by,
  change,
  atMs: Date.now(),
});

const deliver = (...updates: InboundUpdate[]) =>
  lab.network.last().host.store.commit({
    inbound: {
      dedupeKey: randomBytes(8).toString('hex'),
      kind: 'notification',
      stanza: Buffer.from(JSON.stringify(updates)),
      parts: [],
      complete: true,
    },
  });

test('the groups that a new number is in are on record, and are news to nobody', async () => {
  list = [groupInfo({ members: [admin(self), member(ana)] })];
  shop = await lab.link();
  await listed();
  expect(await readGroups()).toMatchObject([{ subject: 'Friends', role: 'admin' }]);
  expect(await countMembers()).toBe(2);
  expect(await types()).toEqual([]);
  const chats = await lab.db.read.selectFrom('chats').select(['kind', 'name']).execute();
  expect(chats).toEqual([{ kind: 'group', name: 'Friends' }]);
});

test('what nobody told is found by comparing after a connection, and told once', async () => {
  const gone = groupInfo({ address: '2@g.us', subject: 'Gone', members: [member(self)] });
  list = [groupInfo({ members: [member(self), member(ana), admin(ben)] }), gone];
  shop = await lab.link();
  await listed();
  list = [
    groupInfo({ subject: 'Foes', announce: true, members: [admin(self), admin(ana)] }),
    groupInfo({ address: '3@g.us', subject: 'New', members: [member(self)] }),
  ];
  await reconnect();
  await waitFor('the last of it', async () => (await types()).includes('group.left'));
  const events = await told();
  expect(events.map(({ type, data }) => [type, data.group.subject, data.how ?? null])).toEqual([
    ['group.updated', 'Foes', null],
    ['group.participant_removed', 'Foes', 'unknown'],
    ['group.admin_promoted', 'Foes', null],
    ['group.joined', 'New', 'unknown'],
    ['group.left', 'Gone', 'unknown'],
  ]);
  expect(events[0]?.data).toMatchObject({ by: null, by_me: false, changes: { subject: 'Foes', announce: true } });
  expect(events[2]?.data.contacts).toHaveLength(2);
  expect(events.every(({ chat_id: id, chat_type: type }) => id !== null && type === 'group')).toBe(true);
  await reconnect();
  await aWhile();
  expect(await told()).toHaveLength(5);
});

test('a list waits for its turn behind what came in before it, so that nothing is told twice or backwards', async () => {
  list = [groupInfo({ subject: 'A', members: [member(self)] })];
  shop = await lab.link();
  await listed();
  list = [groupInfo({ subject: 'C', members: [member(self)] })];
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  lab.network.answerAsks(() => {
    answer();
    return { kind: 'done', answer: list };
  });
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  for (const subject of ['B', 'C']) await deliver(notice({ what: 'updated', fields: { subject } }));
  letIn(lab.network);
  await answered;
  await waitFor('both', async () => (await told()).length >= 2);
  await aWhile();
  expect((await told()).map(({ data }) => data.changes.subject)).toEqual(['B', 'C']);
  expect(await readGroups()).toMatchObject([{ subject: 'C' }]);
});

test('a long list is compared in several turns, and all of it', async () => {
  const people = Array.from({ length: 200 }, (_, index) => member({ phone: String(4_915_200_000_000 + index) }));
  list = Array.from({ length: 4 }, (_, index) =>
    groupInfo({ address: `${index}@g.us`, subject: `G${index}`, members: [member(self), ...people] }),
  );
  shop = await lab.link();
  await listed();
  expect(await readGroups()).toHaveLength(4);
  expect(await countMembers()).toBe(4 * 201);
  expect(await types()).toEqual([]);
});

test('a number that is linked anew under another phone does not leave the groups of the one before', async () => {
  list = [groupInfo({ members: [member(self)] })];
  shop = await lab.link();
  await listed();
  await lab.db.tx((tx) =>
    tx.updateTable('instances').set({ groups_of: '4915100000009' }).where('id', '=', shop).execute(),
  );
  list = [];
  await reconnect();
  await listed();
  expect(await readGroups()).toMatchObject([{ role: null }]);
  expect(await types()).toEqual([]);
});

test('a list that WhatsApp does not give is asked for again, so often and no more', async () => {
  lab.network.answerAsks(() => ({ kind: 'unanswered', reason: 'silence' }));
  shop = await lab.link();
  const asked = () => lab.network.last().asked.filter(({ kind }) => kind === 'list_groups').length;
  await waitFor('three questions', () => asked() === 3);
  await aWhile();
  expect(asked()).toBe(3);
});

test('where groups are to be ignored nobody asks for them, and what is told of them leaves nothing behind', async () => {
  list = [groupInfo({ members: [member(self)] })];
  lab.network.capabilities.delete('list_groups');
  shop = await lab.link();
  await lab.db.tx((tx) => patchSettings(tx, lab.caller, shop, { groups: 'ignore' }));
  lab.network.capabilities.add('list_groups');
  await reconnect();
  await deliver(notice({ what: 'joined', group: groupInfo({ members: [member(self)] }) }));
  await aWhile();
  expect(lab.network.last().asked).toEqual([]);
  expect(await readGroups()).toEqual([]);
  expect(await types()).toEqual([]);
});

test('a notice of what is on record already is no news', async () => {
  list = [groupInfo({ subject: 'A', members: [admin(self), admin(ana)] })];
  shop = await lab.link();
  await listed();
  await deliver(
    notice({ what: 'updated', fields: { subject: 'A', announce: false } }),
    notice({ what: 'added', members: [member(ana)] }),
    notice({ what: 'promoted', people: [ana] }),
    notice({ what: 'removed', people: [ben] }),
    notice({ what: 'joined', group: groupInfo({ subject: 'A', members: [admin(self), admin(ana)] }) }),
    notice({ what: 'demoted', people: [self] }),
  );
  await waitFor('the last one', async () => (await types()).length > 0);
  expect(await types()).toEqual(['group.admin_demoted']);
  expect(await readGroups()).toMatchObject([{ role: 'member' }]);
});

test('of a group that nobody has described, everything is news, and the next list fills it in quietly', async () => {
  shop = await lab.link();
  await listed();
  await deliver(
    notice({ what: 'added', members: [member(ben)] }),
    notice({ what: 'updated', fields: { announce: false } }),
    notice({ what: 'join_request_ended', people: [self] }, ana, 'elsewhere@g.us'),
  );
  await waitFor('all of it', async () => (await types()).length === 3);
  expect(await types()).toEqual(['group.participant_added', 'group.updated', 'group.join_request_ended']);
  expect((await readGroups()).map(({ subject, role }) => [subject, role])).toEqual([
    [null, 'member'],
    [null, null],
  ]);
  list = [groupInfo({ members: [member(self), member(ben)] })];
  await reconnect();
  await waitFor('the subject', async () => (await readGroups())[0]?.subject === 'Friends');
  await aWhile();
  expect(await types()).toHaveLength(3);
});

test('two contacts that turn out to be one are one member', async () => {
  list = [groupInfo({ members: [member(self), member({ lid: '911' }), member({ phone: '4915111111111' })] })];
  shop = await lab.link();
  await listed();
  expect(await countMembers()).toBe(3);
  await deliver(notice({ what: 'promoted', people: [ana] }));
  await waitFor('the promotion', async () => (await types()).includes('group.admin_promoted'));
  expect(await countMembers()).toBe(2);
});

test('a list that cannot be recorded is dropped, and what came in after it goes on', async () => {
  shop = await lab.link();
  await listed();
  list = [groupInfo({ members: [member({})] })];
  await reconnect();
  await deliver(notice({ what: 'joined', group: groupInfo({ address: '7@g.us', members: [member(self)] }) }));
  await waitFor('what came after', async () => (await types()).includes('group.joined'));
  expect(await types()).toEqual(['group.joined']);
});

test('the timer of a group is told of its chat as well, once', async () => {
  shop = await lab.link();
  const group = groupInfo({ members: [admin(ana), member(self)] });
  await deliver(notice({ what: 'joined', group }));
  const timer = notice({ what: 'updated', fields: { disappearingSeconds: 86_400 } });
  await deliver(timer);
  await deliver(timer, notice({ what: 'updated', fields: { subject: 'Last' } }));
  await waitFor('the last', async () => (await readGroups())[0]?.subject === 'Last');
  const [chat] = await lab.db.read
    .selectFrom('chats')
    .select('ephemeral_seconds')
    .where('kind', '=', 'group')
    .execute();
  expect(chat?.ephemeral_seconds).toBe(86_400);
  expect((await lab.events()).filter((type) => type === 'chat.updated')).toHaveLength(1);
});

test('a group that was joined after the list was asked for has not been left because it is missing there', async () => {
  shop = await lab.link();
  await listed();
  const instance = await lab.read(shop);
  const compare = (groups: readonly GroupInfo[], askedAtMs: number) =>
    lab.db.tx((tx) => recordGroupList(tx, instance, { groups, askedAtMs }, resolveMember));
  const before = lab.db.now();
  await pause(5);
  await compare([groupInfo({ members: [admin(self)] })], lab.db.now());
  await compare([], before);
  expect((await readGroups()).map(({ role }) => role)).toEqual(['admin']);
  await pause(5);
  await compare([], lab.db.now());
  expect((await readGroups()).map(({ role }) => role)).toEqual([null]);
  expect((await types()).at(-1)).toBe('group.left');
});
