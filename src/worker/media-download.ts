import type { Tx } from '../db/index.ts';
import {
  describeFile,
  type FetchFailure,
  type FileFacts,
  recordFetched,
  recordNotFetched,
  removeUnused,
} from '../domain/media/index.ts';
import { type FetchTask, readFetchTask } from '../domain/messages/index.ts';
import { isId } from '../lib/index.ts';
import type { DownloadOutcome, MediaDownload, NetworkSession } from '../network/index.ts';
import { type BlobDraft, GatewayError } from '../platform/index.ts';
import type { Ending, TransferDeps } from './media-transfer.ts';

const dayMs = 86_400_000;

/** Fetches the file that a message brought. Killed anywhere, it is fetched again; a file without a row is swept. */
export async function downloadFile(deps: TransferDeps, ref: string): Promise<Ending> {
  if (!isId('med', ref)) throw new Error('a download names no media');
  const task = await deps.db.tx((tx) => readFetchTask(tx, ref));
  if (!task) return { kind: 'done', end: async () => {} };
  const fail = (code: FetchFailure): Ending => ({
    kind: 'done',
    end: (tx) => recordNotFetched(tx, task.media, task.message, code),
  });
  if (deps.instance.deleted_at !== null) return fail('instance_deleted');
  if (task.payload === null) return fail('media_unusable');
  if (!deps.session) return { kind: 'again', detail: 'the instance was not connected' };

  const fetched = await fetchDraft(deps, deps.session, { payload: task.payload, name: task.name });
  deps.metrics.count('in', fetched.kind === 'kept' ? 'done' : 'failed', fetched.draft?.bytes ?? 0);
  if (fetched.kind === 'kept' && fetched.draft && fetched.draft.bytes > 0) return placeFile(deps, task, fetched.draft);
  await fetched.draft?.drop();
  const code = failures[fetched.kind];
  const mayGoBetter = code === 'media_fetch_failed' || code === 'media_damaged';
  return mayGoBetter ? { kind: 'again', detail: fetched.kind, code } : fail(code);
}

/** It can still be asked for. */
export async function giveUpDownload(tx: Tx, ref: string, code: FetchFailure = 'media_fetch_failed'): Promise<void> {
  const task = isId('med', ref) ? await readFetchTask(tx, ref) : undefined;
  if (task) await recordNotFetched(tx, task.media, task.message, code);
}

const failures: Readonly<Record<DownloadOutcome['kind'], FetchFailure>> = {
  // Nothing was in it.
  kept: 'media_unusable',
  failed: 'media_fetch_failed',
  gone: 'media_gone',
  damaged: 'media_damaged',
  unusable: 'media_unusable',
  too_large: 'media_too_large',
};

async function fetchDraft(
  deps: TransferDeps,
  session: NetworkSession,
  what: Pick<MediaDownload, 'payload' | 'name'>,
): Promise<{ kind: DownloadOutcome['kind']; draft: BlobDraft | undefined }> {
  let draft: BlobDraft | undefined;
  const bytesMax = deps.config.mediaMaxBytes;
  const keep = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    draft = await deps.blobs.draft(chunks, bytesMax);
  };
  try {
    const { kind } = await session.downloadMedia({ ...what, bytesMax, keep, signal: deps.signal });
    return { kind, draft };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { kind: error.code === 'media_too_large' ? 'too_large' : 'failed', draft };
  }
}

async function placeFile(deps: TransferDeps, task: FetchTask, draft: BlobDraft): Promise<Ending> {
  const { db, blobs, config } = deps;
  const facts = describeReceived(draft, task);
  const release = await draft.place();
  const how = { quotaBytes: config.mediaQuotaBytes, keepMs: config.mediaKeepInboundDays * dayMs };
  return {
    kind: 'done',
    end: async (tx) => {
      try {
        await recordFetched(tx, task.media, task.message, facts, how);
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code !== 'limit_reached') throw error;
        await recordNotFetched(tx, task.media, task.message, 'media_quota_reached');
      }
    },
    clean: async () => {
      release();
      await removeUnused(db, blobs, draft.sha256);
    },
  };
}

/** What somebody sent is what it is, whatever they said of it. */
function describeReceived(draft: BlobDraft, { media }: FetchTask): FileFacts {
  const filename = media.filename ?? undefined;
  try {
    return describeFile(draft, { mimeType: media.mime_type, filename });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'media_type_mismatch') throw error;
    return describeFile(draft, { filename });
  }
}
