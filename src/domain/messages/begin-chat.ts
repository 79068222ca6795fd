import type { Tx } from '../../db/index.ts';
import { isOpen, openChat, recordOpenedByOther } from '../contacts/index.ts';
import { recordStep } from './accept-message.ts';
import { selectAnyInbound, selectHasStep } from './messages.sql.ts';
import type { MessageRow } from './messages.ts';

const windowMs = 24 * 3_600_000;
const held = 'held_by_new_chat_limit';

/**
 * Whether a message may leave that could be the first word to somebody: numbers that write to many strangers get
 * restricted. Answers when to ask again, in milliseconds since the epoch; undefined for now.
 */
export async function beginChat(tx: Tx, message: MessageRow, newChatsMax: number): Promise<number | undefined> {
  const { customer_id: customerId, instance_id: instanceId, chat_id: id } = message;
  if (await isOpen(tx, customerId, id)) return undefined;
  if (await selectAnyInbound(tx, id)) {
    await recordOpenedByOther(tx, customerId, id);
    return undefined;
  }
  const opening = await openChat(tx, { customerId, instanceId, id }, { chatsMax: newChatsMax, windowMs });
  if (opening.kind === 'opened') return undefined;
  // It is looked at again and again, and each time for the same reason.
  if (!(await selectHasStep(tx, message.id, held))) {
    await recordStep(tx, message.id, held, { limit: newChatsMax, until: toIso(opening.untilMs) });
  }
  return opening.untilMs;
}

const toIso = (ms: number): string => new Date(ms).toISOString();
