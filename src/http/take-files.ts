import type { Caller } from '../domain/customers/index.ts';
import { describeFile, type FileFacts, removeUnused, requireMediaRoom } from '../domain/media/index.ts';
import { type BlobDraft, type DownloadFailureCode, GatewayError } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';

type Deps = Pick<HttpDeps, 'db' | 'blobs' | 'downloadFile' | 'config'>;
type Claim = Parameters<typeof describeFile>[1];

/** Files on their way in, for the time of one request. */
export type IncomingFiles = {
  /** Writes what comes where nobody finds it yet. Throws `limit_reached`, `media_too_large` and `storage_unavailable`. */
  draft(chunks: AsyncIterable<Uint8Array>): Promise<BlobDraft>;
  /** Says what it is, and puts it in its place: rows may refer to it from now on. */
  place(draft: BlobDraft, claim: Claim): Promise<FileFacts>;
  /** Both, for what is at a URL. Throws `media_url_forbidden` and `media_url_failed`, too. */
  fetch(url: string, claim: Claim): Promise<FileFacts>;
};

/** Runs `take`, and removes whatever it brought that no row refers to in the end. */
export async function withFiles<T>(deps: Deps, caller: Caller, take: (files: IncomingFiles) => Promise<T>): Promise<T> {
  const { db, blobs, config } = deps;
  const drafts: BlobDraft[] = [];
  const releases: (() => void)[] = [];

  const draft: IncomingFiles['draft'] = async (chunks) => {
    // Before the first byte is read: whoever has no room left is not made to send all of it.
    await requireMediaRoom(db.read, caller.customerId, config.mediaQuotaBytes, 1);
    const made = await blobs.draft(chunks, config.mediaMaxBytes);
    drafts.push(made);
    return made;
  };
  const place: IncomingFiles['place'] = async (made, claim) => {
    const facts = describeFile(made, claim);
    releases.push(await made.place());
    return facts;
  };
  const fetch: IncomingFiles['fetch'] = async (url, claim) => {
    const input = { url, timeoutMs: config.mediaFetchTimeoutMs, bytesMax: config.mediaMaxBytes };
    const outcome = await deps.downloadFile(input, async (head, chunks) => ({ head, made: await draft(chunks) }));
    if (outcome.kind === 'failed') throw explainFailure(outcome.code, outcome.message, config.mediaMaxBytes);
    const { head, made } = outcome.value;
    return place(made, { mimeType: claim.mimeType ?? head.mimeType, filename: claim.filename ?? head.filename });
  };

  try {
    return await take({ draft, place, fetch });
  } finally {
    for (const release of releases) release();
    for (const made of drafts) {
      await made.drop();
      await removeUnused(db, blobs, made.sha256);
    }
  }
}

function explainFailure(code: DownloadFailureCode, message: string, limit: number): GatewayError {
  if (code === 'forbidden_address') return new GatewayError('media_url_forbidden', { problem: message });
  if (code === 'too_large') return new GatewayError('media_too_large', { limit });
  return new GatewayError('media_url_failed', { reason: code, problem: message });
}
