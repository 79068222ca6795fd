import type { Bus } from '../bus/index.ts';
import type { Db } from '../db/index.ts';
import type { Network } from '../network/index.ts';
import type { Clock, Config, Egress, Log, Vault } from '../platform/index.ts';
import type { GroupLists } from './group-lists.ts';
import type { Lease } from './lease.ts';

/** What looking after connections takes. */
export type SessionsDeps = {
  readonly db: Db;
  readonly bus: Bus;
  readonly vault: Vault;
  /** Vets the proxies of instances. */
  readonly egress: Pick<Egress, 'findAddress'>;
  readonly network: Network;
  readonly lease: Lease;
  readonly groupLists: Pick<GroupLists, 'keep'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly config: Pick<
    Config,
    | 'maxSessionsPerWorker'
    | 'connectsPerSecond'
    | 'connectDeadlineMs'
    | 'ackTimeoutMs'
    | 'reconnectBaseMs'
    | 'reconnectMaxMs'
    | 'restrictionHoldMs'
    | 'pairingAttemptsMax'
    | 'pairingCooldownMs'
    | 'sweepIntervalMs'
  >;
};
