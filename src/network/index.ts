/**
 * The port: what the core asks of a WhatsApp connection, what a connection may say back, and the store it keeps
 * its keys in. Types only. Each network (WhatsApp Web, the Business API) implements it; nothing here knows a wire.
 *
 * Imports nothing.
 */

export type { BusinessProfile, BusinessRequests, OpeningHours, OrderDetails, Product } from './business.ts';
export type { CallRequests, CallUpdate } from './calls.ts';
export type { ChatKind, ChatRef, SharedChat } from './chat-ref.ts';
export type { ChatChange, MessageName } from './chats.ts';
export type { CloseReason, ConnectionUpdate, Self } from './connection.ts';
export type {
  InboundRecord,
  InboundUpdate,
} from './content.ts';
export type {
  GroupChange,
  GroupFields,
  GroupInfo,
  GroupMember,
  GroupRequests,
  GroupRole,
  JoinRequest,
  MemberOutcome,
  MemberResult,
} from './groups.ts';
export type {
  InboundCapture,
  InboundKind,
  Route,
  SessionHost,
  SignalBatch,
  SignalKeyWrite,
  SignalStore,
} from './host.ts';
export type { Identity } from './identity.ts';
export type { ContactCard, InboundContent, InboundContext, InboundMedia, MediaType } from './inbound-content.ts';
export type { LabelFields, LabelUpdate } from './labels.ts';
export type { DownloadOutcome, MediaDownload, MediaUpload, OutboundMedia, UploadOutcome } from './media.ts';
export type { InboundChange, MessageChange, MessageTarget, SealedInput } from './message-changes.ts';
export type { Capability, LookUp, Network, NetworkSession, RefusalCode, SendInput, SendOutcome } from './network.ts';
export type {
  NewsletterChange,
  NewsletterFields,
  NewsletterInfo,
  NewsletterRequests,
  NewsletterRole,
} from './newsletters.ts';
export type { MessageRef, OutboundContent, OutboundMessage, StoryFont } from './outbound-content.ts';
export type { PeopleRequests, Privacy, PublicProfile } from './people.ts';
export type { PresenceUpdate } from './presence.ts';
export type { RequestKind, RequestOutcome, RequestRefusal, Requests } from './requests.ts';
