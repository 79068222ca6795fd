import { storeAccount } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';

/** People as a person has them in the address book of the phone. */

/** Names somebody there; without a name the entry goes. */
export const nameContact = (world: World, state: AccountState, other: AccountState, name: string | undefined): void => {
  const { [other.account.number]: _old, ...rest } = state.account.contacts ?? {};
  state.account.contacts = name === undefined ? rest : { ...rest, [other.account.number]: name };
  storeAccount(world, state);
};
