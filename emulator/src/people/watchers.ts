import type { ClientDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Clients of other people that have asked about a person, and so are told of changes. Who is gone is forgotten. */
export const watchingClients = (world: World, state: AccountState): { account: AccountState; client: ClientDevice }[] =>
  [...state.watchers].flatMap((watcher) => {
    const [number = '', device] = watcher.split(':');
    const account = world.accounts.get(number);
    const client = account?.devices.get(Number(device));
    if (account && client?.kind === 'client') return account === state ? [] : [{ account, client }];
    state.watchers.delete(watcher);
    return [];
  });
