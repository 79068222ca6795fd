import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import type { Ordering } from './create-deliveries.ts';
import { parseEventFilter } from './event-types.ts';

export type EndpointPatch = {
  /** Vetted by the way out already. */
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly events?: readonly string[] | undefined;
  /** Null for all. */
  readonly instanceIds?: readonly Id<'ins'>[] | null | undefined;
  readonly ordering?: Ordering | undefined;
  /** Null for the installation's. */
  readonly retryWaitsMs?: readonly number[] | null | undefined;
  readonly redrive?: boolean | undefined;
  readonly enabled?: boolean | undefined;
};

/** Whether a customer has such an instance: instances stand above this module. */
export type IsInstance = (tx: Tx, customerId: Id<'cus'>, id: Id<'ins'>) => Promise<boolean>;

/** The columns of what a patch names, all but `enabled`. Throws `event_unknown` and `instance_not_found`. */
export async function columnsOf(tx: Tx, caller: Caller, patch: EndpointPatch, isInstance: IsInstance) {
  const { url, description, events, instanceIds, ordering, retryWaitsMs, redrive } = patch;
  return {
    ...(url !== undefined && { url: new URL(url).href }),
    ...(description !== undefined && { description }),
    ...(events !== undefined && { event_types: JSON.stringify(parseEventFilter(events)) }),
    ...(instanceIds !== undefined && { instance_ids: await chooseInstances(tx, caller, instanceIds, isInstance) }),
    ...(ordering !== undefined && { ordering }),
    ...(retryWaitsMs !== undefined && { retry_schedule: retryWaitsMs && JSON.stringify(retryWaitsMs) }),
    ...(redrive !== undefined && { redrive: redrive ? 1 : 0 }),
  };
}

/** A bound key chooses its own instance, by saying so or by saying nothing. */
async function chooseInstances(
  tx: Tx,
  caller: Caller,
  wanted: readonly Id<'ins'>[] | null,
  isInstance: IsInstance,
): Promise<string | null> {
  const chosen = wanted ?? (caller.instanceId ? [caller.instanceId] : null);
  if (chosen === null) return null;
  for (const id of chosen) {
    const seen = caller.instanceId === null || caller.instanceId === id;
    if (!seen || !(await isInstance(tx, caller.customerId, id))) throw new GatewayError('instance_not_found', { id });
  }
  return JSON.stringify([...new Set(chosen)].sort());
}
