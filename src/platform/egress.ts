import { isIP } from 'node:net';
import { Agent, type buildConnector } from 'undici';
import type { AllowList } from '../lib/index.ts';
import { elapsed, startTimer } from './clock.ts';
import { createConnector } from './egress-connector.ts';
import { type DownloadHead, type DownloadOutcome, download, type EgressDownload } from './egress-download.ts';
import { type Dispatch, type EgressOutcome, type EgressTimings, exchange } from './egress-exchange.ts';
import { isSilence } from './egress-failure.ts';
import { createGuard, type Guard, type Target } from './egress-guard.ts';
import { createLookup, type Lookup } from './egress-lookup.ts';

export type { DownloadFailureCode, DownloadHead, DownloadOutcome, EgressDownload } from './egress-download.ts';
export type { EgressOutcome, EgressTimings } from './egress-exchange.ts';
export type { EgressFailureCode } from './egress-failure.ts';

export type UrlCheck = { ok: true; url: URL } | { ok: false; why: string };

export type EgressPost = {
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  /** For the whole attempt, from looking up the name to the last byte of the answer. */
  timeoutMs: number;
  signal?: AbortSignal;
};

export type EgressOptions = {
  /** Networks and hosts that are allowed beyond public addresses. */
  allow: AllowList;
  /** For names, TCP and TLS together; kept to about half a second. */
  connectTimeoutMs?: number;
  /**
   * A safety net well above what callers allow themselves. A request beyond it waits, within its own time limit, so it
   * must not be the limit that keeps customers of one origin apart.
   */
  connectionsPerOriginMax?: number;
  /** Stands in for the name servers. */
  lookup?: Lookup;
};

export type Egress = {
  /** For an address that is about to be stored. Every address that the name has now must be in order. */
  checkUrl(url: string): Promise<UrlCheck>;
  /** The first address of a host that the guard lets through, for connections that are made elsewhere. */
  findAddress(name: string): Promise<{ ok: true; ip: string } | { ok: false; why: string }>;
  /** One attempt under all rules of the guard. Follows no redirect, tries nothing twice, never rejects. */
  post(input: EgressPost): Promise<EgressOutcome>;
  /** Fetches a file for whoever named its URL: three redirects at most, each under the same rules. `keep` reads what comes. */
  download<T>(
    input: EgressDownload,
    keep: (head: DownloadHead, chunks: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<DownloadOutcome<T>>;
  /** Ends what is under way, which is then `cancelled`. */
  close(): Promise<void>;
};

const connectTimeoutDefaultMs = 5_000;
const connectionsPerOriginDefault = 512;

/** Servers commonly close after 5 s of silence; leaving first spares the race between their closing and our sending. */
const idleMs = 4_000;
const idleHintedMaxMs = 30_000;

const silentSentence = 'The name servers did not answer in time for the host of this URL. Try again later.';
const namelessSentence = 'The host of this URL does not resolve to an address. Check how it is written.';

/**
 * The way out to URLs that strangers chose. Plain https to public addresses is open to all; everything else only by the
 * operator's list; clouds' metadata never. Checked when a URL is stored, and again whenever a connection is opened.
 */
export function createEgress(options: EgressOptions): Egress {
  const timeoutMs = options.connectTimeoutMs ?? connectTimeoutDefaultMs;
  const guard = createGuard(options.allow);
  const names = createLookup({ allow: options.allow, timeoutMs });
  const lookup = options.lookup ?? names.lookup;
  const pool = createPool({
    connect: createConnector({ guard, lookup, timeoutMs }),
    connectionsPerOriginMax: options.connectionsPerOriginMax ?? connectionsPerOriginDefault,
  });

  async function checkUrl(text: string): Promise<UrlCheck> {
    const read = guard.readUrl(text);
    if (!read.ok) return read;
    const why = await whyNotNow(guard, lookup, read.target, timeoutMs);
    return why === undefined ? { ok: true, url: read.url } : { ok: false, why };
  }

  async function findAddress(name: string): Promise<{ ok: true; ip: string } | { ok: false; why: string }> {
    // What is spoken there is not ours to judge, so the host counts like one that is reached by https.
    const target = { host: name.replace(/^\[|\]$/g, ''), secure: true };
    const { host } = target;
    const ips = isIP(host) === 0 ? await lookupInTime(lookup, host, timeoutMs) : [host];
    if (ips === 'no answer') return { ok: false, why: silentSentence };
    const [ip] = ips;
    if (ip === undefined) return { ok: false, why: namelessSentence };
    const verdict = ips.map((one) => guard.vet(target, one)).find((one) => !one.ok);
    return verdict === undefined || verdict.ok
      ? { ok: true, ip }
      : { ok: false, why: `The host leads to ${verdict.why}.` };
  }

  async function post(input: EgressPost): Promise<EgressOutcome> {
    const read = guard.readUrl(input.url);
    if (!read.ok) return { kind: 'failed', code: 'forbidden_address', message: read.why, timings: { totalMs: 0 } };
    const { headers, body, timeoutMs: attemptMs, signal } = input;
    return await exchange(pool.dispatch, { url: read.url, headers, body, timeoutMs: attemptMs, signal });
  }

  async function close(): Promise<void> {
    names.close();
    await pool.destroy();
  }

  return {
    checkUrl,
    findAddress,
    post,
    download: (input, keep) => download({ agent: pool.agent, readUrl: guard.readUrl }, input, keep),
    close,
  };
}

/** Idle connections are kept for seconds only, so that there are no more origins than were called just now. */
function createPool(input: { connect: buildConnector.connector; connectionsPerOriginMax: number }): {
  agent: Agent;
  dispatch: Dispatch;
  destroy(): Promise<void>;
} {
  // The pool opens a connection within the call that needs it, or later for a request that had to wait.
  let opening: EgressTimings | undefined;

  const connect: buildConnector.connector = (options, callback) => {
    const timings = opening;
    const startedMs = elapsed();
    input.connect(options, (...outcome) => {
      if (timings !== undefined) timings.connectMs = elapsed() - startedMs;
      callback(...outcome);
    });
  };

  const agent = new Agent({
    connect,
    allowH2: false,
    connections: input.connectionsPerOriginMax,
    pipelining: 1,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleHintedMaxMs,
    // Every exchange has one timer over all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const dispatch: Dispatch = (request, handler, timings) => {
    opening = timings;
    try {
      agent.dispatch(request, handler);
    } finally {
      opening = undefined;
    }
  };

  return { agent, dispatch, destroy: () => agent.destroy() };
}

/** A sentence when the name has no address, or one that may not be called. */
async function whyNotNow(guard: Guard, lookup: Lookup, target: Target, timeoutMs: number): Promise<string | undefined> {
  if (isIP(target.host) !== 0) return undefined;
  const ips = await lookupInTime(lookup, target.host, timeoutMs);
  if (ips === 'no answer') return silentSentence;
  if (ips.length === 0) return namelessSentence;
  for (const ip of ips) {
    const verdict = guard.vet(target, ip);
    if (!verdict.ok) return `The host of this URL leads to ${verdict.why}.`;
  }
  return undefined;
}

async function lookupInTime(lookup: Lookup, host: string, timeoutMs: number): Promise<readonly string[] | 'no answer'> {
  const { promise: late, resolve } = Promise.withResolvers<'no answer'>();
  const stopTimer = startTimer(timeoutMs, () => resolve('no answer'));
  const found = lookup(host).catch((error: unknown) => (isSilence(error) ? 'no answer' : []));
  const first = await Promise.race([found, late]);
  stopTimer();
  return first;
}
