import { generateKeyPair } from '../lib/curve.ts';
import type { OwnKeys, PreKeyBundle, SessionList } from '../signal/sessions.ts';
import { startSession } from '../signal/sessions.ts';
import { storeDevice, storeOneTimeKeys } from '../world/accounts.ts';
import type { ClientDevice, PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

const MEDIUM_MAX = 0xffffff;

const sessionKey = (state: AccountState, device: number, peer: AccountState, peerDevice: number): string =>
  `${state.account.number}:${device}|${peer.account.number}:${peerDevice}`;

/** One list of sessions for each pair of devices, however they are addressed. */
export const sessionsWith = (
  world: World,
  state: AccountState,
  device: number,
  peer: AccountState,
  peerDevice: number,
): SessionList => {
  const key = sessionKey(state, device, peer, peerDevice);
  let list = world.sessions.get(key);
  if (!list) {
    list = { sessions: [] };
    world.sessions.set(key, list);
  }
  return list;
};

export const storeSessions = (
  world: World,
  state: AccountState,
  device: number,
  peer: AccountState,
  peerDevice: number,
): void => {
  const key = sessionKey(state, device, peer, peerDevice);
  world.store.put('session', key, () => world.sessions.get(key));
};

/** Forgets every session of the account's devices with a device that no longer exists, and its own. */
export const dropSessionsWith = (world: World, number: string, device: number): void => {
  for (const key of world.sessions.keys()) {
    if (key.startsWith(`${number}:${device}|`) || key.endsWith(`|${number}:${device}`)) {
      world.sessions.delete(key);
      world.store.remove('session', key);
    }
  }
};

export const ownKeysOf = (world: World, state: AccountState, device: PhoneDevice): OwnKeys => ({
  identity: device.identity,
  registrationId: device.registrationId,
  signedPreKey: device.signedPreKey,
  readOneTimeKey: (id) => device.oneTimeKeys.get(id),
  takeOneTimeKey: (id) => {
    device.oneTimeKeys.delete(id);
    storeDevice(world, state, device);
  },
});

/** A phone's bundle for one asker. Its one-time key is made on the spot, so a phone never runs out of them. */
export const issuePhoneBundle = (world: World, state: AccountState, device: PhoneDevice) => {
  const id = device.nextOneTimeKey;
  device.nextOneTimeKey = id >= MEDIUM_MAX ? 1 : id + 1;
  const keyPair = generateKeyPair();
  device.oneTimeKeys.set(id, keyPair);
  storeDevice(world, state, device);
  return {
    registrationId: device.registrationId,
    identityKey: device.identity.publicKey,
    signedPreKey: {
      id: device.signedPreKey.id,
      publicKey: device.signedPreKey.keyPair.publicKey,
      signature: device.signedPreKey.signature,
    },
    oneTimeKey: { id, publicKey: keyPair.publicKey } as { id: number; publicKey: Buffer } | undefined,
  };
};

/** A client's bundle from what it uploaded. Each one-time key is handed out once; when they are gone there is none. */
export const issueClientBundle = (world: World, state: AccountState, device: ClientDevice) => {
  const keys = state.oneTimeKeys.get(device.id);
  const [first] = keys ?? [];
  if (first) {
    keys?.delete(first[0]);
    storeOneTimeKeys(world, state, device.id);
  }
  return {
    registrationId: device.registrationId,
    identityKey: device.identityKey,
    signedPreKey: device.signedPreKey,
    oneTimeKey: first && { id: first[0], publicKey: first[1] },
  };
};

/** Replaces the session in use by a new one towards the bundle. */
export const renewSession = (
  world: World,
  state: AccountState,
  device: PhoneDevice,
  peer: AccountState,
  peerDevice: number,
  bundle: PreKeyBundle,
): void => {
  startSession(sessionsWith(world, state, device.id, peer, peerDevice), ownKeysOf(world, state, device), bundle);
  storeSessions(world, state, device.id, peer, peerDevice);
};
