import type { Tx } from '../db/index.ts';
import {
  type AskInput,
  createSignalStore,
  type InstanceRow,
  type QrCode,
  readAnyInstance,
  recordConnected,
  recordLinked,
  recordPairingRound,
  recordQr,
  recordRestricted,
  recordState,
  recordUnlinked,
} from '../domain/instances/index.ts';
import { forgetLabels } from '../domain/labels/index.ts';
import { readOutboundPayload } from '../domain/messages/index.ts';
import { LaneLost, ownLane, requireOwnedLane } from '../lanes/index.ts';
import { exponential } from '../lib/index.ts';
import type {
  CloseReason,
  ConnectionUpdate,
  LookUp,
  NetworkSession,
  RequestKind,
  RequestOutcome,
} from '../network/index.ts';
import { GatewayError } from '../platform/index.ts';
import { followClose } from './close-policy.ts';
import { createPresenceEar } from './hear-presence.ts';
import { openRoute } from './open-route.ts';
import type { SessionsDeps } from './session-deps.ts';
import { writeUntilKept } from './write-until-kept.ts';

export type Supervisor = {
  /** Keeps a session open from now on. Does nothing while it already does. */
  start(): void;
  /** False once it needs a human, or never started. */
  isRunning(): boolean;
  /** Ends the session for good; `unlink` tells WhatsApp to forget this device first. */
  stop(how: 'close' | 'unlink'): Promise<void>;
  /** Ends the present session; another follows as after a dropped line. */
  drop(): void;
  readConnected(): NetworkSession | undefined;
  /** The QR code that can be scanned now, waited for up to `waitMs`. */
  readQr(waitMs: number): Promise<QrCode | undefined>;
  /** A code to type into the phone instead of scanning. Throws `no_qr` while the session shows no QR code. */
  requestLinkCode(phone: string): Promise<string>;
  lookUp(phones: readonly string[]): Promise<readonly LookUp[]>;
  /** Puts a request to WhatsApp. Throws `not_connected` while it cannot be put. */
  ask<K extends RequestKind>(asked: AskInput<K>): Promise<RequestOutcome<K>>;
  status(): {
    readonly connected: boolean;
    readonly stalled: boolean;
    /** `open` once the server has answered, `failing` when the last session ended without an answer. */
    readonly line: 'open' | 'failing' | 'unknown';
  };
};

type Closed = Extract<ConnectionUpdate, { state: 'closed' }>;

type Deps = SessionsDeps & { readonly gate: { pass(signal: AbortSignal): Promise<void> } };

/** In a row. A server that asks for more than this is asked in return to be patient: logins in a loop get a number noticed. */
const restartsAtOnceMax = 3;

/**
 * Looks after the connection of one instance: opens a session, records what it says in the order in which it is said,
 * and decides what follows when it closes. Every state but the resting ones has a deadline.
 */
export function createSupervisor(deps: Deps, instance: InstanceRow): Supervisor {
  const { db, clock, config, log } = deps;
  const id = instance.id;
  const lane = { family: 'send' as const, customerId: instance.customer_id, scopeId: id };
  const stopping = new AbortController();
  const hearPresence = createPresenceEar(deps, id);
  const keeping = { db, clock, log, pauseMs: config.sweepIntervalMs, stopping: stopping.signal };
  let running: Promise<void> | undefined;
  let epoch: number | undefined;
  let session: NetworkSession | undefined;
  /** Why we ended the present session ourselves. */
  let cut: Closed | undefined;
  let connected = false;
  /** Whether the session before had been let in. */
  let wasConnected = false;
  let line: 'open' | 'failing' | 'unknown' = 'unknown';
  let qr: QrCode | undefined;
  let qrWaiters: (() => void)[] = [];
  let records: Promise<unknown> = Promise.resolve();

  /** Owns the lane from now on, and may speak and write for the instance until somebody else does. */
  const claim = async (): Promise<number | undefined> => {
    epoch = await writeUntilKept(keeping, (tx) => ownLane(tx, lane, deps.lease.worker));
    return epoch;
  };

  /**
   * In the order of the words, each until it is kept: nobody says twice that a connection is open, and what waits for that
   * would wait for ever. A word under a claim or a wish that is over is not recorded.
   */
  const record = (write: (tx: Tx) => Promise<unknown>): Promise<unknown> => {
    const claimed = epoch;
    const fenced = async (tx: Tx): Promise<void> => {
      if (claimed === undefined) throw new LaneLost('the lane was never ours');
      await requireOwnedLane(tx, lane, deps.lease.worker, claimed);
      const now = await readAnyInstance(tx, id);
      if (now?.wanted_since !== instance.wanted_since) throw new LaneLost('it was asked for anew meanwhile');
      await write(tx);
    };
    records = records
      .then(() => writeUntilKept(keeping, fenced))
      .catch((error: unknown) => log.warn({ instance_id: id, err: error }, 'a state was not recorded'));
    return records;
  };

  const cutSession = (reason: CloseReason, detail: string): void => {
    if (!session) return;
    cut ??= { state: 'closed', reason, detail };
    void session.close();
  };

  const showQr = (code: QrCode | undefined): void => {
    qr = code;
    for (const wake of qrWaiters) wake();
    qrWaiters = [];
  };

  /** One session from opening to its last word. Answers why it ended. */
  const runSession = async (): Promise<Closed> => {
    const claimed = await claim();
    if (claimed === undefined)
      return { state: 'closed', reason: 'lease_lost', detail: 'another worker owns the instance' };

    const closed = Promise.withResolvers<Closed>();
    cut = undefined;
    const startDeadline = () =>
      clock.startTimer(config.connectDeadlineMs, () =>
        cutSession('network', 'connecting took longer than its deadline'),
      );
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
        epoch: claimed,
      }),
      say,
      see: hearPresence,
      openRoute: () => openRoute(deps, id),
      readPayload: (networkId) => readOutboundPayload(db.read, id, networkId),
      mayWrite: deps.lease.mayWrite,
    });
    const current = session;
    const close = (): void => void current.close();
    stopping.signal.addEventListener('abort', close, { once: true });
    if (stopping.signal.aborted) close();
    const last = await closed.promise;
    stopping.signal.removeEventListener('abort', close);
    cancelDeadline();
    session = undefined;
    wasConnected = connected;
    connected = false;
    showQr(undefined);
    if (last.reason === 'network' || last.reason === 'unavailable') line = 'failing';
    return cut ?? last;
  };

  const follow = (update: Exclude<ConnectionUpdate, { state: 'closed' }>): void => {
    log.info({ instance_id: id, state: update.state }, 'connection');
    switch (update.state) {
      case 'qr':
        showQr({ qr: update.qr, expiresAtMs: update.expiresAtMs });
        return void record((tx) => recordQr(tx, id, { qr: update.qr, expiresAtMs: update.expiresAtMs }));
      case 'linked':
        showQr(undefined);
        return void record(async (tx) => {
          await recordLinked(tx, id, update.self, deps.network.root);
          await forgetLabels(tx, id);
        });
      case 'connected':
        // Before the row says so: a send lane that parks itself meanwhile must see it, or it would sleep on.
        connected = true;
        return void record((tx) => recordConnected(tx, id, update.self, deps.network.root));
      case 'restricted':
        return void record((tx) =>
          recordRestricted(tx, id, {
            code: update.code,
            untilMs: update.untilMs,
            holdMs: config.restrictionHoldMs,
          }),
        );
    }
  };

  const growingWait = (attempt: number): number =>
    exponential({
      baseMs: config.reconnectBaseMs,
      maxMs: config.reconnectMaxMs,
      attempt,
      random: deps.random,
    });

  /** Writes what a close means; answers how long to wait before the next session, undefined for never. */
  const settleClose = async (last: Closed, attempt: number): Promise<number | undefined> => {
    const { detail } = last;
    const next = followClose(last.reason);
    switch (next.kind) {
      case 'restart':
        // After a scan the row says already what comes.
        if (wasConnected)
          await record((tx) => recordState(tx, id, { state: 'reconnecting', reason: 'restart_required' }));
        return attempt < restartsAtOnceMax ? 0 : growingWait(attempt);
      case 'retry':
        await record((tx) => recordState(tx, id, { state: 'reconnecting', reason: next.reason, detail }));
        return next.pace === 'slow' ? Math.max(growingWait(attempt), config.reconnectMaxMs / 2) : growingWait(attempt);
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

  const run = async (): Promise<void> => {
    await claim();
    if (isLinkedElsewhere()) {
      await record((tx) => recordState(tx, id, { state: 'failed', reason: 'foreign_root' }));
      return;
    }
    // What the row says is what was so before a restart.
    await record((tx) => recordState(tx, id, { state: 'connecting', reason: 'starting' }));
    const stop = stopping.signal;
    let attempt = 0;
    while (!stop.aborted) {
      await deps.gate.pass(stop);
      if (stop.aborted) return;
      const openedAtMs = clock.elapsed();
      const last = await runSession();
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
    if (running || stopping.signal.aborted) return;
    running = run()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ instance_id: id, err: error }, 'a supervisor gave up');
      })
      .finally(() => {
        running = undefined;
      });
  };

  /** Credentials belong to the server they were made under; any other would learn from the attempt, and void them. */
  const isLinkedElsewhere = (): boolean => instance.linked_root !== null && instance.linked_root !== deps.network.root;

  return {
    start,
    isRunning: () => running !== undefined,
    stop: async (how) => {
      if (how === 'unlink' && session && connected) await session.unlink();
      stopping.abort();
      await running;
      await records;
    },
    drop: () => cutSession('lease_lost', 'the lease had run out'),
    readConnected: () => (connected ? session : undefined),
    status: () => ({ connected, stalled: isStalled(), line }),
    readQr: async (waitMs) => {
      if (!isFresh(qr)) {
        const shown = new Promise<void>((resolve) => qrWaiters.push(resolve));
        await Promise.race([shown, clock.sleep(waitMs)]);
      }
      return isFresh(qr) ? qr : undefined;
    },
    ask: async ({ kind, input }) => {
      if (!session || !connected) throw new GatewayError('not_connected');
      return session.ask(kind, input);
    },
    requestLinkCode: async (phone) => {
      if (!session || !isFresh(qr)) throw new GatewayError('no_qr', { state: instance.state });
      return session.requestLinkCode(phone);
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
