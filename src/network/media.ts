import type { ChatRef } from './chat-ref.ts';
import type { MessageName } from './chats.ts';
import type { MediaType } from './inbound-content.ts';

/** What a message that we send says about its file. */
export type OutboundMedia = {
  readonly mimeType: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly filename?: string;
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  readonly animated?: boolean;
  /** Up to 64 values from 0 to 100. */
  readonly waveform?: readonly number[];
};

export type MediaUpload = {
  readonly type: MediaType;
  readonly bytes: number;
  /** The content from its beginning; it is read twice. */
  open(): AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
};

/** `file` is what the message has to say of it, in the network's own form: key, place and hashes. */
export type UploadOutcome =
  | { readonly kind: 'uploaded'; readonly file: Uint8Array }
  | { readonly kind: 'failed'; readonly detail: string };

export type MediaDownload = {
  /** The message that brings it, in the network's own form. */
  readonly payload: Uint8Array;
  /** What it is called when whoever has the file is asked to bring it again. */
  readonly name: MessageName & { readonly chat: ChatRef };
  readonly bytesMax: number;
  /**
   * Reads the content as it comes. It is proven whole and unaltered only when it has ended; before, what was read is worth
   * nothing. What this throws ends the download.
   */
  keep(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * What became of a download. `gone`: the network keeps it no more, and nobody brought it again. `damaged`: what came is not what was sent. `unusable`: the
 * message names nothing that could be fetched. `failed`: it may go better next time.
 */
export type DownloadOutcome =
  | { readonly kind: 'kept' }
  | {
      readonly kind: 'gone' | 'damaged' | 'unusable' | 'too_large' | 'failed';
      readonly detail: string;
    };
