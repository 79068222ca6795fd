import type { Tx } from '../../db/index.ts';
import { type Endpoint, onlyInstanceOf } from '../webhooks/index.ts';
import type { EventRow } from './events.sql.ts';
import { recordEvent } from './record-event.ts';

/** Tells the customer's other endpoints that the gateway has stopped sending to this one, and why. */
export const recordEndpointDisabled = (tx: Tx, endpoint: Endpoint): Promise<EventRow> =>
  recordEvent(tx, {
    customerId: endpoint.customerId,
    instanceId: onlyInstanceOf(endpoint.instanceIds),
    type: 'endpoint.disabled',
    data: { endpoint_id: endpoint.id, url: endpoint.url, reason: endpoint.disabledReason },
  });
