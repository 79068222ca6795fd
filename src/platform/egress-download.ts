import type { Dispatcher } from 'undici';
import { startTimer } from './clock.ts';
import { describeFailure, type EgressFailureCode } from './egress-failure.ts';
import type { ReadUrl } from './egress-guard.ts';

export type EgressDownload = {
  readonly url: string;
  /** From looking up the name to the last byte, redirects included. */
  readonly timeoutMs: number;
  /** An answer that announces more is refused before a byte of it is read; whoever keeps it counts what really comes. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
};

/** What the server says of the file; the bytes may say something else. */
export type DownloadHead = { readonly mimeType: string | undefined; readonly filename: string | undefined };

export type DownloadFailureCode = EgressFailureCode | 'bad_status' | 'too_many_redirects' | 'too_large';

export type DownloadOutcome<T> =
  | { readonly kind: 'kept'; readonly value: T }
  | { readonly kind: 'failed'; readonly code: DownloadFailureCode; readonly message: string };

type Failure = Extract<DownloadOutcome<never>, { kind: 'failed' }>;

const redirectsMax = 3;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches a file under all rules of the guard, which looks at every redirect as if it were asked for. `keep` reads the
 * content as it comes; what it throws itself is thrown, and what goes wrong on the line is an outcome.
 */
export async function download<T>(
  deps: { readonly agent: Dispatcher; readonly readUrl: (text: string) => ReadUrl },
  input: EgressDownload,
  keep: (head: DownloadHead, chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<DownloadOutcome<T>> {
  const over = new AbortController();
  let late = false;
  const stopTimer = startTimer(input.timeoutMs, () => {
    late = true;
    over.abort();
  });
  const cancel = (): void => over.abort();
  input.signal?.addEventListener('abort', cancel, { once: true });
  if (input.signal?.aborted) cancel();
  const explain = (error: unknown): Failure => {
    if (late) return failed('timeout', `The file was not there within ${input.timeoutMs} ms.`);
    if (over.signal.aborted) return failed('cancelled', 'The download was cancelled.');
    const { code, message } = describeFailure(error);
    return failed(code, message);
  };

  let lineError: unknown;
  try {
    const found = await follow(deps, input, over.signal);
    if (found.kind === 'failed') return found;
    const chunks = noteFailure(found.body, (error) => {
      lineError = error;
    });
    return { kind: 'kept', value: await keep(found.head, chunks) };
  } catch (error) {
    if (error instanceof LineError) return explain(error.cause);
    if (lineError !== undefined && error === lineError) return explain(error);
    throw error;
  } finally {
    stopTimer();
    input.signal?.removeEventListener('abort', cancel);
    over.abort();
  }
}

class LineError extends Error {
  override readonly name = 'LineError';
}

type Found = { readonly kind: 'found'; readonly head: DownloadHead; readonly body: AsyncIterable<Uint8Array> };

async function follow(
  deps: { readonly agent: Dispatcher; readonly readUrl: (text: string) => ReadUrl },
  input: EgressDownload,
  signal: AbortSignal,
): Promise<Found | Failure> {
  let next = input.url;
  for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
    const read = deps.readUrl(next);
    if (!read.ok) return failed('forbidden_address', read.why);
    const { statusCode, headers, body } = await request(deps.agent, read.url, signal);
    const location = headers.location;
    if (redirectStatuses.has(statusCode) && typeof location === 'string' && URL.canParse(location, read.url.href)) {
      body.on('error', () => {}).destroy();
      next = new URL(location, read.url).href;
      continue;
    }
    const refusal = refuse(statusCode, headers['content-length'], input.bytesMax);
    if (refusal === undefined) return { kind: 'found', head: headOf(headers, read.url), body };
    body.on('error', () => {}).destroy();
    return refusal;
  }
  return failed('too_many_redirects', `The URL leads on more than ${redirectsMax} times.`);
}

async function request(agent: Dispatcher, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  try {
    const headers = { accept: '*/*', 'user-agent': 'Sluice' };
    return await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers,
      signal,
    });
  } catch (cause) {
    throw new LineError('the request failed', { cause });
  }
}

function refuse(statusCode: number, announced: unknown, bytesMax: number): Failure | undefined {
  if (statusCode !== 200) return failed('bad_status', `The server answered with status ${statusCode}.`);
  const bytes = Number(announced ?? 0);
  if (bytes > bytesMax) return failed('too_large', `The file has ${bytes} bytes; ${bytesMax} are allowed.`);
  return undefined;
}

function headOf(headers: Dispatcher.ResponseData['headers'], url: URL): DownloadHead {
  const type = headers['content-type'];
  const last = url.pathname.split('/').at(-1) ?? '';
  return {
    mimeType: typeof type === 'string' ? type : undefined,
    filename: /^[\w%.-]+\.\w+$/.test(last) ? decodeName(last) : undefined,
  };
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

async function* noteFailure(
  body: AsyncIterable<Uint8Array>,
  note: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    note(error);
    throw error;
  }
}

const failed = (code: DownloadFailureCode, message: string): Failure => ({ kind: 'failed', code, message });
