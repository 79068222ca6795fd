import { nameOfMedia } from '../media/media-host.ts';
import { sha256 } from '../media/sealed-media.ts';
import { node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { mayChange } from './change-group.ts';
import { isMember, membersOf, storeGroup } from './groups.ts';
import { notifyClients } from './notify-clients.ts';
import { CHANGED, FORBIDDEN, type GroupOutcome, NO_MEMBER } from './outcome.ts';

/** A member changes the group's picture, or takes it away with no bytes, if members may; everyone in it learns of it. */
export const setGroupPicture = (
  world: World,
  group: Group,
  actor: AccountState,
  bytes: Buffer | undefined,
): GroupOutcome => {
  if (!isMember(group, actor)) return NO_MEMBER;
  if (!mayChange(group, actor, { kind: 'picture' })) return FORBIDDEN;
  group.picture = bytes && nameOfMedia(sha256(bytes));
  // A disk that fails leaves a picture that nobody can fetch, as a lost file does.
  if (bytes && group.picture) world.media.blobs.put(group.picture, bytes).catch(() => undefined);
  storeGroup(world, group);
  const attributes = { jid: group.jid, id: group.picture, author: jidOf(actor, 'lid') };
  const change = node(bytes ? 'set' : 'delete', attributes);
  notifyClients(world, group, actor, membersOf(world, group), change, 'picture');
  return CHANGED;
};
