import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import type { Addressing } from '../wire/jids.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { MessageStatus } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { isChange, messageKey, raiseStatus } from './history.ts';

export type ReceiptType = 'delivered' | 'read';

/** Moves the sender's own view of messages that somebody has got or read. */
export const noteReceipt = (
  world: World,
  sender: AccountState,
  reader: AccountState,
  ids: string[],
  status: MessageStatus,
): void => {
  for (const id of ids) {
    const message = sender.messageById.get(messageKey(reader.account.number, id));
    if (message?.direction === 'out') raiseStatus(world, sender, message, status);
  }
};

/** A phone tells the sender's devices that it got, or that its person read, these messages. */
export const sendReceipt = (
  world: World,
  reader: AccountState,
  sender: AccountState,
  ids: string[],
  type: ReceiptType,
  addressing: Addressing,
): void => {
  const [first, ...others] = ids;
  if (first === undefined) return;
  if (world.faults.strike('withhold_receipts', reader.account.number)) return;
  noteReceipt(world, sender, reader, ids, type);
  const attributes = {
    from: jidOf(reader, addressing),
    id: first,
    t: nowSeconds(),
    type: type === 'read' ? 'read' : undefined,
  };
  const items = others.map((id) => node('item', { id }));
  const receipt = node('receipt', attributes, items.length ? [node('list', {}, items)] : undefined);
  for (const client of clientsOf(sender)) enqueueStanza(world, sender, client.id, receipt);
};

const READ_AT_ONCE_MAX = 200;

/** The person reads: the newest unread messages of a chat, or the given ones. Gives the ids that were unread. */
export const readMessages = (
  world: World,
  reader: AccountState,
  wanted: { chat?: string | undefined; ids?: string[] | undefined },
): string[] => {
  const unread = reader.messages.filter(
    (message) =>
      message.direction === 'in' &&
      !isChange(message) &&
      message.status !== 'read' &&
      (wanted.chat === undefined || message.chat === wanted.chat) &&
      (wanted.ids === undefined || wanted.ids.includes(message.id)),
  );
  const bySender = Map.groupBy(unread, (message) => `${message.chat}|${message.addressing}`);
  for (const messages of bySender.values()) {
    const sender = world.accounts.get(messages[0]?.chat ?? '');
    for (let start = 0; start < messages.length; start += READ_AT_ONCE_MAX) {
      const portion = messages.slice(start, start + READ_AT_ONCE_MAX);
      const ids = portion.map((message) => message.id);
      if (sender) sendReceipt(world, reader, sender, ids, 'read', portion[0]?.addressing ?? 'lid');
    }
    for (const message of messages) raiseStatus(world, reader, message, 'read');
  }
  return unread.map((message) => message.id);
};
