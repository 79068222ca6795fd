import type { CloseReason } from '../network/index.ts';

/** What the server said before it closed the stream, as far as it matters for why. */
export type LastWord =
  | { readonly tag: 'failure'; readonly reason: string }
  | { readonly tag: 'stream:error'; readonly code: string; readonly conflict: string };

export type Ending = {
  readonly lastWord?: LastWord;
  /** The error that Baileys ended with; its status codes mix those of stanzas and of HTTP, so they are not trusted. */
  readonly message: string;
  /** Whether we logged in as a linked device, as opposed to asking to be linked. */
  readonly linked: boolean;
  /** Whether a pairing had begun to be answered. */
  readonly pairing: boolean;
};

const failureReasons: Readonly<Record<string, CloseReason>> = {
  // A banned or locked number. The credentials stay: a ban can be lifted.
  402: 'forbidden',
  403: 'forbidden',
  406: 'forbidden',
  405: 'outdated_client',
  409: 'outdated_client',
  500: 'unavailable',
  501: 'unavailable',
  503: 'unavailable',
};

const streamErrorCodes: Readonly<Record<string, CloseReason>> = {
  403: 'forbidden',
  405: 'outdated_client',
  500: 'unavailable',
  503: 'unavailable',
  515: 'restart_required',
};

/**
 * Why a connection ended. `unlinked` voids credentials, so only two things count as it: a stream error that says
 * `device_removed` (with or without its code; Baileys takes it for `replaced` without), and a login of a linked device that
 * WhatsApp itself answers with failure 401, which is how it receives a device that was removed while it was away. An HTTP
 * 401 of a proxy, a bare stream error 401 and everything unknown are not confirmations.
 */
export function closeReasonOf(ending: Ending): CloseReason {
  if (ending.lastWord?.tag === 'failure') return failureReason(ending.lastWord.reason, ending.linked);
  if (ending.lastWord?.tag === 'stream:error') return streamErrorReason(ending.lastWord);
  if (ending.message.includes('QR refs attempts ended')) return 'qr_expired';
  if (ending.pairing) return 'pairing_failed';
  if (/Unexpected server response: 5\d\d/.test(ending.message)) return 'unavailable';
  return 'network';
}

function failureReason(reason: string, linked: boolean): CloseReason {
  if (reason === '401') return linked ? 'unlinked' : 'login_refused';
  return failureReasons[reason] ?? 'login_refused';
}

function streamErrorReason(word: { readonly code: string; readonly conflict: string }): CloseReason {
  if (word.conflict === 'device_removed') return 'unlinked';
  if (word.conflict === 'replaced') return 'replaced';
  if (word.code === '401') return 'login_refused';
  return streamErrorCodes[word.code] ?? 'network';
}
