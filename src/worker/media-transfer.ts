import type { Db, Tx } from '../db/index.ts';
import type { InstanceRow } from '../domain/instances/index.ts';
import type { FetchFailure } from '../domain/media/index.ts';
import type { NetworkSession } from '../network/index.ts';
import type { BlobStore, Config, ConvertVoice } from '../platform/index.ts';
import type { MediaMetrics } from './media-metrics.ts';

export type MediaConfig = Pick<
  Config,
  | 'mediaMaxBytes'
  | 'mediaQuotaBytes'
  | 'mediaKeepInboundDays'
  | 'mediaKeepUploadsDays'
  | 'mediaTransferTimeoutMs'
  | 'mediaTriesMax'
>;

/** What one transfer is given. */
export type TransferDeps = {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly config: MediaConfig;
  /** Undefined once the connection is gone. */
  readonly session: NetworkSession | undefined;
  readonly instance: InstanceRow;
  /** Aborted when its time is over, or the worker stops. */
  readonly signal: AbortSignal;
  readonly metrics: MediaMetrics;
  /** Undefined where there is no program for it. */
  readonly convertVoice: ConvertVoice | undefined;
};

/** How a transfer ended: `end` runs in the transaction that ends its job, `clean` after it; `again` may go better next time. */
export type Ending =
  | { readonly kind: 'done'; readonly end: (tx: Tx) => Promise<void>; readonly clean?: () => Promise<void> }
  | { readonly kind: 'again'; readonly detail: string; readonly code?: FetchFailure };
