/**
 * Everything that can be made to go wrong, in one place. The README's table is made from this one, so a sentence here is
 * the documentation: what happens, to whom, and which parameters matter.
 */
export const FAULTS = {
  latency:
    'Every stanza of a client takes `ms` longer; `direction` in (from the client), out (to it) or both (default).',
  drop_socket:
    'The TCP connection is cut when a client sends a message; `when` before (the message is lost, default) or after (it is delivered, its server ack is not).',
  drop_on_connect:
    'The TCP connection is cut as soon as a client has connected; with `number`, as soon as it has said who it is.',
  withhold_ack: 'A message from a client is delivered, but the client never gets its server ack.',
  withhold_receipts: 'Delivered and read receipts of the phone with this number are not sent.',
  duplicate:
    'The server delivers the same stanza twice; `to` client (default) or phone. On the way to a phone it is counted as server_duplicates.',
  nack: 'A message from a client is answered with an error ack of `code` (default 479) and not delivered.',
  login_failure: 'A login is refused with `code` (default 503); 401 means unlinked, 403 banned, 405 client too old.',
  corrupt_inbound:
    'A message to a client arrives damaged and cannot be decrypted; the client asks for it again and gets it whole.',
  retry_request:
    'The phone with this number behaves as if it could not read a message from a client, and asks for it again, once a message.',
  hang_iq: 'Queries of a client with namespace `xmlns` (all, if none is given) are never answered.',
  rate_overlimit: 'Queries of a client with namespace `xmlns` (all, if none is given) get error 429, rate-overlimit.',
  low_prekeys:
    "The server forgets a client's one-time keys down to `left` (default 3) and says so, at once or when it is next online.",
  media_failure:
    'The media host answers with `code` (default 500); `direction` in (uploads), out (downloads) or both (default).',
  media_latency: 'The media host answers `ms` later; `direction` in (uploads), out (downloads) or both (default).',
  media_gone:
    'A file that is fetched from the media host is gone there from now on, with `code` (default 410); its phone can bring it again.',
  media_damage: 'The media host hands out a file with one wrong bit in it, so that it does not fit its hash.',
  media_stall: 'The media host hands out half of a file and the rest `ms` later, or never if none is given.',
} as const;

export type FaultKind = keyof typeof FAULTS;

export const FAULT_KINDS = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]];

export type FaultInput = {
  kind: FaultKind;
  /** Account that it is limited to: the client's, or for what phones do the phone's. */
  number?: string | undefined;
  /** Device of that account; any if absent. */
  device?: number | undefined;
  /** How often it strikes before it is gone; without it, until deleted. */
  count?: number | undefined;
  /** Chance that it strikes when it could, 0 to 1; default 1. */
  probability?: number | undefined;
  ms?: number | undefined;
  code?: number | undefined;
  xmlns?: string | undefined;
  when?: 'before' | 'after' | undefined;
  to?: 'client' | 'phone' | undefined;
  direction?: 'in' | 'out' | 'both' | undefined;
  left?: number | undefined;
};

export type Fault = FaultInput & { id: string; struck: number };
