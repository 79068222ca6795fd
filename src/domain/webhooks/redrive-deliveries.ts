import type { Tx } from '../../db/index.ts';
import { enqueueDelivery } from './create-deliveries.ts';
import { selectDeliveriesToRedrive, updateDelivery } from './deliveries.sql.ts';
import { updateEndpointFailing } from './endpoints.sql.ts';
import type { Target } from './targets.ts';

/** Failed deliveries are kept, and may be tried again, for this long. */
const redriveWithinMs = 30 * 86_400_000;

/** Each success brings back a few, so that an endpoint that has just recovered is not run over. */
const redriveBatch = 25;

/**
 * A new cycle for failed deliveries of an endpoint that answers again, the oldest first. Each is redriven once: an event
 * that its receiver always refuses must not come back for ever.
 */
export async function redriveDeliveries(
  tx: Tx,
  { customerId, endpointId, ordering }: Pick<Target, 'customerId' | 'endpointId' | 'ordering'>,
): Promise<void> {
  const page = { sinceMs: tx.now - redriveWithinMs, limit: redriveBatch };
  const failed = await selectDeliveriesToRedrive(tx, customerId, endpointId, page);
  for (const { id, instance_id: instanceId } of failed) {
    await updateDelivery(tx, customerId, id, { ...newCycle(tx), redriven_at: tx.now });
    await enqueueDelivery(tx, { id, customerId, endpointId, instanceId, ordering });
  }
  if (failed.length < redriveBatch) await updateEndpointFailing(tx, customerId, endpointId, null);
}

/** The columns of a delivery that begins anew, under the event id that it has. */
export const newCycle = (tx: Tx) => ({
  status: 'pending',
  cycle_attempts: 0,
  next_attempt_at: tx.now,
  delivered_at: null,
});
