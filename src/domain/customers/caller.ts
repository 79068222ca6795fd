import type { Id } from '../../lib/index.ts';

/** Who asks, and for whom. Handed to every verb that acts on what a customer owns. */
export type Caller = {
  readonly customerId: Id<'cus'>;
  /** For the audit log: `key:<id>`, `admin` or `system`. */
  readonly actor: string;
  /** Set when the API key is bound to one instance: nothing of any other instance exists for this caller. */
  readonly instanceId: Id<'ins'> | null;
  readonly correlationId: string | null;
};

/** The gateway itself, acting for a customer. */
export const systemCaller = (customerId: Id<'cus'>): Caller => ({
  customerId,
  actor: 'system',
  instanceId: null,
  correlationId: null,
});

/** The operator, acting on what a customer owns: the audit row is the customer's to read. */
export const operatorOf = (customerId: Id<'cus'>, correlationId: string | null): Caller => ({
  customerId,
  actor: 'admin',
  instanceId: null,
  correlationId,
});
