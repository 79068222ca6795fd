import { randomBytes } from 'node:crypto';
import { nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { allows, hasBlocked } from '../people/privacy.ts';
import { changeChat } from '../phones/apply-change.ts';
import { renewSenderKeys } from '../phones/sender-keys.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { Group, GroupRole, Invitation } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { followCommunity } from './communities.ts';
import {
  createInviteCode,
  foundGroup,
  groupNode,
  isAdmin,
  isMember,
  MEMBERS_MAX,
  membersOf,
  participantNode,
  storeGroup,
} from './groups.ts';
import { notifyClients } from './notify-clients.ts';
import { CHANGED, FORBIDDEN, type GroupOutcome, type MemberResult, NO_MEMBER } from './outcome.ts';

export type MemberAction = 'add' | 'remove' | 'promote' | 'demote';

export type GroupChange =
  | { kind: 'subject'; subject: string }
  | { kind: 'description'; text: string | undefined; id?: string | undefined }
  | { kind: 'announce' | 'restrict' | 'admins_add' | 'approval'; on: boolean }
  | { kind: 'timer'; seconds: number }
  | { kind: 'invite' }
  | { kind: 'members'; action: MemberAction; people: AccountState[] };

const announce = (world: World, group: Group, actor: AccountState, change: BinaryNode): void => {
  storeGroup(world, group);
  notifyClients(world, group, actor, membersOf(world, group), change);
};

/**
 * A person founds a group, and everyone in it learns of it. Who cannot be added is in the results with an invitation.
 */
export const createGroup = (
  world: World,
  creator: AccountState,
  subject: string,
  people: AccountState[],
): { group: Group; results: MemberResult[] } => {
  const group = foundGroup(world, creator, subject);
  const others = people.filter((state) => state !== creator);
  const results = others.map((state) => changeMember(group, creator, 'add', state));
  storeGroup(world, group);
  const made = node('create', { type: 'new' }, [groupNode(world, group)]);
  notifyClients(world, group, creator, membersOf(world, group), made);
  return { group, results };
};

/** How long somebody may take to accept an invitation of their own. */
const INVITATION_SECONDS = 3 * 86_400;

const invite = (group: Group, actor: AccountState, person: AccountState): Invitation => {
  const code = randomBytes(12).toString('base64url');
  const invitation = { code, expiresAt: Number(nowSeconds()) + INVITATION_SECONDS, by: actor.account.number };
  group.invitations.set(person.account.number, invitation);
  return invitation;
};

/** Adds somebody, or, where the person does not want that, leaves an invitation for them. */
const addMember = (group: Group, actor: AccountState, state: AccountState): MemberResult => {
  const { number } = state.account;
  if (group.members.has(number)) return { state, code: 409 };
  if (group.members.size >= MEMBERS_MAX) return { state, code: 419 };
  if (hasBlocked(state, actor)) return { state, code: 403 };
  if (!allows(state, 'groupadd', actor)) return { state, code: 403, invitation: invite(group, actor, state) };
  group.members.set(number, 'member');
  group.requests.delete(number);
  return { state, code: 200 };
};

const ROLE_AFTER: Record<'promote' | 'demote', GroupRole> = { promote: 'admin', demote: 'member' };

/** What one person is answered with, after the change was made if it could be. */
const changeMember = (group: Group, actor: AccountState, action: MemberAction, state: AccountState): MemberResult => {
  if (action === 'add') return addMember(group, actor, state);
  const { number } = state.account;
  const role = group.members.get(number);
  if (!role) return { state, code: 404 };
  if (role === 'superadmin') return { state, code: 405 };
  if (action === 'remove') group.members.delete(number);
  else group.members.set(number, ROLE_AFTER[action]);
  return { state, code: 200 };
};

const changeMembers = (
  world: World,
  group: Group,
  actor: AccountState,
  action: MemberAction,
  people: AccountState[],
): GroupOutcome => {
  const before = membersOf(world, group);
  const results = people.map((state) => changeMember(group, actor, action, state));
  const changed = results.filter(({ code }) => code === 200).map(({ state }) => state);
  storeGroup(world, group);
  if (changed.length === 0) return { kind: 'changed', results };
  if (action === 'remove') renewSenderKeys(world, group.jid);
  const participants = changed.map((state) => participantNode(state, group.members.get(state.account.number)));
  notifyClients(world, group, actor, before, node(action, {}, participants));
  if (action === 'add' || action === 'remove') followCommunity(world, group, actor, changed, action);
  // Who is new gets to know the whole group.
  if (action === 'add') notifyClients(world, group, actor, changed, node('create', {}, [groupNode(world, group)]));
  return { kind: 'changed', results };
};

const describe = (group: Group, actor: AccountState, text: string | undefined, id: string): BinaryNode => {
  const at = Number(nowSeconds());
  group.description = text === undefined ? undefined : { id, text, by: actor.account.number, at };
  if (text === undefined) return node('description', { delete: 'true' });
  return node('description', { id }, [node('body', {}, Buffer.from(text))]);
};

const setTimer = (world: World, group: Group, seconds: number): BinaryNode => {
  group.disappearingSeconds = seconds;
  for (const state of membersOf(world, group)) changeChat(world, state, group.jid, { disappearingSeconds: seconds });
  return seconds ? node('ephemeral', { expiration: seconds.toString() }) : node('not_ephemeral');
};

const applyToGroup = (
  world: World,
  group: Group,
  actor: AccountState,
  change: Exclude<GroupChange, { kind: 'members' }>,
): BinaryNode => {
  switch (change.kind) {
    case 'subject':
      group.subject = change.subject;
      group.subjectBy = actor.account.number;
      group.subjectAt = Number(nowSeconds());
      return node('subject', {
        subject: group.subject,
        s_o: jidOf(actor, 'lid'),
        s_t: group.subjectAt.toString(),
      });
    case 'description':
      return describe(group, actor, change.text, change.id ?? randomMessageId());
    case 'announce':
      group.announce = change.on;
      return node(change.on ? 'announcement' : 'not_announcement');
    case 'restrict':
      group.restrict = change.on;
      return node(change.on ? 'locked' : 'unlocked');
    case 'admins_add':
      group.adminsAdd = change.on;
      return node('member_add_mode', {}, change.on ? 'admin_add' : 'all_member_add');
    case 'approval':
      group.approval = change.on;
      return node('membership_approval_mode', {}, [node('group_join', { state: change.on ? 'on' : 'off' })]);
    case 'timer':
      return setTimer(world, group, change.seconds);
    case 'invite':
      group.inviteCode = createInviteCode();
      return node('invite', { code: group.inviteCode });
  }
};

/** What members may change unless the group is restricted. */
const FREE = new Set(['subject', 'description', 'timer', 'picture']);

/** Admins may do anything; others what the group leaves to its members. */
export const mayChange = (
  group: Group,
  actor: AccountState,
  change: Pick<GroupChange, 'kind'> | { kind: 'picture' },
): boolean => {
  if (isAdmin(group, actor)) return true;
  if ('action' in change) return change.action === 'add' && !group.adminsAdd;
  return FREE.has(change.kind) && !group.restrict;
};

/** A member changes the group, if members may; everyone in it learns of it. */
export const changeGroup = (world: World, group: Group, actor: AccountState, change: GroupChange): GroupOutcome => {
  if (!isMember(group, actor)) return NO_MEMBER;
  if (!mayChange(group, actor, change)) return FORBIDDEN;
  if (change.kind === 'members') return changeMembers(world, group, actor, change.action, change.people);
  announce(world, group, actor, applyToGroup(world, group, actor, change));
  return CHANGED;
};

/** A member goes. The last admin who goes leaves the oldest member in charge. */
export const leaveGroup = (world: World, group: Group, actor: AccountState): GroupOutcome => {
  if (!isMember(group, actor)) return NO_MEMBER;
  const before = membersOf(world, group);
  const role = group.members.get(actor.account.number);
  group.members.delete(actor.account.number);
  renewSenderKeys(world, group.jid);
  const [heir] = group.members.keys();
  const hasAdmin = [...group.members.values()].some((other) => other !== 'member');
  if (heir !== undefined && !hasAdmin) group.members.set(heir, 'admin');
  storeGroup(world, group);
  notifyClients(world, group, actor, before, node('remove', {}, [participantNode(actor, role)]));
  followCommunity(world, group, actor, [actor], 'remove');
  return CHANGED;
};
