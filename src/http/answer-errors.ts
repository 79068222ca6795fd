import { type ErrorCode, errorTable, GatewayError } from '../platform/index.ts';

export type ErrorAnswer = {
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;
  readonly body: {
    readonly error: {
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };
    readonly request_id: string;
  };
};

/** Seconds, for codes whose cause says nothing more exact in its details. */
const retryAfterDefaults: Partial<Readonly<Record<ErrorCode, number>>> = {
  rate_limited: 1,
  lane_full: 10,
  stream_limit: 10,
  worker_at_capacity: 30,
  pairing_cooldown: 60,
  storage_unavailable: 5,
  shutting_down: 5,
  internal: 5,
};

/** What the library that speaks HTTP calls these things. */
const foreignCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_json',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_NOT_FOUND: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

/** The one place where whatever went wrong becomes an answer. What we do not know is `internal` and tells nothing. */
export function answerError(error: unknown, requestId: string): ErrorAnswer {
  const told = error instanceof GatewayError ? error : translate(error);
  const { status, message, retry } = errorTable[told.code];
  const { details } = told;
  return {
    statusCode: status,
    retryAfterSeconds: retry ? readRetryAfter(told) : undefined,
    body: { error: { code: told.code, message, ...(details && { details }) }, request_id: requestId },
  };
}

function translate(error: unknown): GatewayError {
  const code = error instanceof Error && 'code' in error ? foreignCodes[String(error.code)] : undefined;
  return new GatewayError(code ?? 'internal', undefined, { cause: error });
}

/** Details may say `null` where trying again is of no use until something else has happened. */
function readRetryAfter(error: GatewayError): number | undefined {
  const given = error.details?.retry_after_seconds;
  if (given === null) return undefined;
  return typeof given === 'number' ? given : (retryAfterDefaults[error.code] ?? 5);
}
