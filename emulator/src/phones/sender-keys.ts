import type { proto } from 'baileys';
import type { RatchetOutcome } from '../signal/ratchet.ts';
import {
  acceptDistribution,
  createSenderKey,
  decryptFromGroup,
  type OwnSenderKey,
  writeDistribution,
} from '../signal/sender-keys.ts';
import type { PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Sender keys of the devices that the emulator plays. */

const ownKey = (state: AccountState, device: number, group: string): string =>
  `${state.account.number}:${device}|${group}`;

export const ownSenderKey = (world: World, state: AccountState, device: PhoneDevice, group: string): OwnSenderKey => {
  const key = ownKey(state, device.id, group);
  let own = world.senderKeys.own.get(key);
  if (!own) {
    own = createSenderKey();
    world.senderKeys.own.set(key, own);
  }
  return own;
};

export const storeOwnSenderKey = (world: World, state: AccountState, device: PhoneDevice, group: string): void => {
  const key = ownKey(state, device.id, group);
  world.store.put('own-sender-key', key, () => world.senderKeys.own.get(key));
};

/** Somebody has left: what they have of the others' chains must not open what comes next. */
export const renewSenderKeys = (world: World, group: string): void => {
  for (const key of world.senderKeys.own.keys()) {
    if (!key.endsWith(`|${group}`)) continue;
    world.senderKeys.own.delete(key);
    world.store.remove('own-sender-key', key);
  }
};

/** A device starts anew: its own chains and those that it was given are gone. */
export const forgetSenderKeysOf = (world: World, state: AccountState, device: number): void => {
  const { own, received } = world.senderKeys;
  const prefix = ownKey(state, device, '');
  for (const [space, keys] of [
    ['own-sender-key', own],
    ['sender-key', received],
  ] as const) {
    for (const key of keys.keys()) {
      if (!key.startsWith(prefix)) continue;
      keys.delete(key);
      world.store.remove(space, key);
    }
  }
};

export const distributionMessage = (own: OwnSenderKey, groupId: string): proto.IMessage => ({
  senderKeyDistributionMessage: { groupId, axolotlSenderKeyDistributionMessage: writeDistribution(own) },
});

/** Who has sent something to a group, as one of its devices. */
export type Sender = { number: string; device: number };

const receivedKey = (state: AccountState, device: number, group: string, sender: Sender): string =>
  `${ownKey(state, device, group)}|${sender.number}:${sender.device}`;

/** Takes in the chain that a message brings along, if it does. */
export const takeSenderKey = (
  world: World,
  state: AccountState,
  device: number,
  sender: Sender,
  message: proto.IMessage,
): void => {
  const { groupId, axolotlSenderKeyDistributionMessage: distribution } = message.senderKeyDistributionMessage ?? {};
  if (!groupId || !distribution) return;
  const key = receivedKey(state, device, groupId, sender);
  const { received } = world.senderKeys;
  received.set(key, acceptDistribution(received.get(key) ?? [], Buffer.from(distribution)));
  world.store.put('sender-key', key, () => received.get(key));
};

export const readFromGroup = (
  world: World,
  state: AccountState,
  device: number,
  group: string,
  sender: Sender,
  sealed: Buffer,
): RatchetOutcome => {
  const key = receivedKey(state, device, group, sender);
  const outcome = decryptFromGroup(world.senderKeys.received.get(key) ?? [], sealed);
  if (outcome.kind === 'plain') world.store.put('sender-key', key, () => world.senderKeys.received.get(key));
  return outcome;
};
