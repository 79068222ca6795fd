import type { Tx } from '../db/index.ts';
import { needsConversion, readUploadTask, recordUploaded, recordUploadFailed } from '../domain/messages/index.ts';
import { isId } from '../lib/index.ts';
import { convertVoice } from './convert-voice.ts';
import type { Ending, TransferDeps } from './media-transfer.ts';

/** Brings the file of a message to WhatsApp. Killed anywhere, it is brought again: nothing of it has been sent yet. */
export async function uploadFile(deps: TransferDeps, ref: string): Promise<Ending> {
  if (!isId('msg', ref)) throw new Error('an upload names no message');
  const task = await deps.db.tx((tx) => readUploadTask(tx, ref));
  // What waits on an instance that was deleted is cancelled by the send loop.
  if (!task || deps.instance.deleted_at !== null) return { kind: 'done', end: async () => {} };
  const { message, media, type } = task;
  const { session } = deps;
  if (!session) return { kind: 'again', detail: 'the instance was not connected' };

  const { sha256, bytes } = media;
  const path = sha256 === null ? undefined : await deps.blobs.locate(sha256);
  if (sha256 === null || bytes === null || path === undefined) {
    const detail = 'The file is not there any more.';
    return { kind: 'done', end: (tx) => recordUploadFailed(tx, message, detail) };
  }
  if (needsConversion(type, { mimeType: media.mime_type })) return convertVoice(deps, task, path);
  const open = async function* () {
    const stream = await deps.blobs.open(sha256);
    if (!stream) throw new Error('the file went away');
    yield* stream;
  };
  const outcome = await session.uploadMedia({ type, bytes, open, signal: deps.signal });
  deps.metrics.count('out', outcome.kind === 'uploaded' ? 'done' : 'failed', bytes);
  if (outcome.kind === 'uploaded') return { kind: 'done', end: (tx) => recordUploaded(tx, message, outcome.file) };
  return { kind: 'again', detail: outcome.detail };
}

/** The message fails for certain, and those behind it go on. */
export async function giveUpUpload(tx: Tx, ref: string, detail: string): Promise<void> {
  const task = isId('msg', ref) ? await readUploadTask(tx, ref) : undefined;
  if (task) await recordUploadFailed(tx, task.message, `The file could not be brought to WhatsApp: ${detail}.`);
}
