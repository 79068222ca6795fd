import type { Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { createDeliveries, type EventChat, type EventType } from '../webhooks/index.ts';
import { apiVersion } from './envelope.ts';
import { type EventRow, insertEvent } from './events.sql.ts';

export type NewEvent = {
  readonly customerId: Id<'cus'>;
  /** The instance that it concerns: what a bound key and an endpoint with chosen instances get to see goes by this. */
  readonly instanceId?: Id<'ins'> | null;
  readonly messageId?: Id<'msg'> | null;
  /** The chat that it happened in, which endpoints and readers filter by. */
  readonly chat?: EventChat | null;
  /** An endpoint that it is not delivered to, whatever it subscribes to. */
  readonly exceptEndpointId?: Id<'end'>;
  readonly type: EventType;
  /** What receivers read under `data`: plain JSON, its names in snake_case. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly correlationId?: string | null;
  /** When it happened outside, in milliseconds since the epoch; now when left out. */
  readonly occurredAt?: number;
};

/** The topic that is announced when a customer has a new event. */
export const eventsTopic = (customerId: Id<'cus'>): string => `events/${customerId}`;

/** The event and its deliveries, in the transaction of the fact itself: what is not written there has not happened. */
export async function recordEvent(tx: Tx, input: NewEvent): Promise<EventRow> {
  const event = await insertNewEvent(tx, input);
  await createDeliveries(tx, event, input.exceptEndpointId);
  return event;
}

/** Without the deliveries, for an event that goes to one endpoint only. */
export async function insertNewEvent(tx: Tx, input: NewEvent): Promise<EventRow> {
  const event = {
    id: newId('evt', tx.now),
    customer_id: input.customerId,
    instance_id: input.instanceId ?? null,
    message_id: input.messageId ?? null,
    chat_id: input.chat?.id ?? null,
    chat_type: input.chat?.type ?? null,
    type: input.type,
    data: JSON.stringify(input.data),
    api_version: apiVersion,
    correlation_id: input.correlationId ?? null,
    occurred_at: input.occurredAt ?? tx.now,
  };
  await insertEvent(tx, event);
  tx.announce(eventsTopic(input.customerId));
  return event;
}
