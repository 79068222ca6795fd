import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { createDelivery, onlyInstanceOf, recordEndpointAudit, requireEndpoint } from '../webhooks/index.ts';
import type { EventRow } from './events.sql.ts';
import { insertNewEvent } from './record-event.ts';

/**
 * An `endpoint.test` event to one endpoint, whatever it subscribes to, signed and tried like any other. Throws
 * `endpoint_disabled`: what is sent there would wait.
 */
export async function sendTestEvent(
  tx: Tx,
  caller: Caller,
  endpointId: Id<'end'>,
): Promise<{ event: EventRow; deliveryId: Id<'dlv'> }> {
  const endpoint = await requireEndpoint(tx, caller, endpointId);
  if (!endpoint.enabled) throw new GatewayError('endpoint_disabled', { reason: endpoint.disabledReason });
  const event = await insertNewEvent(tx, {
    customerId: caller.customerId,
    instanceId: onlyInstanceOf(endpoint.instanceIds),
    type: 'endpoint.test',
    data: { endpoint_id: endpoint.id, text: 'This is a test. Nothing happened.' },
    correlationId: caller.correlationId,
  });
  const deliveryId = await createDelivery(tx, endpoint, event);
  await recordEndpointAudit(tx, caller, 'tested', endpoint, { event_id: event.id });
  return { event, deliveryId };
}
