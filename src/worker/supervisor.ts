import type { Tx } from '../db/index.ts';
import {
  createSignalStore,
  type InstanceRow,
  type QrCode,
  recordConnected,
  recordLinked,
  recordPairingRound,
  recordQr,
  recordRestricted,
  recordState,
  recordUnlinked,
} from '../domain/instances/index.ts';
import { readOutboundPayload } from '../domain/messages/index.ts';
import { ownLane } from '../lanes/index.ts';
import { exponential } from '../lib/index.ts';
import type { ConnectionUpdate, LookUp, NetworkSession } from '../network/index.ts';
import { GatewayError } from '../platform/index.ts';
import { followClose } from './close-policy.ts';
import type { SessionsDeps } from './session-deps.ts';

export type Supervisor = {
  /** Keeps a session open from now on. Does nothing while it already does. */
  start(): void;
  /** Ends the session for good; `unlink` tells WhatsApp to forget this device first. */
  stop(how: 'close' | 'unlink'): Promise<void>;
  /** Ends the present session; another follows as after a dropped line. */
  drop(): void;
  readConnected(): NetworkSession | undefined;
  /** The QR code that can be scanned now, waited for up to `waitMs`. */
  readQr(waitMs: number): Promise<QrCode | undefined>;
  lookUp(phones: readonly string[]): Promise<readonly LookUp[]>;
  status(): {
    readonly connected: boolean;
    readonly stalled: boolean;
    /** `open` once the server has answered, `failing` when the last session ended without an answer. */
    readonly line: 'open' | 'failing' | 'unknown';
  };
};

type Deps = SessionsDeps & { readonly gate: { pass(signal: AbortSignal): Promise<void> } };

/**
 * Looks after the connection of one instance: opens a session, records what it says in the order in which it is said,
 * and decides what follows when it closes. Every state but the resting ones has a deadline.
 */
export function createSupervisor(deps: Deps, instance: InstanceRow): Supervisor {
  const { db, clock, config, log } = deps;
  const id = instance.id;
  let running: { stop: AbortController; done: Promise<void> } | undefined;
  let session: NetworkSession | undefined;
  let connected = false;
  let line: 'open' | 'failing' | 'unknown' = 'unknown';
  let qr: QrCode | undefined;
  let qrWaiters: (() => void)[] = [];
  let records: Promise<unknown> = Promise.resolve();

  /** In the order of the words; a failure is logged, since the next word or the next start says it again. */
  const record = (write: (tx: Tx) => Promise<unknown>): Promise<unknown> => {
    records = records
      .then(() => db.tx(write))
      .catch((error: unknown) => log.error({ instance_id: id, err: error }, 'a state could not be recorded'));
    return records;
  };

  const showQr = (code: QrCode | undefined): void => {
    qr = code;
    for (const wake of qrWaiters) wake();
    qrWaiters = [];
  };

  /** One session from opening to its last word. Answers why it ended. */
  const runSession = async (stop: AbortSignal): Promise<Extract<ConnectionUpdate, { state: 'closed' }>> => {
    const lane = { family: 'send' as const, customerId: instance.customer_id, scopeId: id };
    const epoch = await db.tx((tx) => ownLane(tx, lane, deps.lease.worker));
    if (epoch === undefined)
      return { state: 'closed', reason: 'lease_lost', detail: 'another worker owns the instance' };

    const closed = Promise.withResolvers<Extract<ConnectionUpdate, { state: 'closed' }>>();
    let timedOut = false;
    const startDeadline = () =>
      clock.startTimer(config.connectDeadlineMs, () => {
        timedOut = true;
        void session?.close();
      });
    let cancelDeadline = startDeadline();
    const say = (update: ConnectionUpdate): void => {
      if (update.state !== 'restricted') cancelDeadline();
      // WhatsApp ends the socket after a scan, and until it does there is nothing to wait for but that.
      if (update.state === 'linked') cancelDeadline = startDeadline();
      if (update.state === 'closed') {
        closed.resolve(update);
        return;
      }
      line = 'open';
      follow(update);
    };
    session = deps.network.connect({
      instanceId: id,
      store: createSignalStore(deps, {
        instanceId: id,
        customerId: instance.customer_id,
        worker: deps.lease.worker,
        epoch,
      }),
      say,
      readPayload: (networkId) => readOutboundPayload(db.read, id, networkId),
      mayWrite: deps.lease.mayWrite,
    });
    const current = session;
    stop.addEventListener('abort', () => void current.close(), { once: true });
    if (stop.aborted) void current.close();
    const last = await closed.promise;
    cancelDeadline();
    session = undefined;
    connected = false;
    showQr(undefined);
    if (last.reason === 'network' || last.reason === 'unavailable') line = 'failing';
    return timedOut ? { state: 'closed', reason: 'network', detail: 'connecting took longer than its deadline' } : last;
  };

  const follow = (update: Exclude<ConnectionUpdate, { state: 'closed' }>): void => {
    log.info({ instance_id: id, state: update.state }, 'connection');
    switch (update.state) {
      case 'qr':
        showQr({ qr: update.qr, expiresAtMs: update.expiresAtMs });
        return void record((tx) => recordQr(tx, id, { qr: update.qr, expiresAtMs: update.expiresAtMs }));
      case 'linked':
        showQr(undefined);
        return void record((tx) => recordLinked(tx, id, update.self, deps.network.root));
      case 'connected':
        // Before the row says so: a send lane that parks itself meanwhile must see it, or it would sleep on.
        connected = true;
        return void record((tx) => recordConnected(tx, id, update.self));
      case 'restricted':
        return void record((tx) =>
          recordRestricted(tx, id, {
            code: update.code,
            untilMs: update.untilMs ?? clock.now() + config.restrictionHoldMs,
          }),
        );
    }
  };

  /** Writes what a close means; answers how long to wait before the next session, undefined for never. */
  const settleClose = async (
    last: Extract<ConnectionUpdate, { state: 'closed' }>,
    attempt: number,
  ): Promise<number | undefined> => {
    const { detail } = last;
    const next = followClose(last.reason);
    switch (next.kind) {
      case 'restart':
        return 0;
      case 'retry': {
        await record((tx) => recordState(tx, id, { state: 'reconnecting', reason: next.reason, detail }));
        const { reconnectBaseMs: baseMs, reconnectMaxMs: maxMs } = config;
        const quick = exponential({ baseMs, maxMs, attempt, random: deps.random });
        return next.pace === 'slow' ? Math.max(quick, maxMs / 2) : quick;
      }
      case 'unlinked':
        await record((tx) => recordUnlinked(tx, id, detail));
        return undefined;
      case 'pairing_over':
        await record((tx) =>
          recordPairingRound(tx, id, next.reason, {
            roundsMax: config.pairingAttemptsMax,
            cooldownMs: config.pairingCooldownMs,
          }),
        );
        return undefined;
      case 'failed':
        await record((tx) => recordState(tx, id, { state: 'failed', reason: next.reason, detail }));
        return undefined;
      case 'none':
        return undefined;
    }
  };

  const run = async (stop: AbortSignal): Promise<void> => {
    let attempt = 0;
    while (!stop.aborted) {
      await deps.gate.pass(stop);
      if (stop.aborted) return;
      const openedAtMs = clock.elapsed();
      const last = await runSession(stop);
      log.info({ instance_id: id, reason: last.reason, detail: last.detail }, 'session closed');
      if (stop.aborted) return;
      // One that held for a while starts the count anew.
      attempt = clock.elapsed() - openedAtMs > config.reconnectMaxMs ? 0 : attempt + 1;
      const waitMs = await settleClose(last, attempt - 1);
      if (waitMs === undefined) return;
      if (waitMs > 0) await clock.sleep(waitMs, stop);
    }
  };

  const start = (): void => {
    if (running) return;
    const stop = new AbortController();
    const done = refuseForeignRoot()
      .then((refused) => (refused ? undefined : run(stop.signal)))
      .catch((error: unknown) => log.error({ instance_id: id, err: error }, 'a supervisor gave up'))
      .finally(() => {
        if (running?.stop === stop) running = undefined;
      });
    running = { stop, done };
  };

  /** Credentials belong to the server they were made under; any other would learn from the attempt, and void them. */
  const refuseForeignRoot = async (): Promise<boolean> => {
    const { linked_root: linkedRoot } = instance;
    if (linkedRoot === null || linkedRoot === deps.network.root) return false;
    await record((tx) => recordState(tx, id, { state: 'failed', reason: 'foreign_root' }));
    return true;
  };

  return {
    start,
    stop: async (how) => {
      const current = session;
      const { stop, done } = running ?? {};
      if (how === 'unlink' && current && connected) await current.unlink();
      stop?.abort();
      await done;
      await records;
    },
    drop: () => void session?.close(),
    readConnected: () => (connected ? session : undefined),
    status: () => ({ connected, stalled: isStalled(), line }),
    readQr: async (waitMs) => {
      if (!isFresh(qr)) {
        const shown = new Promise<void>((resolve) => qrWaiters.push(resolve));
        await Promise.race([shown, clock.sleep(waitMs)]);
      }
      return isFresh(qr) ? qr : undefined;
    },
    lookUp: async (phones) => {
      if (!session || !connected) throw new GatewayError('not_connected');
      try {
        return await session.lookUp(phones);
      } catch (cause) {
        throw new GatewayError('not_connected', { look_up: false }, { cause });
      }
    },
  };

  function isStalled(): boolean {
    const { lastSendAtMs, lastAckAtMs } = session?.health() ?? {};
    if (!connected || lastSendAtMs === undefined || (lastAckAtMs ?? 0) >= lastSendAtMs) return false;
    return clock.now() - lastSendAtMs > config.ackTimeoutMs;
  }

  function isFresh(code: QrCode | undefined): boolean {
    return code !== undefined && code.expiresAtMs > clock.now();
  }
}
