import type { BinaryNode } from 'baileys';
import type { GroupFields, GroupInfo, GroupMember, GroupRole, Identity } from '../network/index.ts';
import { identityOf } from './jids.ts';
import { childOf, childrenOf, textOf } from './stanza-bytes.ts';

const groupServer = '@g.us';

/** A group's `group` node, as it stands in answers and notices; undefined for one that names no group. */
export function groupInfoOf(group: BinaryNode): GroupInfo | undefined {
  const address = addressOf(group);
  if (address === undefined) return undefined;
  const creator = identityOf([group.attrs.creator, group.attrs.creator_pn]);
  const createdAtMs = msOf(group.attrs.creation);
  const community = childOf(group, 'linked_parent')?.attrs.jid;
  return {
    address,
    kind: kindOf(group),
    ...(community !== undefined && { community }),
    ...fieldsOf(group),
    ...(isKnown(creator) && { creator }),
    ...(createdAtMs !== undefined && { createdAtMs }),
    ...(Number(group.attrs.size) > 0 && { size: Number(group.attrs.size) }),
    members: participantsOf(group).flatMap((participant) => memberOf(participant) ?? []),
  };
}

/** The group that an answer names by id alone or by its whole address. */
export function addressOf({ attrs }: BinaryNode): string | undefined {
  const id = attrs.jid ?? attrs.id;
  if (id === undefined || id === '') return undefined;
  return id.includes('@') ? id : `${id}${groupServer}`;
}

function kindOf(group: BinaryNode): GroupInfo['kind'] {
  if (childOf(group, 'parent') !== undefined) return 'community';
  return childOf(group, 'default_sub_group') === undefined ? 'group' : 'announcements';
}

function fieldsOf(group: BinaryNode): GroupFields {
  const approval = childOf(group, 'membership_approval_mode');
  return {
    subject: group.attrs.subject ?? '',
    description: textOf(childOf(childOf(group, 'description'), 'body')) ?? null,
    announce: childOf(group, 'announcement') !== undefined,
    locked: childOf(group, 'locked') !== undefined,
    joinApproval: approval !== undefined && childOf(approval, 'group_join')?.attrs.state !== 'off',
    memberAddMode: memberAddModeOf(childOf(group, 'member_add_mode')),
    disappearingSeconds: secondsOf(childOf(group, 'ephemeral')),
  };
}

/** Members may add others unless the group says that only admins do; Baileys takes it the other way round as well. */
export const memberAddModeOf = (mode: BinaryNode | undefined): GroupFields['memberAddMode'] =>
  textOf(mode) === 'all_member_add' ? 'all' : 'admins';

export function secondsOf(timer: BinaryNode | undefined): number {
  const seconds = Number(timer?.attrs.expiration);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : 0;
}

export const participantsOf = (node: BinaryNode | undefined): readonly BinaryNode[] =>
  childrenOf(node).filter(({ tag }) => tag === 'participant');

/** Somebody of a list of participants; undefined for who could not be added, or is named by nothing. */
export function memberOf(participant: BinaryNode): GroupMember | undefined {
  const person = personOf(participant);
  if (participant.attrs.error !== undefined || person === undefined) return undefined;
  return { person, role: roleOf(participant.attrs.type) };
}

export function personOf({ attrs }: BinaryNode): Identity | undefined {
  const person = identityOf([attrs.jid, attrs.phone_number, attrs.lid, attrs.pn]);
  return isKnown(person) ? person : undefined;
}

export const isKnown = ({ phone, lid }: Identity): boolean => phone !== undefined || lid !== undefined;

const roleOf = (type: string | undefined): GroupRole => (type === 'admin' || type === 'superadmin' ? type : 'member');

export function msOf(seconds: string | undefined): number | undefined {
  const value = Number(seconds);
  return Number.isSafeInteger(value) && value > 0 ? value * 1000 : undefined;
}
