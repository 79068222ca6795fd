import type { ClientDevice, Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { ControlError } from './errors.ts';

export const requireAccount = (world: World, number: string): AccountState => {
  const state = world.accounts.get(number);
  if (!state) throw new ControlError('phone_not_found', `there is no phone with the number ${number}`);
  return state;
};

export const requireClient = (state: AccountState, id: number): ClientDevice => {
  const device = state.devices.get(id);
  if (device?.kind !== 'client') throw new ControlError('client_not_found', `${id} is not a linked client`);
  return device;
};

export const requireGroup = (world: World, jid: string): Group => {
  const group = world.groups.get(jid);
  if (!group) throw new ControlError('group_not_found', `there is no group ${jid}`);
  return group;
};

/** A phone that is switched on, so that its person can do something. */
export const requireOnline = (world: World, number: string): AccountState => {
  const state = requireAccount(world, number);
  if (!state.account.online) throw new ControlError('phone_offline', 'the phone is switched off');
  return state;
};
