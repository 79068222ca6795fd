/**
 * Messages: accepted and sent, received and recorded, and the receipts on them. What a network does with one is not
 * known here; a message reaches it as content, a destination and bytes.
 *
 * Imports groups, contacts, instances, events, audit, customers, lanes, network, db, platform and lib.
 */

export {
  type AcceptedMessage,
  acceptMessage,
  cancelMessage,
  type NewMessage,
  type Recipient,
} from './accept-message.ts';
export { beginChat } from './begin-chat.ts';
export { isChange } from './content.ts';
export { enqueueUpload } from './enqueue-upload.ts';
export { needsConversion, voiceBytesMax } from './file-rules.ts';
export type { Hold } from './holds.ts';
export {
  type FetchTask,
  fetchFileOf,
  readFetchTask,
  readUploadTask,
  recordUploaded,
  recordUploadFailed,
  recordUploadTry,
  recordVoice,
  type UploadTask,
} from './message-files.ts';
export {
  listMessages,
  type MessageFilter,
  type MessageRow,
  type MessageStatus,
  type MessageView,
  requireMessage,
} from './messages.ts';
export { requireOrder } from './order.ts';
export { readOutboundPayload } from './outbound-payload.ts';
export type { PersonRef, Said } from './prepare-content.ts';
export { type ReceiptView, readReceipts } from './read-receipts.ts';
export {
  findNewestInbound,
  type MessageGlance,
  readLastMessage,
  readUnread,
  recordRead,
  viewGlances,
} from './reading.ts';
export { type InboundPolicy, recordInbound, recordSetAside } from './receive-message.ts';
export { resolveChatRef, resolveMember, resolvePerson } from './resolve-chat-ref.ts';
export { endSchedule, enqueueDue, rescheduleMessage } from './schedule.ts';
export {
  abandonMessage,
  expireMessages,
  readSendTask,
  recordLookUp,
  recordOutcome,
  recordPreview,
  recordUnsendable,
  type SendTask,
  sendTask,
  startAttempt,
} from './send-message.ts';
export { readTimeline, type TimelineEntry } from './timeline.ts';
