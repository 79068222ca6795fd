import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import type { EventType } from '../webhooks/index.ts';
import { type EventRow, selectAnyEvents, selectEvent, selectEventsAfter, selectEventsOfMessage } from './events.sql.ts';

export type EventQuery = {
  readonly type?: EventType | undefined;
  readonly instanceId?: Id<'ins'> | undefined;
  readonly limit: number;
};

/** Oldest first, those after `after`: for a stream that resumes and for those who pull. */
export async function listEventsAfter(
  from: Tx | Reader,
  caller: Caller,
  query: EventQuery & { readonly after: Id<'evt'> | null },
): Promise<EventRow[]> {
  if (isOutOfSight(caller, query)) return [];
  return selectEventsAfter(from, caller.customerId, { ...pageOf(caller, query), after: query.after });
}

/** An event that this caller may see; throws `event_not_found`, whoever else may have it. */
export async function requireEvent(from: Tx | Reader, caller: Caller, id: Id<'evt'>): Promise<EventRow> {
  const row = await selectEvent(from, caller.customerId, id);
  if (!row || (caller.instanceId && row.instance_id !== caller.instanceId)) {
    throw new GatewayError('event_not_found', { id });
  }
  return row;
}

/** Everything that became of one message, oldest first. Whether the caller may see the message is asked before. */
export const listEventsOfMessage = (
  from: Tx | Reader,
  caller: Caller,
  messageId: Id<'msg'>,
  limit: number,
): Promise<EventRow[]> => selectEventsOfMessage(from, caller.customerId, messageId, limit);

/** For the deliver loop: events by their ids, whoever owns them. */
export const listAnyEvents = (from: Tx | Reader, ids: readonly Id<'evt'>[]): Promise<EventRow[]> =>
  selectAnyEvents(from, ids);

const isOutOfSight = (caller: Caller, query: EventQuery): boolean =>
  caller.instanceId !== null && query.instanceId !== undefined && query.instanceId !== caller.instanceId;

const pageOf = (caller: Caller, query: EventQuery) => ({
  instanceId: caller.instanceId ?? query.instanceId ?? null,
  type: query.type ?? null,
  limit: query.limit,
});
