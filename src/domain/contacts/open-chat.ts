import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { selectChat, selectOpenings, updateChatOpened } from './chats.sql.ts';

/** How many chats an instance may begin within `windowMs`; 0 for any number. */
export type OpeningLimit = { readonly chatsMax: number; readonly windowMs: number };

/** Whether the instance has written to this chat before, or was written to; undefined when the chat is gone. */
export async function isOpen(tx: Tx, customerId: Id<'cus'>, id: Id<'cht'>): Promise<boolean> {
  const chat = await selectChat(tx, customerId, id);
  return chat === undefined || chat.kind !== 'person' || chat.opened_at !== null;
}

/** Remembers that somebody else began the chat, which counts for no limit. */
export const recordOpenedByOther = (tx: Tx, customerId: Id<'cus'>, id: Id<'cht'>): Promise<unknown> =>
  updateChatOpened(tx, customerId, id, 0);

/** Begins a chat. Answers when to ask again, in milliseconds since the epoch, when the limit is reached. */
export async function openChat(
  tx: Tx,
  chat: { readonly customerId: Id<'cus'>; readonly instanceId: Id<'ins'>; readonly id: Id<'cht'> },
  { chatsMax, windowMs }: OpeningLimit,
): Promise<{ readonly kind: 'opened' } | { readonly kind: 'full'; readonly untilMs: number }> {
  const openings = chatsMax === 0 ? [] : await selectOpenings(tx, chat.instanceId, tx.now - windowMs, chatsMax);
  const oldest = openings.at(-1);
  if (oldest !== undefined && openings.length === chatsMax) return { kind: 'full', untilMs: oldest + windowMs };
  await updateChatOpened(tx, chat.customerId, chat.id, tx.now);
  return { kind: 'opened' };
}
