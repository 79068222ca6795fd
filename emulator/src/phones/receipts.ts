import { enqueueStanza } from '../clients/outbox.ts';
import { isSharedChat } from '../groups/groups.ts';
import { nowSeconds } from '../lib/clock.ts';
import { privacyOf } from '../people/privacy.ts';
import { type Addressing, STORIES } from '../wire/jids.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { MessageStatus, ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { isChange, messageKey, raiseStatus, storeMessage } from './history.ts';

export type ReceiptType = 'delivered' | 'read';

/** Which messages a receipt is about, and how those in a chat are addressed. */
type About = { ids: string[]; addressing: Addressing; group?: string | undefined };

/** In a group, a message has been got or read once everyone else has. */
const noteInGroup = (
  world: World,
  sender: AccountState,
  reader: AccountState,
  message: ShownMessage,
  status: MessageStatus,
): boolean => {
  const { deliveredTo = [], readBy = [] } = message.fate ?? {};
  const { number } = reader.account;
  const got = new Set([...deliveredTo, number]);
  const read = new Set(status === 'read' ? [...readBy, number] : readBy);
  message.fate = { ...message.fate, deliveredTo: [...got], readBy: [...read] };
  storeMessage(world, sender, message);
  const members = [...(world.groups.get(message.chat)?.members.keys() ?? [])];
  const reached = status === 'read' ? read : got;
  return members.every((member) => member === sender.account.number || reached.has(member));
};

/** Moves the sender's own view of messages that somebody has got or read. */
export const noteReceipt = (
  world: World,
  sender: AccountState,
  reader: AccountState,
  about: Pick<About, 'ids' | 'group'>,
  status: MessageStatus,
): void => {
  for (const id of about.ids) {
    const message = sender.messageById.get(messageKey(about.group ?? reader.account.number, id));
    if (message?.direction !== 'out') continue;
    const isReached = about.group === undefined || noteInGroup(world, sender, reader, message, status);
    if (isReached) raiseStatus(world, sender, message, status);
  }
};

/** A phone tells the sender's devices that it got, or that its person read, these messages. */
export const sendReceipt = (
  world: World,
  reader: AccountState,
  sender: AccountState,
  type: ReceiptType,
  about: About,
): void => {
  const [first, ...others] = about.ids;
  if (first === undefined) return;
  if (type === 'read' && privacyOf(reader, 'readreceipts') === 'none') return;
  if (world.faults.strike('withhold_receipts', reader.account.number)) return;
  noteReceipt(world, sender, reader, about, type);
  const self = jidOf(reader, about.addressing);
  const attributes = {
    ...(about.group === undefined ? { from: self } : { from: about.group, participant: self }),
    id: first,
    t: nowSeconds(),
    type: type === 'read' ? 'read' : undefined,
  };
  const items = others.map((id) => node('item', { id }));
  const receipt = node('receipt', attributes, items.length ? [node('list', {}, items)] : undefined);
  for (const client of clientsOf(sender)) enqueueStanza(world, sender, client.id, receipt);
};

/** The person has read on one device, 0 is the phone: the messages are read on the phone, and all other clients are told. */
export const shareReading = (
  world: World,
  reader: AccountState,
  sender: AccountState,
  about: About,
  by: number,
): void => {
  const [first, ...others] = about.ids;
  if (first === undefined) return;
  for (const id of about.ids) {
    const message = reader.messageById.get(messageKey(about.group ?? sender.account.number, id));
    if (message?.direction === 'in') raiseStatus(world, reader, message, 'read');
  }
  const self = jidOf(reader, about.addressing);
  const attributes = {
    ...(about.group === undefined ? { from: self } : { from: about.group, participant: self }),
    recipient: jidOf(sender, about.addressing),
    id: first,
    type: privacyOf(reader, 'readreceipts') === 'none' ? 'read-self' : 'read',
    t: nowSeconds(),
  };
  const items = others.map((id) => node('item', { id }));
  const receipt = node('receipt', attributes, items.length ? [node('list', {}, items)] : undefined);
  for (const client of clientsOf(reader)) {
    if (client.id !== by) enqueueStanza(world, reader, client.id, receipt);
  }
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
      // Whoever reads all chats has not looked at a single story.
      (wanted.chat === undefined ? message.chat !== STORIES : message.chat === wanted.chat) &&
      (wanted.ids === undefined || wanted.ids.includes(message.id)),
  );
  const bySender = Map.groupBy(unread, (message) => `${message.chat}|${message.from}|${message.addressing}`);
  for (const messages of bySender.values()) {
    const [newest] = messages;
    const sender = world.accounts.get(newest?.from ?? '');
    const group = isSharedChat(newest?.chat) ? newest?.chat : undefined;
    for (let start = 0; start < messages.length; start += READ_AT_ONCE_MAX) {
      const portion = messages.slice(start, start + READ_AT_ONCE_MAX);
      const ids = portion.map((message) => message.id);
      const about = { ids, addressing: portion[0]?.addressing ?? 'lid', group };
      if (!sender) continue;
      sendReceipt(world, reader, sender, 'read', about);
      shareReading(world, reader, sender, about, 0);
    }
    for (const message of messages) raiseStatus(world, reader, message, 'read');
  }
  return unread.map((message) => message.id);
};
