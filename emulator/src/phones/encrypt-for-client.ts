import { warnOfLowKeys } from '../clients/prekeys.ts';
import { encryptMessage, type PreKeyBundle } from '../signal/sessions.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import type { ClientDevice, PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { issueClientBundle, ownKeysOf, renewSession, sessionsWith, storeSessions } from './sessions.ts';

/** Encrypts for one client, starting a session if there is none or if a bundle is given to start a new one. */
export const encryptForClient = (
  world: World,
  from: AccountState,
  device: PhoneDevice,
  peer: AccountState,
  client: ClientDevice,
  plain: Buffer,
  renewWith?: PreKeyBundle,
): BinaryNode => {
  const list = sessionsWith(world, from, device.id, peer, client.id);
  if (renewWith) renewSession(world, from, device, peer, client.id, renewWith);
  else if (list.sessions.length === 0) {
    renewSession(world, from, device, peer, client.id, issueClientBundle(world, peer, client));
    warnOfLowKeys(world, peer, client.id);
  }
  const { type, bytes } = encryptMessage(list, ownKeysOf(world, from, device), plain);
  storeSessions(world, from, device.id, peer, client.id);
  return node('enc', { v: '2', type }, bytes);
};
