import type { InboundRecord, InboundUpdate } from './content.ts';
import type { SessionHost } from './host.ts';
import type { Identity } from './identity.ts';
import type { DownloadOutcome, MediaDownload, MediaUpload, UploadOutcome } from './media.ts';
import type { MessageChange, SealedInput } from './message-changes.ts';
import type { OutboundContent, OutboundMessage } from './outbound-content.ts';
import type { RequestKind, RequestOutcome, Requests } from './requests.ts';

/** What a network may or may not be able to do. What it lacks answers 501 with this name. */
export type Capability =
  | 'link_by_qr'
  | 'link_by_code'
  | 'look_up_recipients'
  | 'send_stories'
  | `send_${OutboundContent['type']}`
  | RequestKind;

/** Codes are API: they appear in `message.failed`. */
export type RefusalCode =
  | 'recipient_not_on_whatsapp'
  | 'account_restricted'
  | 'new_chat_limit'
  | 'not_in_group'
  | 'group_admins_only'
  | 'rejected_by_whatsapp'
  | 'rate_limited';

/** What became of a send. `unknown` means that it may have been delivered: nobody may claim that it failed. */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly atMs: number }
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      /** What a refusal concerns: this chat only, or everything this number sends. */
      readonly scope: 'message' | 'instance';
      readonly detail: string;
    }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** `destination` and `payload` are the network's own: stored before the first attempt, the same on every attempt. */
export type SendInput = {
  readonly networkId: string;
  readonly destination: string;
  readonly payload: Uint8Array;
  /** Whom a story is for, the same on every attempt. */
  readonly audience?: readonly Identity[];
  /** True when an earlier attempt may have reached the network. */
  readonly again: boolean;
};

/** `exists: false` is the network's word that the number has no WhatsApp. */
export type LookUp =
  | { readonly phone: string; readonly exists: true; readonly identity: Identity; readonly destination: string }
  | { readonly phone: string; readonly exists: false };

/** One live socket of one instance. It ends once, for good; whoever opened it decides whether to open another. */
export type NetworkSession = {
  /** Never rejects. Resolves within the send time-out; a time-out cuts the line before `unknown` is said. */
  send(input: SendInput): Promise<SendOutcome>;
  /** Asks WhatsApp about phone numbers (digits). Rejects when it cannot be asked. */
  lookUp(phones: readonly string[]): Promise<readonly LookUp[]>;
  /** Asks WhatsApp for something else than a message. Never rejects, and resolves in bounded time. */
  ask<K extends RequestKind>(kind: K, input: Requests[K]['input']): Promise<RequestOutcome<K>>;
  /** Brings a file to WhatsApp, for a message to come. Never rejects; ends with the signal at the latest. */
  uploadMedia(input: MediaUpload): Promise<UploadOutcome>;
  /** Fetches the file of a message. Rejects with what `keep` throws by itself, and with nothing else. */
  downloadMedia(input: MediaDownload): Promise<DownloadOutcome>;
  /**
   * A code that the person types into the phone of this number instead of scanning; the one before is void. Rejects when
   * the session does not show QR codes.
   */
  requestLinkCode(phone: string): Promise<string>;
  /** Ends the session and keeps the credentials. Resolves when the socket is gone. */
  close(): Promise<void>;
  /** Tells WhatsApp to remove this device, then ends. Resolves in bounded time even when WhatsApp does not answer. */
  unlink(): Promise<void>;
  /** Milliseconds since the epoch; undefined where it has not happened yet. */
  health(): { readonly lastFrameAtMs?: number; readonly lastAckAtMs?: number; readonly lastSendAtMs?: number };
};

/** A WhatsApp network behind the port. */
export type Network = {
  readonly name: 'whatsapp_web';
  readonly capabilities: ReadonlySet<Capability>;
  /** Names the server that credentials belong to: an instance linked under one never connects under another. */
  readonly root: string;
  /** Where stories go. */
  readonly storyAddress: string;
  /** Whether the network's server can be reached at all; false after `timeoutMs`. Never rejects. */
  probe(timeoutMs: number): Promise<boolean>;
  /** Opens a session. Returns no error: whatever goes wrong comes through `host.say`. */
  connect(host: SessionHost): NetworkSession;
  /** A fresh message id in the network's own shape. */
  newMessageId(): string;
  /**
   * Where somebody can be written to who is known by no phone number that could be looked up. Undefined when the identity
   * names no place either.
   */
  destinationOf(identity: Identity): string | undefined;
  /** The bytes that every attempt of this message will carry. Throws for what it refers to and cannot be made out. */
  buildPayload(message: OutboundMessage): Uint8Array;
  /** Says what a journaled stanza means. Pure, and never throws for what a stranger can send: that is `ignored`. */
  interpret(record: InboundRecord): readonly InboundUpdate[];
  /** Reads a change that is sealed with the secret of its target. Pure; undefined for what does not open, which anybody can send. */
  openSealed(input: SealedInput): MessageChange | undefined;
  /** A message as it went out or came in, in the network's own words: plain JSON, null for what cannot be read. Pure. */
  describeRaw(raw: Uint8Array): unknown;
};
