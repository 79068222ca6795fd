import { randomBytes } from 'node:crypto';
import { nowSeconds } from '../lib/clock.ts';
import { randomDigits } from '../lib/random.ts';
import { STORIES } from '../wire/jids.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { Group, GroupRole } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Groups as the server keeps them, and as stanzas describe them. People are addressed by LID in all of them. */

export const isGroupJid = (jid: string | undefined): jid is string => jid?.endsWith('@g.us') ?? false;

/** A chat in which messages say who wrote them: a group, or stories. */
export const isSharedChat = (jid: string | undefined): jid is string => isGroupJid(jid) || jid === STORIES;

export const storeGroup = (world: World, group: Group): void => {
  world.store.put('group', group.jid, () => group);
  world.changes.note('groups');
};

export const createInviteCode = (): string => randomBytes(16).toString('base64url');

export const MEMBERS_MAX = 1024;

/** Founds a group; whoever founds it is its first admin and cannot be demoted. */
export const foundGroup = (world: World, creator: AccountState, subject: string): Group => {
  const now = Number(nowSeconds());
  const { number } = creator.account;
  const group: Group = {
    jid: `1203${randomDigits(14)}@g.us`,
    subject,
    subjectBy: number,
    subjectAt: now,
    description: undefined,
    creator: number,
    createdAt: now,
    members: new Map([[number, 'superadmin']]),
    announce: false,
    restrict: false,
    adminsAdd: false,
    inviteCode: createInviteCode(),
    disappearingSeconds: 0,
    approval: false,
    requests: new Map(),
    invitations: new Map(),
    picture: undefined,
  };
  world.groups.set(group.jid, group);
  return group;
};

export const isMember = (group: Group, state: AccountState): boolean => group.members.has(state.account.number);

export const isAdmin = (group: Group, state: AccountState): boolean =>
  (group.members.get(state.account.number) ?? 'member') !== 'member';

/** Who is there now; numbers that have been removed from WhatsApp are passed over. */
export const membersOf = (world: World, group: Group): AccountState[] =>
  [...group.members.keys()].flatMap((number) => world.accounts.get(number) ?? []);

export const participantNode = (state: AccountState, role?: GroupRole, error?: number): BinaryNode =>
  node('participant', {
    jid: jidOf(state, 'lid'),
    phone_number: jidOf(state, 'pn'),
    type: role === 'member' ? undefined : role,
    error: error?.toString(),
  });

/** Both addresses of whoever did something, under the attribute's name and the name with _pn. */
const author = (world: World, attribute: string, number: string): Record<string, string> => {
  const state = world.accounts.get(number);
  return state ? { [attribute]: jidOf(state, 'lid'), [`${attribute}_pn`]: jidOf(state, 'pn') } : {};
};

const flags = (group: Group): BinaryNode[] => [
  ...(group.isCommunity ? [node('parent', { default_membership_approval_mode: 'request_required' })] : []),
  ...(group.community === undefined ? [] : [node('linked_parent', { jid: group.community })]),
  ...(group.holdsAnnouncements ? [node('default_sub_group')] : []),
  ...(group.announce ? [node('announcement')] : []),
  ...(group.restrict ? [node('locked')] : []),
  ...(group.disappearingSeconds ? [node('ephemeral', { expiration: group.disappearingSeconds.toString() })] : []),
  ...(group.approval ? [node('membership_approval_mode', {}, [node('group_join', { state: 'on' })])] : []),
  node('member_add_mode', {}, group.adminsAdd ? 'admin_add' : 'all_member_add'),
];

/** All that members are told about their group; what others see of it before they join lacks nothing yet. */
export const groupNode = (world: World, group: Group): BinaryNode => {
  const { description } = group;
  const about = description && [
    node(
      'description',
      { id: description.id, ...author(world, 'participant', description.by), t: description.at.toString() },
      [node('body', {}, Buffer.from(description.text))],
    ),
  ];
  const attributes = {
    id: group.jid.split('@')[0],
    jid: group.jid,
    subject: group.subject,
    ...author(world, 's_o', group.subjectBy),
    s_t: group.subjectAt.toString(),
    creation: group.createdAt.toString(),
    ...author(world, 'creator', group.creator),
    addressing_mode: 'lid',
    size: group.members.size.toString(),
  };
  const participants = membersOf(world, group).map((state) =>
    participantNode(state, group.members.get(state.account.number)),
  );
  return node('group', attributes, [...(about ?? []), ...flags(group), ...participants]);
};
