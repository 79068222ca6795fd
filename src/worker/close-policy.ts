import type { StateReason } from '../domain/instances/index.ts';
import type { CloseReason } from '../network/index.ts';

/** What follows a closed session. */
export type CloseConsequence =
  /** Open another at once. */
  | { readonly kind: 'restart' }
  /** Open another after a growing wait: from the base on, or from the longest wait on for what must not be fought. */
  | { readonly kind: 'retry'; readonly pace: 'quick' | 'slow'; readonly reason: StateReason }
  /** The credentials are void. */
  | { readonly kind: 'unlinked' }
  /** Nobody scanned, or the scan came to nothing. */
  | { readonly kind: 'pairing_over'; readonly reason: 'qr_expired' | 'pairing_failed' }
  /** No retry helps: a human has to do something. */
  | { readonly kind: 'failed'; readonly reason: StateReason }
  /** We ended it ourselves and know why. */
  | { readonly kind: 'none' };

const consequences: Readonly<Record<CloseReason, CloseConsequence>> = {
  restart_required: { kind: 'restart' },
  network: { kind: 'retry', pace: 'quick', reason: 'network' },
  unavailable: { kind: 'retry', pace: 'quick', reason: 'unavailable' },
  send_stalled: { kind: 'retry', pace: 'quick', reason: 'send_stalled' },
  storage_failed: { kind: 'retry', pace: 'quick', reason: 'storage_failed' },
  lease_lost: { kind: 'retry', pace: 'quick', reason: 'lease_lost' },
  replaced: { kind: 'retry', pace: 'slow', reason: 'replaced' },
  login_refused: { kind: 'retry', pace: 'slow', reason: 'login_refused' },
  unlinked: { kind: 'unlinked' },
  qr_expired: { kind: 'pairing_over', reason: 'qr_expired' },
  pairing_failed: { kind: 'pairing_over', reason: 'pairing_failed' },
  forbidden: { kind: 'failed', reason: 'forbidden' },
  outdated_client: { kind: 'failed', reason: 'outdated_client' },
  closed: { kind: 'none' },
};

/** Only a confirmed removal voids credentials; everything ambiguous leads to another try. */
export const followClose = (reason: CloseReason): CloseConsequence => consequences[reason];
