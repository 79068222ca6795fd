import { nowMs, nowSeconds } from '../lib/clock.ts';
import { node } from '../wire/nodes.ts';
import type { Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { followCommunity } from './communities.ts';
import { groupNode, isAdmin, isMember, MEMBERS_MAX, membersOf, participantNode, storeGroup } from './groups.ts';
import { notifyClients } from './notify-clients.ts';
import {
  CHANGED,
  CONFLICT,
  FORBIDDEN,
  type GroupOutcome,
  type GroupRefusal,
  type MemberResult,
  NO_MEMBER,
  NOT_ACCEPTABLE,
} from './outcome.ts';

/** How people come into a group other than by being added: by link, by an invitation of their own, by asking. */

/** Requests that a group keeps; more are refused. */
const REQUESTS_MAX = 1000;

const adminsOf = (world: World, group: Group): AccountState[] =>
  membersOf(world, group).filter((state) => isAdmin(group, state));

/** Lets somebody in; everyone in the group learns of it, and the new one gets to know the group. */
const letIn = (world: World, group: Group, actor: AccountState, person: AccountState, reason?: string): void => {
  const before = membersOf(world, group);
  group.members.set(person.account.number, 'member');
  group.requests.delete(person.account.number);
  group.invitations.delete(person.account.number);
  storeGroup(world, group);
  notifyClients(world, group, actor, before, node('add', { reason }, [participantNode(person, 'member')]));
  notifyClients(world, group, actor, [person], node('create', {}, [groupNode(world, group)]));
  followCommunity(world, group, actor, [person], 'add');
};

/** Somebody asks to be let in; the admins learn of it. */
const askIn = (world: World, group: Group, person: AccountState): JoinOutcome => {
  const { number } = person.account;
  if (group.requests.has(number)) return { kind: 'asked' };
  if (group.requests.size >= REQUESTS_MAX) return NOT_ACCEPTABLE;
  group.requests.set(number, Number(nowSeconds()));
  storeGroup(world, group);
  const request = node('created_membership_requests', { request_method: 'invite_link' }, [participantNode(person)]);
  notifyClients(world, group, person, adminsOf(world, group), request);
  return { kind: 'asked' };
};

const obstacle = (group: Group, person: AccountState): GroupRefusal | undefined => {
  if (isMember(group, person)) return CONFLICT;
  return group.members.size >= MEMBERS_MAX ? NOT_ACCEPTABLE : undefined;
};

export type JoinOutcome = GroupOutcome | { kind: 'asked' };

export const findByInvite = (world: World, code: string): Group | undefined =>
  [...world.groups.values()].find(({ inviteCode }) => inviteCode === code);

/** Somebody follows an invite link; where admins decide, that is only a request. */
export const joinGroup = (world: World, group: Group, person: AccountState): JoinOutcome => {
  const hindrance = obstacle(group, person);
  if (hindrance) return hindrance;
  if (group.approval) return askIn(world, group, person);
  letIn(world, group, person, person, 'invite');
  return CHANGED;
};

/** The group that somebody has an invitation of their own for, which they got because they could not be added. */
export const findByInvitation = (world: World, person: AccountState, code: string): Group | undefined =>
  [...world.groups.values()].find(({ invitations }) => invitations.get(person.account.number)?.code === code);

/** Somebody accepts an invitation of their own. */
export const acceptInvitation = (world: World, group: Group, person: AccountState, code: string): JoinOutcome => {
  const invitation = group.invitations.get(person.account.number);
  const inviter = world.accounts.get(invitation?.by ?? '');
  if (invitation?.code !== code || !inviter || invitation.expiresAt * 1000 < nowMs()) return NOT_ACCEPTABLE;
  const hindrance = obstacle(group, person);
  if (hindrance) return hindrance;
  letIn(world, group, inviter, person);
  return CHANGED;
};

/** An admin takes an invitation back. */
export const revokeInvitation = (
  world: World,
  group: Group,
  actor: AccountState,
  people: AccountState[],
): GroupOutcome => {
  if (!isAdmin(group, actor)) return FORBIDDEN;
  for (const { account } of people) group.invitations.delete(account.number);
  storeGroup(world, group);
  return CHANGED;
};

const decide = (
  world: World,
  group: Group,
  actor: AccountState,
  action: 'approve' | 'reject',
  person: AccountState,
): number => {
  if (!group.requests.has(person.account.number)) return 404;
  if (action === 'approve') {
    if (group.members.size >= MEMBERS_MAX) return 419;
    letIn(world, group, actor, person);
    return 200;
  }
  endRequest(world, group, actor, person);
  return 200;
};

const endRequest = (world: World, group: Group, actor: AccountState, person: AccountState): void => {
  group.requests.delete(person.account.number);
  storeGroup(world, group);
  const told = [...adminsOf(world, group), person];
  notifyClients(world, group, actor, told, node('revoked_membership_requests', {}, [participantNode(person)]));
};

/** An admin decides about those who have asked; each with a code, 200 is done. */
export const decideRequests = (
  world: World,
  group: Group,
  actor: AccountState,
  action: 'approve' | 'reject',
  people: AccountState[],
): GroupOutcome => {
  if (!isMember(group, actor)) return NO_MEMBER;
  if (!isAdmin(group, actor)) return FORBIDDEN;
  const results = people.map((state): MemberResult => ({ state, code: decide(world, group, actor, action, state) }));
  return { kind: 'changed', results };
};

/** Somebody no longer wants to be let in. False if there was no request. */
export const withdrawRequest = (world: World, group: Group, person: AccountState): boolean => {
  if (!group.requests.has(person.account.number)) return false;
  endRequest(world, group, person, person);
  return true;
};
