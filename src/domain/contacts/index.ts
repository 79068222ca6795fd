/**
 * Contacts (people, under every name the network has for them), chats (an instance's conversation with one), and what
 * WhatsApp said about numbers that were asked for.
 *
 * Imports events, customers, bus, network, db, platform and lib.
 */

export type { BusinessProfile, OrderDetails, Product, PublicProfile } from '../../network/index.ts';
export type { ChatRow } from './chats.sql.ts';
export {
  type ChatKey,
  chatKeyOf,
  findChat,
  isChat,
  listChatPeople,
  nameChat,
  readChat,
  readChatRef,
  recordChatActive,
  recordChatCounts,
  resolveChat,
} from './chats.ts';
export {
  type ContactView,
  readContactId,
  readContactIdentity,
  readIdentities,
  recordSavedName,
  viewContact,
  viewContacts,
} from './contacts.ts';
export { findReachable, type ListedContact, listContacts, requireContact } from './list-contacts.ts';
export { lookUpCall, lookUpRecipient, lookUpRecipients } from './look-up-recipient.ts';
export { isOpen, openChat, recordOpenedByOther } from './open-chat.ts';
export { recordRecipientCheck } from './recipient-checks.ts';
export { recordBlocked } from './record-blocked.ts';
export {
  type ContactSource,
  findContact,
  type MergedChat,
  type ResolvedContact,
  resolveContact,
} from './resolve-contact.ts';
