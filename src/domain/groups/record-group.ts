import type { Tx } from '../../db/index.ts';
import { canonicalJson, type Id, sha256Hex } from '../../lib/index.ts';
import type { GroupInfo, GroupMember, GroupRole } from '../../network/index.ts';
import { nameChat, resolveChat } from '../contacts/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { changesOf } from './group-columns.ts';
import {
  deleteMembersAmong,
  insertGroup,
  selectGroup,
  selectMembers,
  updateGroup,
  upsertMembers,
} from './groups.sql.ts';
import { isNumberItself, type Recording, type ResolvePerson, tellGroup, viewPeople } from './tell-group.ts';

/** How this number came into a group that it was not in before; `unseen` when nobody told. */
export type Entry = 'created' | 'joined' | 'unseen';

/**
 * Everything about a group as WhatsApp describes it. What differs from what is on record is told, unless `quiet`: then
 * nobody has been told of the group before.
 */
export async function recordGroup(
  recording: Recording,
  info: GroupInfo,
  how: { readonly entry: Entry; readonly quiet: boolean },
): Promise<Id<'cht'>> {
  const { tx, instance } = recording;
  const { customer_id: customerId, id: instanceId } = instance;
  const chatId = await resolveChat(tx, customerId, instanceId, { kind: 'group', address: info.address });
  const before = await selectGroup(tx, customerId, chatId);
  const members = await resolveMembers(recording, info.members);
  const creatorId = info.creator ? await recording.resolvePerson(tx, instance, info.creator) : null;
  const columns = {
    ...columnsOfAll(info),
    kind: info.kind,
    community_id: await resolveCommunity(recording, info.community),
  };
  const row = {
    ...columns,
    creator_id: creatorId ?? before?.creator_id ?? null,
    founded_at: info.createdAtMs ?? before?.founded_at ?? null,
    // WhatsApp describes its groups to members; where it names too many to name them all, we are one of the others.
    role: members.own ?? 'member',
    fingerprint: fingerprintOf(info),
  };
  if (before) await updateGroup(tx, customerId, chatId, row);
  else await insertGroup(tx, newRow(recording, chatId, row));
  await nameChat(tx, customerId, chatId, info.subject);
  const moves = await replaceMembers(recording, chatId, members.roles);
  if (how.quiet) return chatId;

  const group = { chatId, subject: info.subject };
  if (!before || before.role === null) await tellEntry(recording, group, how.entry, members.roles.size);
  else if (before.subject !== null) await tellDifferences(recording, group, changesOf(before, columns), moves);
  return chatId;
}

/** The chat of the community that a group is in. */
export async function resolveCommunity(
  { tx, instance }: Recording,
  address: string | null | undefined,
): Promise<Id<'cht'> | null> {
  if (!address) return null;
  return resolveChat(tx, instance.customer_id, instance.id, { kind: 'group', address });
}

/** A group that this number has just made. The notice of it comes as well, and finds what is on record already. */
export const recordOwnGroup = (
  tx: Tx,
  instance: InstanceRow,
  info: GroupInfo,
  resolvePerson: ResolvePerson,
): Promise<Id<'cht'>> => {
  const { phone, lid } = instance;
  const by = phone === null && lid === null ? undefined : { ...(phone && { phone }), ...(lid && { lid }) };
  return recordGroup({ tx, instance, resolvePerson, by }, info, { entry: 'created', quiet: false });
};

/** A group of which nothing is known but that this number is in it, or was told of it. */
export async function insertBareGroup(recording: Recording, chatId: Id<'cht'>, role: GroupRole | null): Promise<void> {
  const unknown = {
    community_id: null,
    announce: 0,
    locked: 0,
    join_approval: 0,
    member_add_mode: 'all',
    disappearing_seconds: 0,
  };
  await insertGroup(recording.tx, newRow(recording, chatId, { ...unknown, kind: 'group', role }));
}

const newRow = <T>({ tx, instance }: Recording, chatId: Id<'cht'>, row: T) => ({
  chat_id: chatId,
  customer_id: instance.customer_id,
  instance_id: instance.id,
  created_at: tx.now,
  updated_at: tx.now,
  ...row,
});

const columnsOfAll = (info: GroupInfo) => ({
  subject: info.subject,
  description: info.description,
  announce: Number(info.announce),
  locked: Number(info.locked),
  join_approval: Number(info.joinApproval),
  member_add_mode: info.memberAddMode,
  disappearing_seconds: info.disappearingSeconds,
});

type Roles = ReadonlyMap<Id<'con'>, GroupRole>;

async function resolveMembers(
  { tx, instance, resolvePerson }: Recording,
  members: readonly GroupMember[],
): Promise<{ roles: Roles; own: GroupRole | undefined }> {
  const roles = new Map<Id<'con'>, GroupRole>();
  for (const { person, role } of members) roles.set(await resolvePerson(tx, instance, person), role);
  return { roles, own: members.find(({ person }) => isNumberItself(instance, person))?.role };
}

type Moves = Readonly<Record<'added' | 'removed' | 'promoted' | 'demoted', readonly Id<'con'>[]>>;

async function replaceMembers({ tx }: Recording, chatId: Id<'cht'>, roles: Roles): Promise<Moves> {
  const before = new Map((await selectMembers(tx, chatId)).map(({ contact_id: id, role }) => [id, role]));
  const added = [...roles.keys()].filter((id) => !before.has(id));
  const removed = [...before.keys()].filter((id) => !roles.has(id));
  const moved = [...roles].filter(([id, role]) => before.has(id) && before.get(id) !== role);
  const written = [...added, ...moved.map(([id]) => id)];
  await upsertMembers(
    tx,
    chatId,
    written.map((contactId) => ({ contactId, role: roles.get(contactId) ?? 'member' })),
  );
  await deleteMembersAmong(tx, chatId, removed);
  const isAdmin = (role: string | undefined): boolean => role !== 'member';
  return {
    added,
    removed,
    promoted: moved.filter(([id, role]) => isAdmin(role) && !isAdmin(before.get(id))).map(([id]) => id),
    demoted: moved.filter(([id, role]) => !isAdmin(role) && isAdmin(before.get(id))).map(([id]) => id),
  };
}

type Told = { readonly chatId: Id<'cht'>; readonly subject: string | null };

/** `how` in the words of the events. */
export async function tellEntry(recording: Recording, group: Told, entry: Entry, count: number): Promise<void> {
  if (entry === 'created') return tellGroup(recording, group, 'group.created', { participants_count: count });
  const isOwn = recording.by !== undefined && isNumberItself(recording.instance, recording.by);
  const how = entry === 'unseen' || recording.by === undefined ? 'unknown' : isOwn ? 'joined' : 'added';
  await tellGroup(recording, group, 'group.joined', { how, participants_count: count });
}

/** What was found by comparing: nobody said who did it, or how. */
async function tellDifferences(
  recording: Recording,
  group: Told,
  changes: Record<string, unknown> | undefined,
  moves: Moves,
): Promise<void> {
  const how = 'unknown';
  if (changes) await tellGroup(recording, group, 'group.updated', { changes });
  if (moves.added.length > 0) {
    const contacts = await viewPeople(recording, moves.added);
    await tellGroup(recording, group, 'group.participant_added', { contacts, how });
  }
  if (moves.removed.length > 0) {
    const contacts = await viewPeople(recording, moves.removed);
    await tellGroup(recording, group, 'group.participant_removed', { contacts, how });
  }
  if (moves.promoted.length > 0) {
    await tellGroup(recording, group, 'group.admin_promoted', {
      contacts: await viewPeople(recording, moves.promoted),
    });
  }
  if (moves.demoted.length > 0) {
    await tellGroup(recording, group, 'group.admin_demoted', { contacts: await viewPeople(recording, moves.demoted) });
  }
}

/** The same for the same description, whatever order its members are named in. */
export function fingerprintOf(info: GroupInfo): string {
  const nameOf = ({ person }: GroupMember): string => person.lid ?? person.phone ?? '';
  const members = info.members.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  return sha256Hex(canonicalJson({ ...info, members }));
}
