import type { Metrics } from '../platform/index.ts';

export type MediaMetrics = {
  /** Bytes that went to WhatsApp or came from it, and how it ended. */
  count(direction: 'in' | 'out', outcome: 'done' | 'failed', bytes: number): void;
};

export function createMediaMetrics(metrics: Metrics): MediaMetrics {
  const transfers = metrics.createCounter({
    name: 'media_transfers_total',
    help: 'Files brought to WhatsApp (out) and fetched from it (in), each try by how it ended.',
    labels: ['direction', 'outcome'],
  });
  const bytesMoved = metrics.createCounter({
    name: 'media_bytes_total',
    help: 'Bytes of the files that were transferred whole.',
    labels: ['direction'],
  });
  return {
    count: (direction, outcome, bytes) => {
      transfers.add({ direction, outcome });
      if (outcome === 'done') bytesMoved.add({ direction }, bytes);
    },
  };
}
