import type { Tx } from '../../db/index.ts';
import { enqueueJob, type Lane, readPlace } from '../../lanes/index.ts';
import type { MessageRow } from './messages.ts';

type Waiting = Pick<MessageRow, 'id' | 'customer_id' | 'instance_id'>;

const mediaLane = (message: Waiting): Lane => ({
  family: 'media',
  customerId: message.customer_id,
  scopeId: message.instance_id,
});

/** An upload is made before its message leaves; WhatsApp keeps it for about a month. */
const uploadGoodMs = 7 * 86_400_000;

/** Whether the file of a message has to be brought to WhatsApp before the message can be built. */
export const needsUpload = (message: MessageRow, nowMs: number): boolean =>
  message.media_id !== null && (message.uploaded === null || (message.uploaded_at ?? 0) + uploadGoodMs < nowMs);

/** Has the file of a message brought to WhatsApp beside the lane of messages: a large one keeps nobody else waiting. */
export async function enqueueUpload(tx: Tx, message: Waiting): Promise<void> {
  const lane = mediaLane(message);
  if ((await readPlace(tx, lane, message.id, 1)) === undefined) await repeatUpload(tx, message);
}

/** The same while an upload of it is under way and ends with this. */
export async function repeatUpload(tx: Tx, message: Waiting): Promise<void> {
  await enqueueJob(tx, mediaLane(message), { kind: 'upload', ref: message.id, orderKey: message.id });
}
