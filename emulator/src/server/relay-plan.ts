import type { AccountState } from '../world/world.ts';

/** What is to happen to a message that a client has sent, before the server has said that it takes it. */
export type RelayPlan =
  | { kind: 'refused'; code: number }
  | { kind: 'relay'; receivers: { account: AccountState; device: number }[]; handOver: () => void };
