import type { Id, IdPrefix } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import { headerNamesOf } from './endpoint-headers.ts';
import type { EndpointRow } from './endpoints.sql.ts';
import type { ChatTypeFilter, EventFilter } from './event-filter.ts';

/** A customer's URL that gets events. Its secret is not part of it: that is shown once. Times are milliseconds since the epoch. */
export type Endpoint = EventFilter & {
  readonly id: Id<'end'>;
  readonly customerId: Id<'cus'>;
  readonly url: string;
  readonly description: string | null;
  /** Of the headers that its owner wants with every delivery; their values are not shown. */
  readonly headerNames: readonly string[];
  readonly ordering: Ordering;
  /** Before each attempt, the first included; null for the installation's. */
  readonly retryWaitsMs: readonly number[] | null;
  /** True when what has failed is tried again, once, after the endpoint has answered. */
  readonly redrive: boolean;
  readonly enabled: boolean;
  /** `by_customer`, `gone` when it answered 410, `failing` when nothing got through for too long; null while enabled. */
  readonly disabledReason: DisabledReason | null;
  /** Since when no delivery has got through: from the first that failed for good until the next success. */
  readonly unansweredSince: number | null;
  /** Until when the previous secret signs too; in the past, or null, when none does. */
  readonly previousSecretUntil: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** In which order an endpoint gets its events: in any, in order within one instance, or strictly one after the other. */
export type Ordering = 'none' | 'instance' | 'strict';

export type DisabledReason = 'by_customer' | 'gone' | 'failing';

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    customerId: row.customer_id,
    url: row.url,
    description: row.description,
    ...filterOf(row),
    headerNames: headerNamesOf(row.headers),
    ordering: asOrdering(row.ordering),
    retryWaitsMs: parseWaits(row.retry_schedule),
    redrive: row.redrive === 1,
    enabled: row.enabled === 1,
    disabledReason: asDisabledReason(row.disabled_reason),
    unansweredSince: row.unanswered_since,
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Which events an endpoint subscribes to. */
export const filterOf = (
  row: Pick<EndpointRow, 'event_types' | 'instance_ids' | 'chat_type_filter' | 'chat_ids'>,
): EventFilter => ({
  events: parseList(row.event_types),
  instanceIds: parseIds<'ins'>(row.instance_ids),
  chatTypes: asChatTypeFilter(row.chat_type_filter),
  chatIds: parseIds<'cht'>(row.chat_ids),
});

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

/** Such columns hold what we wrote: a JSON array of strings. */
function parseList(json: string): string[] {
  return JSON.parse(json) as string[];
}

/** We wrote nothing but ids of one kind. */
function parseIds<P extends IdPrefix>(json: string | null): readonly Id<P>[] | null {
  return json === null ? null : (parseList(json) as Id<P>[]);
}

/** The column's check allows nothing else. */
function asChatTypeFilter(value: string): ChatTypeFilter {
  return value as ChatTypeFilter;
}

/** Nothing else is ever written there. */
function asDisabledReason(value: string | null): DisabledReason | null {
  return value as DisabledReason | null;
}

/** The column's check allows nothing else. */
export function asOrdering(value: string): Ordering {
  return value as Ordering;
}
