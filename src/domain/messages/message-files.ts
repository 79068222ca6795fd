import type { Tx } from '../../db/index.ts';
import { makeJobDue, withdrawJob } from '../../lanes/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ChatRef, MediaType, MessageName } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { readChat, readChatRef } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import {
  type Bringer,
  type FileFacts,
  type MediaRow,
  readAnyMedia,
  recordConverted,
  requestFetch,
  requireMedia,
} from '../media/index.ts';
import { recordMessageEvent, recordStep } from './accept-message.ts';
import { needsUpload, repeatUpload } from './enqueue-upload.ts';
import { selectJobMessage, updateMessage } from './messages.sql.ts';
import { type MessageRow, requireMessage } from './messages.ts';
import { nameOf } from './reading.ts';

export type UploadTask = { readonly message: MessageRow; readonly type: MediaType; readonly media: MediaRow };

/** What is to be uploaded for a message; undefined when it is over, or has been uploaded already. */
export async function readUploadTask(tx: Tx, id: Id<'msg'>): Promise<UploadTask | undefined> {
  const message = await selectJobMessage(tx, id);
  if (message?.status !== 'queued' || message.media_id === null || !needsUpload(message, tx.now)) return undefined;
  const media = await readAnyMedia(tx, message.media_id);
  return media && { message, type: asMediaType(message.type), media };
}

/** Only messages with a file have one, and their types are these. */
function asMediaType(type: string): MediaType {
  return type as MediaType;
}

/** The message may leave now: whatever happens from here on, it carries what this upload said. */
export async function recordUploaded(tx: Tx, message: MessageRow, file: Uint8Array): Promise<void> {
  await updateMessage(tx, message.customer_id, message.id, { uploaded: file, uploaded_at: tx.now });
  await recordStep(tx, message.id, 'media_uploaded');
  await makeJobDue(tx, { family: 'send', scopeId: message.instance_id }, message.id);
}

/** It is tried again; until then the timeline says why the message waits. */
export const recordUploadTry = (tx: Tx, id: Id<'msg'>, detail: string): Promise<void> =>
  recordStep(tx, id, 'media_not_uploaded', { reason: detail });

/**
 * The file of a message was made a voice message, which lies in its place: from now on it is the file of the message, and is
 * brought to WhatsApp next. A waveform that the caller gave stays.
 */
export async function recordVoice(
  tx: Tx,
  { message, media }: UploadTask,
  voice: { readonly file: FileFacts; readonly waveform: readonly number[] },
  keepMs: number,
): Promise<void> {
  const current = await readUploadTask(tx, message.id);
  if (!current) return;
  const { filename: _none, ...facts } = voice.file;
  const mediaId = await recordConverted(tx, media, voice.file, keepMs);
  const content = JSON.parse(current.message.content);
  const waveform = content.media.waveform ?? voice.waveform;
  await updateMessage(tx, message.customer_id, message.id, {
    media_id: mediaId,
    content: JSON.stringify({ ...content, media: { ...facts, waveform } }),
  });
  await recordStep(tx, message.id, 'media_converted');
  await repeatUpload(tx, message);
}

/** The message certainly does not leave, and those behind it go on. */
export async function recordUploadFailed(
  tx: Tx,
  message: MessageRow,
  detail: string,
  code: 'media_upload_failed' | 'media_conversion_failed' = 'media_upload_failed',
): Promise<void> {
  const withdrawn = await withdrawJob(tx, { family: 'send', scopeId: message.instance_id }, message.id);
  if (!withdrawn) return;
  await updateMessage(tx, message.customer_id, message.id, {
    status: 'failed',
    error_code: code,
    error_message: detail,
  });
  await recordMessageEvent(tx, message.customer_id, message.id, 'message.failed');
}

export type FetchTask = {
  readonly media: MediaRow;
  readonly message: Bringer;
  readonly payload: Uint8Array | null;
  /** By which whoever has the file knows what is asked for. */
  readonly name: MessageName & { readonly chat: ChatRef };
};

/** What is to be fetched; undefined when nobody waits for it any more. */
export async function readFetchTask(tx: Tx, id: Id<'med'>): Promise<FetchTask | undefined> {
  const media = await readAnyMedia(tx, id);
  const message = media?.message_id && media.state === 'pending' ? await selectJobMessage(tx, media.message_id) : null;
  if (!media || !message) return undefined;
  const { customer_id: customerId, chat_id: chatId, direction, payload } = message;
  const chat = await readChat(tx, customerId, chatId);
  if (!chat) throw new Error(`message ${message.id} is in a chat that is not there`);
  const name = {
    ...(await nameOf(tx, customerId, message)),
    fromMe: direction === 'out',
    chat: await readChatRef(tx, chat),
  };
  return { media, message: { ...message, chat_kind: asChatKind(message.chat_kind) }, payload, name };
}

/** The check of the column allows these alone. */
function asChatKind(kind: string): Bringer['chat_kind'] {
  return kind as Bringer['chat_kind'];
}

/** Has the file fetched that a message brought and that is not here. Throws `media_not_found` when it brought none. */
export async function fetchFileOf(tx: Tx, caller: Caller, id: Id<'msg'>): Promise<MediaRow> {
  const { row } = await requireMessage(tx, caller, id);
  if (row.media_id === null) throw new GatewayError('media_not_found', { message_id: id });
  await requestFetch(tx, await requireMedia(tx, caller, row.media_id));
  return requireMedia(tx, caller, row.media_id);
}
