import type { Identity } from './identity.ts';

/** Who the number is, as the network told us when it let us in. */
export type Self = Identity & { readonly phone: string };

/**
 * Why a connection ended. Only `unlinked` is certain that the credentials are void; every other reason leaves them alone.
 *
 * - `unlinked`: the network says that this device was removed (confirmed)
 * - `restart_required`: asked to reconnect at once, as after pairing
 * - `replaced`: the same credentials are in use elsewhere
 * - `forbidden`: the number is refused (banned or blocked)
 * - `outdated_client`: the network no longer takes this client version
 * - `unavailable`: the network is there and says "later"
 * - `network`: the line dropped, or could not be opened
 * - `login_refused`: a login was refused without a confirmed removal
 * - `qr_expired`: nobody scanned while codes were shown
 * - `pairing_failed`: a scan was answered with something we must not trust or could not finish
 * - `storage_failed`: we could not keep what we received, so we stopped receiving
 * - `lease_lost`: this worker no longer owns the instance
 * - `send_stalled`: a send got no answer in time, so the line was cut to make its outcome definite
 * - `closed`: we closed it ourselves
 */
export type CloseReason =
  | 'unlinked'
  | 'restart_required'
  | 'replaced'
  | 'forbidden'
  | 'outdated_client'
  | 'unavailable'
  | 'network'
  | 'login_refused'
  | 'qr_expired'
  | 'pairing_failed'
  | 'storage_failed'
  | 'lease_lost'
  | 'send_stalled'
  | 'closed';

/** The one state channel. `closed` is said exactly once and is the last word of a session. */
export type ConnectionUpdate =
  | { readonly state: 'qr'; readonly qr: string; readonly expiresAtMs: number }
  | { readonly state: 'linked'; readonly self: Self }
  | { readonly state: 'connected'; readonly self: Self }
  | { readonly state: 'restricted'; readonly code: 463 | 475; readonly untilMs?: number }
  | { readonly state: 'closed'; readonly reason: CloseReason; readonly detail: string };
