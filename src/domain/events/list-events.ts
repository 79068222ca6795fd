import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { type EventRow, selectEvent, selectEventsOfMessage } from './events.sql.ts';

/** An event that this caller may see; throws `event_not_found`, whoever else may have it. */
export async function requireEvent(from: Tx | Reader, caller: Caller, id: Id<'evt'>): Promise<EventRow> {
  const row = await selectEvent(from, caller.customerId, id);
  if (!row || (caller.instanceId && row.instance_id !== caller.instanceId)) {
    throw new GatewayError('event_not_found', { id });
  }
  return row;
}

/**
 * Makes sure that a customer's log can be gone on with behind this event. It is a place in the log, so that a bound key may name
 * one that it does not see. Throws `last_event_unknown`.
 */
export async function requireResumable(from: Tx | Reader, caller: Caller, id: Id<'evt'>): Promise<void> {
  if (!(await selectEvent(from, caller.customerId, id))) throw new GatewayError('last_event_unknown', { id });
}

/** Everything that became of one message, oldest first. Whether the caller may see the message is asked before. */
export const listEventsOfMessage = (
  from: Tx | Reader,
  caller: Caller,
  messageId: Id<'msg'>,
  limit: number,
): Promise<EventRow[]> => selectEventsOfMessage(from, caller.customerId, messageId, limit);
