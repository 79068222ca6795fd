/**
 * Why nothing was answered. `forbidden_address`: our guard refused the target. `dns`: the name gave no address. `connect`:
 * no connection. `tls`: no trust or no common protocol. `reset`: the connection ended before the answer did. `protocol`:
 * what came back is not HTTP. `invalid_request`: it cannot be put into HTTP. `cancelled`: we ended it ourselves.
 */
export type EgressFailureCode =
  | 'forbidden_address'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'reset'
  | 'protocol'
  | 'invalid_request'
  | 'cancelled';

/** `message` is a sentence that may be shown to the owner of the target. */
export type EgressFailure = { code: EgressFailureCode; message: string };

/** Carries a finding of ours through undici, which knows nothing but errors. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly code: EgressFailureCode;

  constructor(code: EgressFailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const sentences: Readonly<Record<string, EgressFailure>> = {
  ECONNREFUSED: { code: 'connect', message: 'The connection was refused.' },
  EHOSTUNREACH: { code: 'connect', message: 'The host cannot be reached.' },
  ENETUNREACH: { code: 'connect', message: 'The network cannot be reached.' },
  ETIMEDOUT: { code: 'connect', message: 'The connection timed out.' },
  UND_ERR_CONNECT_TIMEOUT: { code: 'connect', message: 'The connection timed out.' },
  ECONNRESET: { code: 'reset', message: 'The connection was reset before the answer was complete.' },
  EPIPE: { code: 'reset', message: 'The connection was closed while the request was sent.' },
  UND_ERR_SOCKET: { code: 'reset', message: 'The connection was closed before the answer was complete.' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { code: 'reset', message: 'The answer ended before its announced length.' },
  UND_ERR_HEADERS_OVERFLOW: { code: 'protocol', message: 'The headers of the answer are too large.' },
  UND_ERR_INVALID_ARG: {
    code: 'invalid_request',
    message: 'The request has a header or an address that HTTP does not allow.',
  },
  UND_ERR_DESTROYED: { code: 'cancelled', message: 'The gateway is shutting down.' },
  UND_ERR_CLOSED: { code: 'cancelled', message: 'The gateway is shutting down.' },
};

const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$|UNABLE_TO_|CRL_)|CERT|^(HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/** True when a name server gave no usable answer, which is not the same as "there is no such name". */
export function isSilence(error: unknown): boolean {
  return ['ETIMEOUT', 'ESERVFAIL', 'EREFUSED', 'ECONNREFUSED', 'ECANCELLED', 'EAI_AGAIN'].includes(readCode(error));
}

/** What an error from undici, TLS, a socket or our own guard means. */
export function describeFailure(error: unknown): EgressFailure {
  if (error instanceof EgressError) return { code: error.code, message: error.message };
  const code = readCode(error);
  const known = sentences[code];
  if (known !== undefined) return known;
  if (tlsCode.test(code)) return { code: 'tls', message: `TLS failed: ${readMessage(error)} (${code}).` };
  if (readText(error, 'syscall') === 'connect') return { code: 'connect', message: `The connection failed (${code}).` };
  return { code: 'protocol', message: `The answer is no valid HTTP (${code || readMessage(error)}).` };
}

function readCode(error: unknown): string {
  return readText(error, 'code');
}

/** OpenSSL writes its own source file and line into the message; the reason alone says more. */
function readMessage(error: unknown): string {
  return readText(error, 'reason') || readText(error, 'message');
}

function readText(error: unknown, name: string): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
}
