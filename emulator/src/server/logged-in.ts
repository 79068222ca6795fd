import type { ClientDevice } from '../world/types.ts';
import type { AccountState, Connection } from '../world/world.ts';

/** A client that has proved who it is. */
export type LoggedIn = { state: AccountState; device: ClientDevice; connection: Connection };
