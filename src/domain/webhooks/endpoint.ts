import type { Id } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import { asOrdering, type Ordering, parseList } from './create-deliveries.ts';
import type { EndpointRow } from './endpoints.sql.ts';
import type { EventFilter } from './event-types.ts';

/** A customer's URL that gets events. Its secret is not part of it: that is shown once. Times are milliseconds since the epoch. */
export type Endpoint = {
  readonly id: Id<'end'>;
  readonly customerId: Id<'cus'>;
  readonly url: string;
  readonly description: string | null;
  readonly events: EventFilter;
  /** Null for all instances, those of the future included. */
  readonly instanceIds: readonly Id<'ins'>[] | null;
  readonly ordering: Ordering;
  /** Before each attempt, the first included; null for the installation's. */
  readonly retryWaitsMs: readonly number[] | null;
  /** True when what has failed is tried again, once, after the endpoint has answered. */
  readonly redrive: boolean;
  readonly enabled: boolean;
  /** `by_customer`, or `gone` when it answered 410; null while enabled. */
  readonly disabledReason: DisabledReason | null;
  /** Until when the previous secret signs too; in the past, or null, when none does. */
  readonly previousSecretUntil: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type DisabledReason = 'by_customer' | 'gone';

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    customerId: row.customer_id,
    url: row.url,
    description: row.description,
    events: parseList(row.event_types),
    instanceIds: parseInstanceIds(row.instance_ids),
    ordering: asOrdering(row.ordering),
    retryWaitsMs: parseWaits(row.retry_schedule),
    redrive: row.redrive === 1,
    enabled: row.enabled === 1,
    disabledReason: asDisabledReason(row.disabled_reason),
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** What the audit log and events say of the instance: the only one that the endpoint has chosen. */
export function onlyInstanceOf(instanceIds: readonly Id<'ins'>[] | null): Id<'ins'> | null {
  return (instanceIds?.length === 1 ? instanceIds[0] : undefined) ?? null;
}

/** The column's value of the endpoints that a caller sees; null when it sees all of its customer's. */
export const seenInstanceIds = (caller: Caller): string | null =>
  caller.instanceId && JSON.stringify([caller.instanceId]);

/** Milliseconds, as we wrote them. */
export function parseWaits(json: string | null): readonly number[] | null {
  return json === null ? null : (JSON.parse(json) as number[]);
}

/** We wrote nothing but ids of instances. */
function parseInstanceIds(json: string | null): readonly Id<'ins'>[] | null {
  return json === null ? null : (parseList(json) as Id<'ins'>[]);
}

/** Nothing else is ever written there. */
function asDisabledReason(value: string | null): DisabledReason | null {
  return value as DisabledReason | null;
}
