import { changeGroup, createGroup, type GroupChange, leaveGroup, type MemberAction } from '../groups/change-group.ts';
import { createCommunity, linkGroup, subGroupsOf } from '../groups/communities.ts';
import { groupNode, isAdmin, isMember, participantNode } from '../groups/groups.ts';
import {
  acceptInvitation,
  decideRequests,
  findByInvite,
  type JoinOutcome,
  joinGroup,
  revokeInvitation,
} from '../groups/membership.ts';
import type { GroupOutcome, MemberResult } from '../groups/outcome.ts';
import { type BinaryNode, childNamed, childrenNamed, childrenOf, node, textOf } from '../wire/nodes.ts';
import { findAccount } from '../world/accounts.ts';
import type { Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import type { QueryError } from './keys.ts';
import type { LoggedIn } from './logged-in.ts';

/** What clients ask and say of groups: the namespace w:g2. */

type Answer = BinaryNode[] | QueryError;

const NOT_FOUND: QueryError = { code: 404, text: 'item-not-found' };
const BAD_REQUEST: QueryError = { code: 400, text: 'bad-request' };
const FORBIDDEN: QueryError = { code: 403, text: 'forbidden' };
const SUBJECT_CHARS_MAX = 100;
const DESCRIPTION_CHARS_MAX = 2048;
const SECONDS_MAX = 365 * 86_400;

const peopleIn = (world: World, parent: BinaryNode): AccountState[] =>
  childrenNamed(parent, 'participant').flatMap(({ attrs }) => findAccount(world, attrs.jid) ?? []);

/** What a client is told of one person: who they are, and why and what then if it could not be done. */
const resultNode = ({ state, code, invitation }: MemberResult): BinaryNode => {
  const result = participantNode(state, undefined, code === 200 ? undefined : code);
  if (!invitation) return result;
  const expiration = invitation.expiresAt.toString();
  return { ...result, content: [node('add_request', { code: invitation.code, expiration })] };
};

const foundCommunity = (world: World, actor: AccountState, subject: string, asked: BinaryNode): Answer => {
  const description = textOf(childNamed(childNamed(asked, 'description'), 'body')) ?? '';
  if (description.length > DESCRIPTION_CHARS_MAX) return BAD_REQUEST;
  const hasGeneralChat = childNamed(asked, 'create_general_chat') !== undefined;
  return [groupNode(world, createCommunity(world, actor, { subject, description, hasGeneralChat }))];
};

const create = (world: World, actor: AccountState, asked: BinaryNode): Answer => {
  const subject = asked.attrs.subject ?? '';
  if (subject === '' || subject.length > SUBJECT_CHARS_MAX) return BAD_REQUEST;
  if (childNamed(asked, 'parent')) return foundCommunity(world, actor, subject, asked);
  const parent = childNamed(asked, 'linked_parent')?.attrs.jid;
  const community = world.groups.get(parent ?? '');
  if (parent !== undefined && !(community?.isCommunity && isAdmin(community, actor))) return FORBIDDEN;
  const { group, results } = createGroup(world, actor, subject, peopleIn(world, asked));
  if (community) linkGroup(world, community, actor, group, true);
  const made = groupNode(world, group);
  const refused = results.filter(({ code }) => code !== 200).map(resultNode);
  return [{ ...made, content: [...childrenOf(made), ...refused] }];
};

const listParticipating = (world: World, actor: AccountState): Answer => {
  const groups = [...world.groups.values()].filter((group) => isMember(group, actor));
  return [
    node(
      'groups',
      {},
      groups.map((group) => groupNode(world, group)),
    ),
  ];
};

const leave = (world: World, actor: AccountState, asked: BinaryNode): Answer => {
  const left = childrenOf(asked).map(({ tag, attrs }) => {
    const group = tag === 'group' || tag === 'community' ? world.groups.get(attrs.id ?? '') : undefined;
    const outcome = group && leaveGroup(world, group, actor);
    return node('group', { id: attrs.id, error: outcome?.kind === 'changed' ? undefined : '404' });
  });
  return [node('leave', {}, left)];
};

const followInvite = (world: World, actor: AccountState, type: string | undefined, code: string): Answer => {
  const group = findByInvite(world, code);
  if (!group) return { code: 406, text: 'not-acceptable' };
  if (type === 'get') return [groupNode(world, group)];
  return answerJoin(group, joinGroup(world, group, actor));
};

const answerJoin = (group: Group, outcome: JoinOutcome): Answer => {
  switch (outcome.kind) {
    case 'refused':
      return { code: outcome.code, text: outcome.text };
    case 'asked':
      return [node('membership_approval_request', { jid: group.jid })];
    case 'changed':
      return [node('group', { jid: group.jid })];
  }
};

/** Questions that name no group of their own. */
const answerAtLarge = (world: World, actor: AccountState, iq: BinaryNode): Answer => {
  const [asked] = childrenOf(iq);
  switch (asked?.tag) {
    case 'create':
      return create(world, actor, asked);
    case 'participating':
      return listParticipating(world, actor);
    case 'leave':
      return leave(world, actor, asked);
    case 'invite':
      return followInvite(world, actor, iq.attrs.type, asked.attrs.code ?? '');
    default:
      return BAD_REQUEST;
  }
};

const readDescription = (asked: BinaryNode): GroupChange | undefined => {
  const text = asked.attrs.delete === 'true' ? undefined : textOf(childNamed(asked, 'body'));
  if ((text?.length ?? 0) > DESCRIPTION_CHARS_MAX) return undefined;
  return { kind: 'description', text, id: asked.attrs.id };
};

const readSubject = (asked: BinaryNode): GroupChange | undefined => {
  const subject = textOf(asked) ?? '';
  return subject === '' || subject.length > SUBJECT_CHARS_MAX ? undefined : { kind: 'subject', subject };
};

const readApproval = (asked: BinaryNode): GroupChange | undefined => {
  const state = (childNamed(asked, 'group_join') ?? childNamed(asked, 'community_join'))?.attrs.state;
  return state === 'on' || state === 'off' ? { kind: 'approval', on: state === 'on' } : undefined;
};

const readTimer = (asked: BinaryNode): GroupChange | undefined => {
  const seconds = Number(asked.attrs.expiration ?? '0');
  const isSound = Number.isInteger(seconds) && seconds >= 0 && seconds <= SECONDS_MAX;
  return isSound ? { kind: 'timer', seconds } : undefined;
};

const SIMPLE: Record<string, GroupChange> = {
  announcement: { kind: 'announce', on: true },
  not_announcement: { kind: 'announce', on: false },
  locked: { kind: 'restrict', on: true },
  unlocked: { kind: 'restrict', on: false },
  not_ephemeral: { kind: 'timer', seconds: 0 },
  invite: { kind: 'invite' },
};

const readChange = (world: World, asked: BinaryNode): GroupChange | undefined => {
  switch (asked.tag) {
    case 'subject':
      return readSubject(asked);
    case 'description':
      return readDescription(asked);
    case 'ephemeral':
      return readTimer(asked);
    case 'membership_approval_mode':
      return readApproval(asked);
    case 'member_add_mode':
      return { kind: 'admins_add', on: textOf(asked) === 'admin_add' };
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return { kind: 'members', action: asked.tag, people: peopleIn(world, asked) };
    default:
      return SIMPLE[asked.tag];
  }
};

/** What was asked for each person, in the order asked; who is not on WhatsApp is answered with 404. */
const answerMembers = (
  world: World,
  asked: BinaryNode,
  action: MemberAction | 'approve' | 'reject',
  outcome: GroupOutcome & { kind: 'changed' },
): BinaryNode[] => {
  const participants = childrenNamed(asked, 'participant').map(({ attrs }) => {
    const state = findAccount(world, attrs.jid);
    const result = outcome.results.find((one) => one.state === state);
    return result ? resultNode(result) : node('participant', { jid: attrs.jid, error: '404' });
  });
  return [node(action, {}, participants)];
};

/** An admin answers those who have asked to be let in. */
const decide = (world: World, actor: AccountState, group: Group, asked: BinaryNode): Answer => {
  const [wanted] = childrenOf(asked);
  if (wanted?.tag !== 'approve' && wanted?.tag !== 'reject') return BAD_REQUEST;
  const outcome = decideRequests(world, group, actor, wanted.tag, peopleIn(world, wanted));
  if (outcome.kind === 'refused') return { code: outcome.code, text: outcome.text };
  return [node('membership_requests_action', {}, answerMembers(world, wanted, wanted.tag, outcome))];
};

/** A client puts groups into a community or takes them out; gives what that is refused with. */
const link = (
  world: World,
  actor: AccountState,
  community: Group,
  asked: BinaryNode | undefined,
  linked: boolean,
): QueryError | undefined => {
  for (const { attrs } of childrenNamed(asked, 'group')) {
    const group = world.groups.get(attrs.jid ?? '');
    const outcome = group && linkGroup(world, community, actor, group, linked);
    if (!outcome) return NOT_FOUND;
    if (outcome.kind === 'refused') return { code: outcome.code, text: outcome.text };
  }
  return undefined;
};

/** What those do who are not in the group, or no change of the group itself. */
const actBeside = (world: World, actor: AccountState, group: Group, asked: BinaryNode): Answer | undefined => {
  switch (asked.tag) {
    case 'accept':
      return answerJoin(group, acceptInvitation(world, group, actor, asked.attrs.code ?? ''));
    case 'revoke':
      return answerJoin(group, revokeInvitation(world, group, actor, peopleIn(world, asked)));
    case 'links':
      return link(world, actor, group, childNamed(asked, 'link'), true) ?? [asked];
    case 'unlink':
      return link(world, actor, group, asked, false) ?? [asked];
    case 'membership_requests_action':
      return decide(world, actor, group, asked);
    default:
      return undefined;
  }
};

const change = (world: World, actor: AccountState, group: Group, asked: BinaryNode): Answer => {
  const wanted = readChange(world, asked);
  if (!wanted) return BAD_REQUEST;
  const outcome = changeGroup(world, group, actor, wanted);
  if (outcome.kind === 'refused') return { code: outcome.code, text: outcome.text };
  if (wanted.kind === 'members') return answerMembers(world, asked, wanted.action, outcome);
  return wanted.kind === 'invite' ? [node('invite', { code: group.inviteCode })] : [];
};

const listRequests = (world: World, actor: AccountState, group: Group): Answer => {
  if (!isAdmin(group, actor)) return FORBIDDEN;
  const requests = [...group.requests].flatMap(([number, at]) => {
    const state = world.accounts.get(number);
    if (!state) return [];
    const { attrs } = participantNode(state);
    const when = { request_method: 'InviteLink', request_time: at.toString() };
    return [node('membership_approval_request', { ...attrs, ...when })];
  });
  return [node('membership_approval_requests', {}, requests)];
};

const ask = (world: World, actor: AccountState, group: Group, asked: BinaryNode): Answer => {
  if (!isMember(group, actor)) return FORBIDDEN;
  if (asked.tag === 'query') return [groupNode(world, group)];
  if (asked.tag === 'invite') return [node('invite', { code: group.inviteCode })];
  if (asked.tag === 'membership_approval_requests') return listRequests(world, actor, group);
  if (asked.tag === 'sub_groups') {
    const groups = subGroupsOf(world, group).map((one) => ({ ...groupNode(world, one), content: [] }));
    return [node('sub_groups', {}, groups)];
  }
  return BAD_REQUEST;
};

export const answerGroupQuery = (world: World, client: LoggedIn, iq: BinaryNode): Answer => {
  const jid = iq.attrs.to ?? '';
  if (jid.startsWith('@') || jid === 'g.us') return answerAtLarge(world, client.state, iq);
  const group = world.groups.get(jid);
  const [asked] = childrenOf(iq);
  if (!group) return NOT_FOUND;
  if (!asked) return BAD_REQUEST;
  if (iq.attrs.type === 'get') return ask(world, client.state, group, asked);
  return actBeside(world, client.state, group, asked) ?? change(world, client.state, group, asked);
};
