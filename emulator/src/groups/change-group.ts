import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomMessageId, randomStanzaId } from '../lib/random.ts';
import { changeChat } from '../phones/apply-change.ts';
import { renewSenderKeys } from '../phones/sender-keys.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { Group, GroupRole } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import {
  createInviteCode,
  foundGroup,
  groupNode,
  isAdmin,
  isMember,
  membersOf,
  participantNode,
  storeGroup,
} from './groups.ts';

export type MemberAction = 'add' | 'remove' | 'promote' | 'demote';

export type GroupChange =
  | { kind: 'subject'; subject: string }
  | { kind: 'description'; text: string | undefined; id?: string | undefined }
  | { kind: 'announce' | 'restrict' | 'admins_add'; on: boolean }
  | { kind: 'timer'; seconds: number }
  | { kind: 'invite' }
  | { kind: 'members'; action: MemberAction; people: AccountState[] };

/** What became of each person that a change was about; 200 is done. */
export type MemberResult = { state: AccountState; code: number };

export type GroupOutcome =
  | { kind: 'changed'; results: MemberResult[] }
  | { kind: 'refused'; code: 401 | 403 | 404 | 406 | 409; text: string };

const MEMBERS_MAX = 1024;
const CHANGED: GroupOutcome = { kind: 'changed', results: [] };
const FORBIDDEN: GroupOutcome = { kind: 'refused', code: 403, text: 'forbidden' };
const NO_MEMBER: GroupOutcome = { kind: 'refused', code: 403, text: 'not-a-member' };

/** Tells clients of these people, on behalf of somebody, what has happened to a group. */
const notify = (world: World, group: Group, actor: AccountState, people: AccountState[], change: BinaryNode): void => {
  const attributes = {
    from: group.jid,
    type: 'w:gp2',
    id: randomStanzaId(),
    t: nowSeconds(),
    participant: jidOf(actor, 'lid'),
    participant_pn: jidOf(actor, 'pn'),
    addressing_mode: 'lid',
    notify: actor.account.name,
  };
  const notification = node('notification', attributes, [change]);
  for (const person of people) {
    for (const client of clientsOf(person)) enqueueStanza(world, person, client.id, notification);
  }
};

const announce = (world: World, group: Group, actor: AccountState, change: BinaryNode): void => {
  storeGroup(world, group);
  notify(world, group, actor, membersOf(world, group), change);
};

/** A person founds a group, and everyone in it learns of it. */
export const createGroup = (world: World, creator: AccountState, subject: string, members: AccountState[]): Group => {
  const group = foundGroup(world, creator, subject, members);
  notify(world, group, creator, membersOf(world, group), node('create', {}, [groupNode(world, group)]));
  return group;
};

const ROLE_AFTER: Record<'promote' | 'demote', GroupRole> = { promote: 'admin', demote: 'member' };

/** The code that one person is answered with, after the change was made if it could be. */
const changeMember = (group: Group, action: MemberAction, person: AccountState): number => {
  const { number } = person.account;
  const role = group.members.get(number);
  if (action === 'add') {
    if (role) return 409;
    if (group.members.size >= MEMBERS_MAX) return 419;
    group.members.set(number, 'member');
    return 200;
  }
  if (!role) return 404;
  if (role === 'superadmin') return 405;
  if (action === 'remove') group.members.delete(number);
  else group.members.set(number, ROLE_AFTER[action]);
  return 200;
};

const changeMembers = (
  world: World,
  group: Group,
  actor: AccountState,
  action: MemberAction,
  people: AccountState[],
): GroupOutcome => {
  const before = membersOf(world, group);
  const results = people.map((state) => ({ state, code: changeMember(group, action, state) }));
  const changed = results.filter(({ code }) => code === 200).map(({ state }) => state);
  if (changed.length === 0) return { kind: 'changed', results };
  if (action === 'remove') renewSenderKeys(world, group.jid);
  storeGroup(world, group);
  const participants = changed.map((state) => participantNode(state, group.members.get(state.account.number)));
  notify(world, group, actor, before, node(action, {}, participants));
  // Who is new gets to know the whole group.
  if (action === 'add') notify(world, group, actor, changed, node('create', {}, [groupNode(world, group)]));
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
    case 'timer':
      return setTimer(world, group, change.seconds);
    case 'invite':
      group.inviteCode = createInviteCode();
      return node('invite', { code: group.inviteCode });
  }
};

const mayChange = (group: Group, actor: AccountState, change: GroupChange): boolean => {
  if (isAdmin(group, actor)) return true;
  if (change.kind === 'members') return change.action === 'add' && !group.adminsAdd;
  const isFree = change.kind === 'subject' || change.kind === 'description' || change.kind === 'timer';
  return isFree && !group.restrict;
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
  notify(world, group, actor, before, node('remove', {}, [participantNode(actor, role)]));
  return CHANGED;
};

export const findByInvite = (world: World, code: string): Group | undefined =>
  [...world.groups.values()].find(({ inviteCode }) => inviteCode === code);

/** Somebody follows an invite link. */
export const joinGroup = (world: World, group: Group, actor: AccountState): GroupOutcome => {
  if (isMember(group, actor)) return { kind: 'refused', code: 409, text: 'conflict' };
  const before = membersOf(world, group);
  const code = changeMember(group, 'add', actor);
  if (code !== 200) return { kind: 'refused', code: 406, text: 'not-acceptable' };
  storeGroup(world, group);
  notify(world, group, actor, before, node('add', { reason: 'invite' }, [participantNode(actor, 'member')]));
  notify(world, group, actor, [actor], node('create', {}, [groupNode(world, group)]));
  return CHANGED;
};
