import type { Tx } from '../../db/index.ts';
import { type EndpointChange, onlyInstanceOf } from '../webhooks/index.ts';
import type { EventRow } from './events.sql.ts';
import { recordEvent } from './record-event.ts';

/** Tells the customer's other endpoints what has become of this one. */
export const recordEndpointChange = (tx: Tx, { kind, endpoint, since }: EndpointChange): Promise<EventRow> =>
  recordEvent(tx, {
    customerId: endpoint.customerId,
    instanceId: onlyInstanceOf(endpoint.instanceIds),
    exceptEndpointId: endpoint.id,
    type: `endpoint.${kind}`,
    data: {
      endpoint_id: endpoint.id,
      url: endpoint.url,
      ...(kind === 'disabled' && { reason: endpoint.disabledReason }),
      ...(since !== null && { unanswered_since: new Date(since).toISOString() }),
    },
  });
