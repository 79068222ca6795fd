import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { GroupChange, GroupMember, Identity, InboundUpdate } from '../../network/index.ts';
import { nameChat, resolveChat } from '../contacts/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { changesOf, columnsOf } from './group-columns.ts';
import {
  deleteMembersAmong,
  type GroupRow,
  selectGroup,
  selectMembersAmong,
  updateGroup,
  upsertMembers,
} from './groups.sql.ts';
import { insertBareGroup, recordGroup, resolveCommunity, tellEntry } from './record-group.ts';
import { recordGone } from './record-group-list.ts';
import { isNumberItself, type Recording, type ResolvePerson, tellGroup, viewPeople } from './tell-group.ts';

type GroupUpdate = Extract<InboundUpdate, { kind: 'group' }>;
type Change<W extends GroupChange['what']> = Extract<GroupChange, { what: W }>;

const inviteLinkStart = 'https://chat.whatsapp.com/';

export const inviteLink = (code: string): string => `${inviteLinkStart}${code}`;

/**
 * A notice about a group: the rows follow it, and an event tells it. What is on record already is no news, so that what a
 * comparison has found before the notice came is told once.
 */
export async function recordGroupChange(
  tx: Tx,
  instance: InstanceRow,
  update: GroupUpdate,
  resolvePerson: ResolvePerson,
): Promise<void> {
  const { by, atMs, change } = update;
  const recording: Recording = { tx, instance, resolvePerson, by, atMs };
  if (change.what === 'created' || change.what === 'joined') {
    await recordGroup(recording, change.group, { entry: change.what, quiet: false });
    return;
  }
  await applyChange(recording, await ensureGroup(recording, update), change);
}

async function ensureGroup(recording: Recording, { chat, change }: GroupUpdate): Promise<GroupRow> {
  const { tx, instance } = recording;
  const chatId = await resolveChat(tx, instance.customer_id, instance.id, chat);
  // Who asks to be let in is told of the end of that, and is no member.
  const role = change.what === 'join_request_ended' ? null : 'member';
  if (!(await selectGroup(tx, instance.customer_id, chatId))) await insertBareGroup(recording, chatId, role);
  const group = await selectGroup(tx, instance.customer_id, chatId);
  if (!group) throw new Error(`group ${chatId} vanished inside its transaction`);
  return group;
}

async function applyChange(
  recording: Recording,
  group: GroupRow,
  change: Exclude<GroupChange, Change<'created' | 'joined'>>,
): Promise<void> {
  switch (change.what) {
    case 'updated':
      return recordUpdated(recording, group, change);
    case 'moved':
      return recordMoved(recording, group, change);
    case 'added':
      return recordAdded(recording, group, change);
    case 'removed':
      return recordRemoved(recording, group, change);
    case 'promoted':
    case 'demoted':
      return recordRoles(recording, group, change);
    case 'join_requested':
      return tellPeople(recording, change.people, (contacts) =>
        tellGroup(recording, told(group), 'group.join_requested', { contacts, method: change.method ?? null }),
      );
    case 'join_request_ended':
      return tellPeople(recording, change.people, (contacts) =>
        tellGroup(recording, told(group), 'group.join_request_ended', {
          contacts,
          how: isOne(recording.by, change.people) ? 'withdrawn' : 'rejected',
        }),
      );
    case 'invite_changed':
      return tellGroup(recording, told(group), 'group.invite_changed', {
        code: change.code,
        link: inviteLink(change.code),
      });
    case 'ended':
      return recordGone(recording, group.chat_id, 'ended');
  }
}

const told = (group: GroupRow) => ({ chatId: group.chat_id, subject: group.subject });

/** While no more is known of a group than that it is there, everything about it is news. */
const isBare = (group: GroupRow): boolean => group.subject === null;

async function recordUpdated(recording: Recording, group: GroupRow, { fields }: Change<'updated'>): Promise<void> {
  const { tx, instance } = recording;
  const columns = columnsOf(fields);
  const changes = isBare(group) ? columnsAsChanges(group, columns) : changesOf(group, columns);
  if (!changes) return;
  await updateGroup(tx, instance.customer_id, group.chat_id, { ...columns, fingerprint: null });
  const subject = fields.subject ?? group.subject;
  if (fields.subject !== undefined) await nameChat(tx, instance.customer_id, group.chat_id, fields.subject);
  await tellGroup(recording, { chatId: group.chat_id, subject }, 'group.updated', { changes });
}

async function recordMoved(recording: Recording, group: GroupRow, { community }: Change<'moved'>): Promise<void> {
  const columns = { community_id: await resolveCommunity(recording, community) };
  const changes = changesOf(group, columns);
  if (!changes) return;
  await updateGroup(recording.tx, group.customer_id, group.chat_id, { ...columns, fingerprint: null });
  await tellGroup(recording, told(group), 'group.updated', { changes });
}

/** As if each were another before. */
const columnsAsChanges = (group: GroupRow, columns: Partial<GroupRow>): Record<string, unknown> | undefined =>
  changesOf({ ...group, ...Object.fromEntries(Object.keys(columns).map((name) => [name, undefined])) }, columns);

async function recordAdded(recording: Recording, group: GroupRow, change: Change<'added'>): Promise<void> {
  const { tx, instance } = recording;
  const own = change.members.find(({ person }) => isNumberItself(instance, person));
  if (own && group.role === null) {
    await updateGroup(tx, instance.customer_id, group.chat_id, { role: own.role });
    await tellEntry(recording, told(group), 'joined', 0);
  }
  const people = await resolveAll(recording, change.members);
  const known = await readRoles(recording, group, people);
  const added = people.filter(({ contactId }) => isBare(group) || !known.has(contactId));
  if (added.length === 0) return;
  await upsertMembers(tx, group.chat_id, added);
  await updateGroup(tx, instance.customer_id, group.chat_id, { fingerprint: null });
  const others = added.filter(({ isSelf }) => !isSelf).map(({ contactId }) => contactId);
  if (others.length === 0) return;
  await tellGroup(recording, told(group), 'group.participant_added', {
    contacts: await viewPeople(recording, others),
    how: howAdded(change.reason),
  });
}

/** WhatsApp's word for the link is `invite`; whatever other words it has are told as they are. */
const howAdded = (reason: string | undefined): string => (reason === 'invite' ? 'invite_link' : (reason ?? 'added'));

async function recordRemoved(recording: Recording, group: GroupRow, { people }: Change<'removed'>): Promise<void> {
  const { tx, instance, by } = recording;
  if (people.some((person) => isNumberItself(instance, person))) {
    const isOwn = by !== undefined && isNumberItself(instance, by);
    await recordGone(recording, group.chat_id, isOwn ? 'left' : 'removed');
  }
  const others = people.filter((person) => !isNumberItself(instance, person));
  const resolved = await resolveAll(recording, asMembers(others));
  const known = await readRoles(recording, group, resolved);
  const removed = resolved.map(({ contactId }) => contactId).filter((id) => isBare(group) || known.has(id));
  if (removed.length === 0) return;
  await deleteMembersAmong(tx, group.chat_id, removed);
  await updateGroup(tx, instance.customer_id, group.chat_id, { fingerprint: null });
  await tellGroup(recording, told(group), 'group.participant_removed', {
    contacts: await viewPeople(recording, removed),
    how: isOne(by, people) ? 'left' : 'removed',
  });
}

async function recordRoles(
  recording: Recording,
  group: GroupRow,
  { what, people }: Change<'promoted' | 'demoted'>,
): Promise<void> {
  const { tx, instance } = recording;
  const role = what === 'promoted' ? 'admin' : 'member';
  const resolved = await resolveAll(recording, asMembers(people));
  const known = await readRoles(recording, group, resolved);
  const isNews = (id: Id<'con'>): boolean => isBare(group) || (known.get(id) ?? 'member') !== role;
  const moved = resolved.filter(({ contactId }) => isNews(contactId) && known.get(contactId) !== 'superadmin');
  if (moved.length === 0) return;
  await upsertMembers(
    tx,
    group.chat_id,
    moved.map(({ contactId }) => ({ contactId, role })),
  );
  const own = moved.some(({ isSelf }) => isSelf) ? { role } : {};
  await updateGroup(tx, instance.customer_id, group.chat_id, { ...own, fingerprint: null });
  const type = what === 'promoted' ? 'group.admin_promoted' : 'group.admin_demoted';
  const ids = moved.map(({ contactId }) => contactId);
  await tellGroup(recording, told(group), type, { contacts: await viewPeople(recording, ids) });
}

type Resolved = { readonly contactId: Id<'con'>; readonly role: GroupMember['role']; readonly isSelf: boolean };

const asMembers = (people: readonly Identity[]): GroupMember[] => people.map((person) => ({ person, role: 'member' }));

async function resolveAll(recording: Recording, members: readonly GroupMember[]): Promise<Resolved[]> {
  const { tx, instance, resolvePerson } = recording;
  const resolved: Resolved[] = [];
  for (const { person, role } of members) {
    const contactId = await resolvePerson(tx, instance, person);
    resolved.push({ contactId, role, isSelf: isNumberItself(instance, person) });
  }
  return resolved;
}

async function readRoles({ tx }: Recording, group: GroupRow, people: readonly Resolved[]) {
  if (people.length === 0) return new Map<Id<'con'>, string>();
  const ids = people.map(({ contactId }) => contactId);
  const rows = await selectMembersAmong(tx, group.chat_id, ids);
  return new Map(rows.map((row) => [row.contact_id, row.role]));
}

async function tellPeople(
  recording: Recording,
  people: readonly Identity[],
  tell: (contacts: Awaited<ReturnType<typeof viewPeople>>) => Promise<void>,
): Promise<void> {
  const resolved = await resolveAll(recording, asMembers(people));
  if (resolved.length === 0) return;
  await tell(
    await viewPeople(
      recording,
      resolved.map(({ contactId }) => contactId),
    ),
  );
}

/** Whether somebody did it to themselves alone. */
const isOne = (by: Identity | undefined, [first, ...rest]: readonly Identity[]): boolean =>
  rest.length === 0 &&
  by !== undefined &&
  first !== undefined &&
  isNumberItself({ phone: by.phone ?? null, lid: by.lid ?? null }, first);
