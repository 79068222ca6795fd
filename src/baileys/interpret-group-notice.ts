import type { BinaryNode } from 'baileys';
import type { GroupChange, InboundRecord, InboundUpdate } from '../network/index.ts';
import {
  addressOf,
  groupInfoOf,
  isKnown,
  memberAddModeOf,
  memberOf,
  participantsOf,
  personOf,
  secondsOf,
} from './group-info.ts';
import { chatKindOf, identityOf } from './jids.ts';
import { childOf, childrenOf, textOf, timeOf } from './stanza-bytes.ts';

/** True for what WhatsApp tells the members of a group about it. */
export const isGroupNotice = ({ attrs }: BinaryNode): boolean =>
  chatKindOf(attrs.from) === 'group' && (attrs.type === 'w:gp2' || attrs.type === 'picture');

/** What a notice about a group says: each of its children is a change. */
export function interpretGroupNotice(node: BinaryNode, record: InboundRecord): readonly InboundUpdate[] {
  const address = node.attrs.from ?? '';
  const by = identityOf(
    [node.attrs.participant, node.attrs.participant_pn, node.attrs.participant_lid, authorOf(node)],
    node.attrs.notify,
  );
  const atMs = timeOf(node, record.receivedAtMs);
  const read = node.attrs.type === 'picture' ? readPictureChange : readGroupChange;
  const updates = childrenOf(node).map((child): InboundUpdate => {
    const change = read(child);
    if (change === undefined) return { kind: 'ignored', why: `group notice ${child.tag}` };
    return { kind: 'group', chat: { kind: 'group', address }, ...(isKnown(by) && { by }), change, atMs };
  });
  return updates.length > 0 ? updates : [{ kind: 'ignored', why: 'group notice without content' }];
}

/** Notices about pictures name who did it within. */
const authorOf = (node: BinaryNode): string | undefined => childrenOf(node)[0]?.attrs.author;

function readPictureChange(child: BinaryNode): GroupChange | undefined {
  if (child.tag === 'delete') return { what: 'updated', fields: { pictureId: null } };
  if (child.tag !== 'set' || child.attrs.id === undefined) return undefined;
  return { what: 'updated', fields: { pictureId: child.attrs.id } };
}

function readGroupChange(child: BinaryNode): GroupChange | undefined {
  switch (child.tag) {
    case 'create':
      return readEntry(child);
    case 'add':
      return readAdded(child);
    case 'remove':
    case 'leave':
      return { what: 'removed', people: peopleOf(child) };
    case 'promote':
      return { what: 'promoted', people: peopleOf(child) };
    case 'demote':
      return { what: 'demoted', people: peopleOf(child) };
    case 'created_membership_requests':
      return { what: 'join_requested', people: peopleOf(child), ...methodOf(child) };
    case 'revoked_membership_requests':
      return { what: 'join_request_ended', people: peopleOf(child) };
    case 'invite':
      return child.attrs.code === undefined ? undefined : { what: 'invite_changed', code: child.attrs.code };
    case 'delete':
      return { what: 'ended' };
    case 'link':
    case 'unlink':
      return readMove(child);
    default:
      return readFields(child);
  }
}

/** WhatsApp tells who comes into a group all about it, in the same words whether the group is new or not. */
function readEntry(child: BinaryNode): GroupChange | undefined {
  const described = childOf(child, 'group');
  const group = described && groupInfoOf(described);
  if (group === undefined) return undefined;
  return { what: child.attrs.type === 'new' ? 'created' : 'joined', group };
}

/** A community hears of its groups in the same words, which its groups tell themselves. */
function readMove(child: BinaryNode): GroupChange | undefined {
  if (child.attrs.unlink_type === 'parent_group') return { what: 'moved', community: null };
  const parent = childOf(child, 'group');
  const community = child.attrs.link_type === 'parent_group' && parent !== undefined ? addressOf(parent) : undefined;
  return community === undefined ? undefined : { what: 'moved', community };
}

function readAdded(child: BinaryNode): GroupChange {
  const members = participantsOf(child).flatMap((participant) => memberOf(participant) ?? []);
  return { what: 'added', members, ...(child.attrs.reason !== undefined && { reason: child.attrs.reason }) };
}

function readFields(child: BinaryNode): GroupChange | undefined {
  const updated = (fields: Extract<GroupChange, { what: 'updated' }>['fields']): GroupChange => ({
    what: 'updated',
    fields,
  });
  switch (child.tag) {
    case 'subject':
      return child.attrs.subject === undefined ? undefined : updated({ subject: child.attrs.subject });
    case 'description':
      return updated({ description: textOf(childOf(child, 'body')) ?? null });
    case 'announcement':
    case 'not_announcement':
      return updated({ announce: child.tag === 'announcement' });
    case 'locked':
    case 'unlocked':
      return updated({ locked: child.tag === 'locked' });
    case 'ephemeral':
    case 'not_ephemeral':
      return updated({ disappearingSeconds: secondsOf(child) });
    case 'member_add_mode':
      return updated({ memberAddMode: memberAddModeOf(child) });
    case 'membership_approval_mode':
      return updated({ joinApproval: childOf(child, 'group_join')?.attrs.state === 'on' });
    default:
      return undefined;
  }
}

const peopleOf = (child: BinaryNode) => participantsOf(child).flatMap((participant) => personOf(participant) ?? []);

const methodOf = ({ attrs }: BinaryNode) =>
  attrs.request_method === undefined ? {} : { method: attrs.request_method };
