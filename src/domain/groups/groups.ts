import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { GroupRole } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type ContactView, viewContacts } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import {
  countMembers,
  deleteGroup,
  deleteMembers,
  deleteMembersOfContact,
  type GroupPage,
  type GroupRow,
  selectGroup,
  selectGroupRole,
  selectGroups,
  selectMembers,
  selectMembersAmong,
  updateGroupsCreator,
  updateMembersContact,
} from './groups.sql.ts';

/** A group on record, with the network's own word for it. */
export type Group = GroupRow & { readonly address: string };

/** A group as the API shows it. Times are ISO-8601 in UTC. */
export type GroupView = {
  readonly id: Id<'cht'>;
  readonly instance_id: Id<'ins'>;
  readonly kind: string;
  readonly subject: string | null;
  readonly description: string | null;
  readonly picture_id: string | null;
  readonly announce: boolean;
  readonly locked: boolean;
  readonly join_approval: boolean;
  readonly member_add_mode: string;
  readonly disappearing_seconds: number;
  readonly role: string | null;
  readonly created_by: ContactView | null;
  readonly created_at: string | null;
  readonly community_id: Id<'cht'> | null;
  readonly participants_count: number;
  readonly updated_at: string;
};

export type ParticipantView = { readonly contact: ContactView; readonly role: GroupRole; readonly is_me: boolean };

/** A group of an instance; throws `group_not_found` for every other id. The caller has made sure of the instance. */
export async function requireGroup(
  from: Tx | Reader,
  instance: Pick<InstanceRow, 'id' | 'customer_id'>,
  chatId: Id<'cht'>,
): Promise<Group> {
  const row = await selectGroup(from, instance.customer_id, chatId);
  if (!row || row.instance_id !== instance.id || row.address === null) {
    throw new GatewayError('group_not_found', { id: chatId });
  }
  return { ...row, address: row.address };
}

/** The same for what only somebody can do who is in the group; throws `not_in_group`. */
export async function requireOwnGroup(
  from: Tx | Reader,
  instance: Pick<InstanceRow, 'id' | 'customer_id'>,
  chatId: Id<'cht'>,
): Promise<Group> {
  const group = await requireGroup(from, instance, chatId);
  if (group.role === null) throw new GatewayError('not_in_group', { id: chatId });
  return group;
}

/** A community that the number is in; throws `community_not_found` for every other id, and `not_in_group`. */
export async function requireCommunity(
  from: Tx | Reader,
  instance: Pick<InstanceRow, 'id' | 'customer_id'>,
  chatId: Id<'cht'>,
): Promise<Group> {
  const row = await selectGroup(from, instance.customer_id, chatId);
  if (row?.kind !== 'community' || row.instance_id !== instance.id) {
    throw new GatewayError('community_not_found', { id: chatId });
  }
  return requireOwnGroup(from, instance, chatId);
}

/** Newest first. The caller has made sure that the instance is its own. */
export async function listGroups(from: Reader, caller: Caller, page: GroupPage): Promise<GroupView[]> {
  return viewGroups(from, caller.customerId, await selectGroups(from, caller.customerId, page));
}

export async function viewGroup(from: Tx | Reader, group: GroupRow): Promise<GroupView> {
  const [view] = await viewGroups(from, group.customer_id, [group]);
  if (!view) throw new Error('a group has no view');
  return view;
}

async function viewGroups(from: Tx | Reader, customerId: Id<'cus'>, rows: readonly GroupRow[]): Promise<GroupView[]> {
  const ids = rows.map(({ chat_id: id }) => id);
  const counts = ids.length === 0 ? new Map<Id<'cht'>, number>() : await countMembers(from, ids);
  const creators = new Set(rows.flatMap(({ creator_id: id }) => (id === null ? [] : [id])));
  const contacts = await viewContacts(from, customerId, [...creators]);
  return rows.map((row) => ({
    id: row.chat_id,
    instance_id: row.instance_id,
    kind: row.kind,
    subject: row.subject,
    description: row.description,
    picture_id: row.picture_id,
    announce: row.announce === 1,
    locked: row.locked === 1,
    join_approval: row.join_approval === 1,
    member_add_mode: row.member_add_mode,
    disappearing_seconds: row.disappearing_seconds,
    role: row.role,
    created_by: (row.creator_id && contacts.get(row.creator_id)) ?? null,
    created_at: row.founded_at === null ? null : new Date(row.founded_at).toISOString(),
    community_id: row.community_id,
    participants_count: counts.get(row.chat_id) ?? 0,
    updated_at: new Date(row.updated_at).toISOString(),
  }));
}

const rank: Readonly<Record<GroupRole, number>> = { superadmin: 0, admin: 1, member: 2 };

/** Everybody who is in a group, admins first. */
export async function listParticipants(
  from: Tx | Reader,
  instance: Pick<InstanceRow, 'customer_id' | 'phone' | 'lid'>,
  chatId: Id<'cht'>,
): Promise<ParticipantView[]> {
  const members = await selectMembers(from, chatId);
  const contacts = await viewContacts(
    from,
    instance.customer_id,
    members.map(({ contact_id: id }) => id),
  );
  return members
    .flatMap(({ contact_id: id, role }): ParticipantView[] => {
      const contact = contacts.get(id);
      return contact ? [{ contact, role: asRole(role), is_me: isSelf(instance, contact) }] : [];
    })
    .toSorted((one, other) => rank[one.role] - rank[other.role] || (one.contact.id < other.contact.id ? -1 : 1));
}

/** A check of the column allows nothing else. */
function asRole(role: string): GroupRole {
  return role as GroupRole;
}

const isSelf = (instance: Pick<InstanceRow, 'phone' | 'lid'>, { phone_number: phone, lid }: ContactView): boolean =>
  (phone !== null && phone === instance.phone) || (lid !== null && lid === instance.lid);

/** Takes a group off the list that the number is no longer in; throws `still_in_group`. Its messages stay. */
export async function forgetGroup(tx: Tx, caller: Caller, instance: InstanceRow, chatId: Id<'cht'>): Promise<void> {
  const group = await requireGroup(tx, instance, chatId);
  if (group.role !== null) throw new GatewayError('still_in_group', { id: chatId });
  await deleteMembers(tx, chatId);
  await deleteGroup(tx, caller.customerId, chatId);
  await recordAudit(tx, caller, { action: 'group.forgotten', target: chatId, instanceId: instance.id });
}

/** What one of two contacts that are one person was in, the person is in. */
export async function moveMember(tx: Tx, from: Id<'con'>, into: Id<'con'>): Promise<void> {
  await updateMembersContact(tx, from, into);
  await deleteMembersOfContact(tx, from);
  await updateGroupsCreator(tx, from, into);
}

/** Whether somebody is an admin of a group, the number itself when null; undefined when that is not on record. */
export async function isGroupAdmin(
  tx: Tx,
  chatId: Id<'cht'>,
  contactId: Id<'con'> | null,
): Promise<boolean | undefined> {
  const row =
    contactId === null ? await selectGroupRole(tx, chatId) : (await selectMembersAmong(tx, chatId, [contactId]))[0];
  return row?.role ? row.role !== 'member' : undefined;
}
