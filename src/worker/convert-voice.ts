import { describeFile, removeUnused } from '../domain/media/index.ts';
import { recordUploadFailed, recordVoice, type UploadTask, voiceBytesMax } from '../domain/messages/index.ts';
import { GatewayError, UnconvertibleSound } from '../platform/index.ts';
import type { Ending, TransferDeps } from './media-transfer.ts';

const dayMs = 86_400_000;

/** Makes the sound of a message a voice message, once: what comes of it is written down before it is brought to WhatsApp. */
export async function convertVoice(deps: TransferDeps, task: UploadTask, path: string): Promise<Ending> {
  const { db, blobs, config, signal } = deps;
  const fail = (detail: string): Ending => ({
    kind: 'done',
    end: (tx) => recordUploadFailed(tx, task.message, detail, 'media_conversion_failed'),
  });
  if (!deps.convertVoice) return fail('The sound is no OGG with Opus, and ffmpeg is not here any more.');
  try {
    const conversion = deps.convertVoice(path, signal);
    const draft = await blobs.draft(conversion.chunks, voiceBytesMax);
    const voice = { file: describeFile(draft, {}), waveform: conversion.drawWaveform() };
    const release = await draft.place();
    return {
      kind: 'done',
      end: (tx) => recordVoice(tx, task, voice, config.mediaKeepUploadsDays * dayMs),
      clean: async () => {
        release();
        await removeUnused(db, blobs, draft.sha256);
      },
    };
  } catch (error) {
    if (error instanceof UnconvertibleSound)
      return fail(`The sound could not be made a voice message: ${error.message}.`);
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === 'media_too_large') return fail('As a voice message the sound would be too large.');
    return { kind: 'again', detail: error.message };
  }
}
