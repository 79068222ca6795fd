import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { elapsed, startTimer } from './clock.ts';
import { describeFailure, EgressError, type EgressFailure } from './egress-failure.ts';

/** `connectMs` is there when this attempt had to open its connection: names, TCP and TLS. */
export type EgressTimings = { connectMs?: number; totalMs: number };

export type EgressOutcome =
  | {
      kind: 'answered';
      statusCode: number;
      headers: { 'retry-after'?: string };
      /** The first 16 kB as UTF-8, without NUL; `bodyCut` when there was more. */
      bodyText: string;
      bodyCut: boolean;
      timings: EgressTimings;
    }
  | ({ kind: 'failed'; timings: EgressTimings } & EgressFailure);

export type ExchangeRequest = {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
  timeoutMs: number;
  signal: AbortSignal | undefined;
};

const answerBytesMax = 16_384;

/** Hands a request to the pool; fills in `connectMs` if it opens a connection for it. */
export type Dispatch = (
  request: Dispatcher.DispatchOptions,
  handler: Dispatcher.DispatchHandler,
  timings: EgressTimings,
) => void;

type Answer = { statusCode: number; retryAfter: string | undefined; chunks: Buffer[]; bytes: number };

/**
 * One POST, one outcome, never a rejection. The time limit covers everything from here to the last byte of the answer:
 * silence, a slow drip and an endless body all end by it. Cutting an exchange short costs its connection.
 */
export function exchange(dispatch: Dispatch, request: ExchangeRequest): Promise<EgressOutcome> {
  const startedMs = elapsed();
  const timings: EgressTimings = { totalMs: 0 };
  const { promise: outcome, resolve } = Promise.withResolvers<EgressOutcome>();
  let settled = false;
  let answer: Answer | undefined;
  let controller: Dispatcher.DispatchController | undefined;

  function settle(make: () => EgressOutcome): void {
    if (settled) return;
    settled = true;
    stopTimer();
    request.signal?.removeEventListener('abort', cancel);
    timings.totalMs = elapsed() - startedMs;
    resolve(make());
  }
  const fail = (failure: EgressFailure): void => settle(() => ({ kind: 'failed', ...failure, timings }));
  const finish = (of: Answer): void => settle(() => answered(of, timings));

  /** Before the request has its connection there is nothing to cut yet: its start does it then. */
  function cut(failure: EgressFailure): void {
    fail(failure);
    controller?.abort(new EgressError(failure.code, failure.message));
  }
  const cancel = (): void => cut({ code: 'cancelled', message: 'The attempt was cancelled.' });
  const stopTimer = startTimer(request.timeoutMs, () => cut(timeoutFailure(request.timeoutMs, controller, answer)));
  request.signal?.addEventListener('abort', cancel, { once: true });
  if (request.signal?.aborted) cancel();

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(own) {
      controller = own;
      if (settled) own.abort(new EgressError('cancelled', 'The attempt was over before it was sent.'));
    },
    onResponseStart(_own, statusCode, headers) {
      if (statusCode < 200) return;
      answer = { statusCode, retryAfter: readRetryAfter(headers), chunks: [], bytes: 0 };
    },
    onResponseData(own, chunk) {
      if (settled || answer === undefined) return;
      answer.chunks.push(chunk);
      answer.bytes += chunk.length;
      if (answer.bytes <= answerBytesMax) return;
      finish(answer);
      own.abort(new EgressError('cancelled', 'The answer is longer than what is kept.'));
    },
    onResponseEnd() {
      if (answer !== undefined) finish(answer);
    },
    onResponseError(_own, error) {
      fail(describeFailure(error));
    },
  };
  if (!settled) start();
  return outcome;

  function start(): void {
    const { url, headers, body } = request;
    try {
      dispatch(
        { origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body },
        handler,
        timings,
      );
    } catch (error) {
      fail(describeFailure(error));
    }
  }
}

function answered(answer: Answer, timings: EgressTimings): EgressOutcome {
  const kept = Buffer.concat(answer.chunks).subarray(0, answerBytesMax);
  return {
    kind: 'answered',
    statusCode: answer.statusCode,
    headers: answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter },
    // PostgreSQL stores no NUL in a text.
    bodyText: kept.toString('utf8').replaceAll('\0', '\ufffd'),
    bodyCut: answer.bytes > answerBytesMax,
    timings,
  };
}

function readRetryAfter(headers: IncomingHttpHeaders): string | undefined {
  const value: string | string[] | undefined = headers['retry-after'];
  return Array.isArray(value) ? value[0] : value;
}

function timeoutFailure(timeoutMs: number, controller: unknown, answer: Answer | undefined): EgressFailure {
  if (answer !== undefined) {
    return { code: 'timeout', message: `The answer (${answer.statusCode}) was not complete within ${timeoutMs} ms.` };
  }
  if (controller !== undefined) return { code: 'timeout', message: `No answer within ${timeoutMs} ms.` };
  return { code: 'timeout', message: `No connection was free or ready within ${timeoutMs} ms.` };
}
