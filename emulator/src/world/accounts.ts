import { proto } from 'baileys';
import { nowSeconds } from '../lib/clock.ts';
import { generateKeyPair, sign } from '../lib/curve.ts';
import { randomDigits, randomRegistrationId } from '../lib/random.ts';
import { typed } from '../signal/ratchet.ts';
import { type Addressing, formatJid, type Jid, parseJid } from '../wire/jids.ts';
import type { Account, ClientDevice, Device, PhoneDevice } from './types.ts';
import { type AccountState, createAccountState, createCounters, sequenceKey, type World } from './world.ts';

export type AccountInput = {
  number?: string | undefined;
  name?: string | undefined;
  lid?: string | undefined;
  devices?: number | undefined;
  autoDelivered?: boolean | undefined;
  autoRead?: boolean | undefined;
};

const chooseNumber = (world: World): string => {
  for (;;) {
    const number = `49151${randomDigits(8)}`;
    if (!world.accounts.has(number)) return number;
  }
};

const chooseLid = (world: World): string => {
  for (;;) {
    const lid = randomDigits(15);
    if (!world.numberByLid.has(lid)) return lid;
  }
};

export const storeAccount = (world: World, state: AccountState): void => {
  world.store.put('account', state.account.number, () => state.account);
  world.changes.note(state.account.number);
};

export const storeDevice = (world: World, state: AccountState, device: Device): void => {
  world.store.put('device', `${state.account.number}:${device.id}`, () => device);
  world.changes.note(state.account.number);
};

export const storeOneTimeKeys = (world: World, state: AccountState, device: number): void =>
  world.store.put('one-time-keys', `${state.account.number}:${device}`, () => state.oneTimeKeys.get(device));

const addPhoneDevice = (world: World, state: AccountState): void => {
  const id = state.account.nextDevice;
  state.account.nextDevice += 1;
  const identity = generateKeyPair();
  const keyPair = generateKeyPair();
  const device: PhoneDevice = {
    kind: id === 0 ? 'phone' : 'extra',
    id,
    identity,
    registrationId: randomRegistrationId(),
    signedPreKey: { id: 1, keyPair, signature: sign(identity.privateKey, typed(keyPair.publicKey)) },
    nextOneTimeKey: 1,
    oneTimeKeys: new Map(),
    deviceIdentity: undefined,
  };
  state.devices.set(id, device);
  if (id > 0) device.deviceIdentity = createDeviceIdentity(state, device);
  storeDevice(world, state, device);
};

/** A device identity with both signatures, for a device the emulator plays. */
const createDeviceIdentity = (state: AccountState, device: PhoneDevice): Buffer => {
  const identity = signDeviceIdentity(state, device.id, device.identity.publicKey);
  const { details, accountSignatureKey } = identity;
  const covered = Buffer.concat([DEVICE_PREFIX, details, device.identity.publicKey, accountSignatureKey]);
  const deviceSignature = sign(device.identity.privateKey, covered);
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode({ ...identity, deviceSignature }).finish());
};

/** Registers a number with its phone. The caller has made sure that number and LID are free. */
export const createAccount = (world: World, input: AccountInput): AccountState => {
  const number = input.number ?? chooseNumber(world);
  const account: Account = {
    number,
    lid: input.lid ?? chooseLid(world),
    name: input.name ?? `Phone ${number.slice(-4)}`,
    online: true,
    autoDelivered: input.autoDelivered ?? true,
    autoRead: input.autoRead ?? false,
    answerRetry: true,
    nextDevice: 0,
    rawId: randomRegistrationId(),
    counters: createCounters(),
  };
  const state = createAccountState(account);
  world.accounts.set(number, state);
  world.numberByLid.set(account.lid, number);
  for (let device = 0; device < (input.devices ?? 1); device += 1) addPhoneDevice(world, state);
  storeAccount(world, state);
  return state;
};

/** Forgets a number and everything that belongs to it. */
export const removeAccount = (world: World, state: AccountState): void => {
  const { number, lid } = state.account;
  const { store } = world;
  world.accounts.delete(number);
  world.numberByLid.delete(lid);
  store.remove('account', number);
  world.changes.note(number);
  for (const id of state.devices.keys()) {
    store.remove('device', `${number}:${id}`);
    store.remove('one-time-keys', `${number}:${id}`);
  }
  for (const name of state.settings.keys()) store.remove('settings', `${number}:${name}`);
  const records = [state.messages, state.deliveries, state.receipts, state.parked];
  for (const [index, space] of ['message', 'delivery', 'receipt', 'parked'].entries()) {
    for (const { sequence } of records[index] ?? []) store.remove(space, sequenceKey(sequence));
  }
  for (const key of world.sessions.keys()) {
    if (key.startsWith(`${number}:`) || key.includes(`|${number}:`)) {
      world.sessions.delete(key);
      store.remove('session', key);
    }
  }
};

export const accountOfJid = (world: World, jid: Jid | undefined): AccountState | undefined => {
  if (!jid) return undefined;
  const number = jid.addressing === 'lid' ? world.numberByLid.get(jid.user) : jid.user;
  return number === undefined ? undefined : world.accounts.get(number);
};

export const findAccount = (world: World, jid: string | undefined): AccountState | undefined =>
  accountOfJid(world, parseJid(jid));

export const jidOf = (state: AccountState, addressing: Addressing, device = 0): string =>
  formatJid(addressing === 'lid' ? state.account.lid : state.account.number, addressing, device);

export const phoneDevicesOf = (state: AccountState): PhoneDevice[] =>
  [...state.devices.values()].filter((device) => device.kind !== 'client');

export const clientsOf = (state: AccountState): ClientDevice[] =>
  [...state.devices.values()].filter((device) => device.kind === 'client');

export const requirePhone = (state: AccountState): PhoneDevice => {
  const device = state.devices.get(0);
  if (!device || device.kind === 'client') throw new Error('an account without a phone');
  return device;
};

/** The phone's signed word that a device belongs to the account, up to the device's own countersignature. */
export const signDeviceIdentity = (state: AccountState, keyIndex: number, deviceIdentityKey: Buffer) => {
  const phone = requirePhone(state);
  const details = proto.ADVDeviceIdentity.encode({
    rawId: state.account.rawId,
    timestamp: Number(nowSeconds()),
    keyIndex,
  }).finish();
  const accountSignature = sign(phone.identity.privateKey, Buffer.concat([ACCOUNT_PREFIX, details, deviceIdentityKey]));
  return { details, accountSignatureKey: phone.identity.publicKey, accountSignature };
};

const ACCOUNT_PREFIX = Buffer.from([6, 0]);
/** What the device's countersignature covers starts with this. */
export const DEVICE_PREFIX = Buffer.from([6, 1]);
