import type { Id } from '../lib/index.ts';

export type Family = 'send' | 'receive' | 'deliver' | 'media';

export type PauseScope = 'all' | 'customer' | 'instance' | 'endpoint';

/** An ordered queue: what it carries, whose it is, and the instance or endpoint that it belongs to. */
export type Lane = {
  readonly family: Family;
  readonly customerId: Id<'cus'>;
  readonly scopeId: Id<'ins'> | Id<'end'>;
};

export type NewJob = {
  readonly kind: string;
  /** The id of the thing to do. Never a payload. */
  readonly ref: string;
  /** Jobs of one order key are done one after the other; the empty key is an order key too. */
  readonly orderKey: string;
  /** Milliseconds since the epoch; at once when left out. */
  readonly notBefore?: number;
};

/** A job that this worker holds. Every write for it names worker and epoch, and fails once the lane has moved on. */
export type TakenJob = {
  readonly id: number;
  readonly lane: string;
  readonly kind: string;
  readonly ref: string;
  readonly orderKey: string;
  /** This try included. */
  readonly attempts: number;
  readonly worker: Id<'wrk'>;
  readonly epoch: number;
};

/** Why a lane stands still though it has work. A pause names its id. */
export type ParkedBy = 'connection' | 'restriction' | 'disabled' | `pause:${Id<'pau'>}`;
