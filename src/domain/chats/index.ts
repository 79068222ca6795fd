/**
 * Chats as whoever uses an instance sees them: a list with what was said last, archived, pinned, muted, read. The rows
 * themselves belong to contacts, since every message needs one; what is done to them is here.
 *
 * Imports messages, labels, contacts, instances, events, audit, customers, network, db, platform and lib.
 */
export { type AnyChatChange, recordChangeByCaller, recordChatChange } from './change-chat.ts';
export type { ChatFilter } from './chats.sql.ts';
export { listChats, requireChat } from './list-chats.ts';
export { findUnreadChat, readAtOnceMax, recordChatReadUpTo, recordReadByCaller, recordReading } from './read-chat.ts';
export { recordPresence } from './record-presence.ts';
export { type ChatView, viewChat, viewChats } from './view-chat.ts';
