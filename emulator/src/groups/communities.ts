import { nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { renewSenderKeys } from '../phones/sender-keys.ts';
import { node } from '../wire/nodes.ts';
import type { Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { foundGroup, groupNode, isAdmin, isMember, membersOf, participantNode, storeGroup } from './groups.ts';
import { notifyClients } from './notify-clients.ts';
import { CHANGED, CONFLICT, FORBIDDEN, type GroupOutcome, NO_MEMBER } from './outcome.ts';

/** Communities: a group that nobody writes to holds others together, one of them for what its admins announce. */

const SUB_GROUPS_MAX = 100;

export const subGroupsOf = (world: World, community: Group): Group[] =>
  [...world.groups.values()].filter(({ community: parent }) => parent === community.jid);

const announcementsOf = (world: World, community: Group): Group | undefined =>
  subGroupsOf(world, community).find(({ holdsAnnouncements }) => holdsAnnouncements);

const tellOfGroup = (world: World, group: Group, actor: AccountState, people: AccountState[]): void =>
  notifyClients(world, group, actor, people, node('create', {}, [groupNode(world, group)]));

/** A person founds a community, with its group for announcements and, if wanted, one for everybody to talk in. */
export const createCommunity = (
  world: World,
  creator: AccountState,
  { subject, description, hasGeneralChat }: { subject: string; description: string; hasGeneralChat: boolean },
): Group => {
  const community = foundGroup(world, creator, subject);
  const at = Number(nowSeconds());
  const by = creator.account.number;
  community.isCommunity = true;
  community.approval = true;
  community.description = description ? { id: randomMessageId(), text: description, by, at } : undefined;
  const announcements = foundGroup(world, creator, subject);
  Object.assign(announcements, { community: community.jid, holdsAnnouncements: true, announce: true });
  const general = hasGeneralChat ? [foundGroup(world, creator, 'General')] : [];
  for (const one of general) one.community = community.jid;
  for (const group of [community, announcements, ...general]) {
    storeGroup(world, group);
    tellOfGroup(world, group, creator, [creator]);
  }
  return community;
};

/** Who comes into a community gets its announcements, and who goes leaves all its groups. */
export const followCommunity = (
  world: World,
  group: Group,
  actor: AccountState,
  people: AccountState[],
  action: 'add' | 'remove',
): void => {
  if (!group.isCommunity || people.length === 0) return;
  const announcements = announcementsOf(world, group);
  const concerned = action === 'add' ? [announcements].filter((one) => one !== undefined) : subGroupsOf(world, group);
  for (const one of concerned) {
    const before = membersOf(world, one);
    const changed = people.filter((state) => isMember(one, state) === (action === 'remove'));
    if (changed.length === 0) continue;
    for (const { account } of changed) {
      if (action === 'add') one.members.set(account.number, 'member');
      else one.members.delete(account.number);
    }
    if (action === 'remove') renewSenderKeys(world, one.jid);
    storeGroup(world, one);
    const participants = changed.map((state) => participantNode(state, 'member'));
    notifyClients(world, one, actor, before, node(action, {}, participants));
    if (action === 'add') tellOfGroup(world, one, actor, changed);
  }
};

/** An admin of both puts a group into a community, or takes it out; everybody in the group learns of it. */
export const linkGroup = (
  world: World,
  community: Group,
  actor: AccountState,
  group: Group,
  linked: boolean,
): GroupOutcome => {
  if (!isMember(community, actor) || !isMember(group, actor)) return NO_MEMBER;
  if (!community.isCommunity || !isAdmin(community, actor) || !isAdmin(group, actor)) return FORBIDDEN;
  const isFree = group.community === undefined && !group.isCommunity && group !== community;
  if (linked ? !isFree || subGroupsOf(world, community).length >= SUB_GROUPS_MAX : group.community !== community.jid) {
    return CONFLICT;
  }
  group.community = linked ? community.jid : undefined;
  storeGroup(world, group);
  const [verb, kind] = linked ? (['link', 'link_type'] as const) : (['unlink', 'unlink_type'] as const);
  const change = node(verb, { [kind]: 'parent_group' }, [
    node('group', { jid: community.jid, subject: community.subject }),
  ]);
  notifyClients(world, group, actor, membersOf(world, group), change);
  if (linked) {
    const newcomers = membersOf(world, group).filter((state) => !isMember(community, state));
    for (const { account } of newcomers) community.members.set(account.number, 'member');
    storeGroup(world, community);
    tellOfGroup(world, community, actor, newcomers);
    followCommunity(world, community, actor, newcomers, 'add');
  }
  return CHANGED;
};
