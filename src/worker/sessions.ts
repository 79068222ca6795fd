import { lookUpCall } from '../domain/contacts/index.ts';
import {
  type AskInput,
  askCall,
  type InstanceRow,
  linkCodeCall,
  listWanted,
  qrCall,
  readAnyInstance,
} from '../domain/instances/index.ts';
import type { Id } from '../lib/index.ts';
import type { NetworkSession } from '../network/index.ts';
import { createConnectGate } from './connect-gate.ts';
import type { SessionsDeps } from './session-deps.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

/** The instances whose sockets this worker holds. */
export type Sessions = {
  /** Opens sessions for all that are wanted, paced. */
  start(): Promise<void>;
  /** Looks at an instance again and brings its session in line with what is wanted. Never throws. */
  reconcile(id: Id<'ins'>): void;
  /** The live session of a connected instance. */
  readConnected(id: Id<'ins'>): NetworkSession | undefined;
  /** Ends every session at once because the lease is over; they come back by themselves. */
  dropAll(): void;
  status(): SessionsStatus;
  /** Closes all sockets and keeps every link. */
  stop(): Promise<void>;
};

export type SessionsStatus = {
  readonly sessions: number;
  readonly connected: number;
  /** Connected sessions that have sent and heard nothing back for longer than an acknowledgement may take. */
  readonly stalled: number;
  /** Whether WhatsApp's server answers: any open session proves it; `unknown` while nobody has tried. */
  readonly network: 'reachable' | 'unreachable' | 'unknown';
};

const listBatch = 200;

type Held = {
  readonly supervisor: Supervisor;
  /** The wish that it was made for. */
  readonly wantedSince: number | null;
  readonly stopServing: () => void;
};

/** One supervisor an instance, made when the instance is first wanted and ended when it no longer is. */
export function createSessions(deps: SessionsDeps): Sessions {
  const { db, bus, clock, config, log } = deps;
  const supervisors = new Map<Id<'ins'>, Held>();
  const turns = new Map<Id<'ins'>, Promise<void>>();
  const gate = createConnectGate({ perSecond: config.connectsPerSecond, clock: deps.clock });
  const stopping = new AbortController();
  let sweeping: Promise<void> = Promise.resolve();

  const open = (instance: InstanceRow): void => {
    const supervisor = createSupervisor({ ...deps, gate }, instance);
    const answer = async (asked: AskInput) => {
      if (asked.kind !== 'list_groups') return supervisor.ask(asked);
      const askedAtMs = db.now();
      const outcome = await supervisor.ask({ kind: asked.kind, input: {} });
      if (outcome.kind === 'done') await deps.groupLists.keep(instance, { groups: outcome.answer, askedAtMs });
      return outcome;
    };
    const stops = [
      bus.serve(qrCall(instance.id), (input) => supervisor.readQr(asWait(input))),
      bus.serve(linkCodeCall(instance.id), (input) => supervisor.requestLinkCode(String(input))),
      bus.serve(lookUpCall(instance.id), (input) => supervisor.lookUp(asPhones(input))),
      bus.serve(askCall(instance.id), (input) => answer(asAsked(input))),
    ];
    supervisors.set(instance.id, {
      supervisor,
      wantedSince: instance.wanted_since,
      stopServing: () => stops.forEach((stop) => void stop()),
    });
    supervisor.start();
  };

  const adjust = async (id: Id<'ins'>): Promise<void> => {
    const instance = await readAnyInstance(db.read, id);
    const wanted = instance !== undefined && instance.wanted === 1 && instance.deleted_at === null;
    const current = supervisors.get(id);
    if (wanted && current?.wantedSince === instance.wanted_since) return current.supervisor.start();
    if (current) {
      supervisors.delete(id);
      current.stopServing();
      // Credentials that were wiped while the socket is open: WhatsApp has to be told to forget the device.
      await current.supervisor.stop(instance?.linked_at === null ? 'unlink' : 'close');
      // Stopping takes a while, and what is wanted may have changed again.
      return adjust(id);
    }
    if (wanted && !stopping.signal.aborted && supervisors.size < config.maxSessionsPerWorker) open(instance);
  };

  const reconcile = (id: Id<'ins'>): void => {
    const turn = (turns.get(id) ?? Promise.resolve())
      .then(() => adjust(id))
      .catch((error: unknown) => log.error({ instance_id: id, err: error }, 'an instance could not be looked after'))
      .finally(() => {
        if (turns.get(id) === turn) turns.delete(id);
      });
    turns.set(id, turn);
  };

  /** Brings every session in line with its row: a bell may be lost, and what could not be done may be possible now. */
  const reconcileAll = async (): Promise<void> => {
    const amiss = new Set(supervisors.keys());
    let after: Id<'ins'> | null = null;
    do {
      const rows = await listWanted(db.read, after, listBatch);
      for (const { id, wanted_since: wantedSince } of rows) {
        const held = supervisors.get(id);
        if (held?.wantedSince === wantedSince && held.supervisor.isRunning()) amiss.delete(id);
        else if (held || supervisors.size < config.maxSessionsPerWorker) amiss.add(id);
      }
      after = rows.length === listBatch ? (rows.at(-1)?.id ?? null) : null;
    } while (after !== null);
    for (const id of amiss) if (!turns.has(id)) reconcile(id);
  };

  const sweep = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(config.sweepIntervalMs, stopping.signal);
      if (stopping.signal.aborted) return;
      await reconcileAll().catch((error: unknown) => log.warn({ err: error }, 'looking for instances failed'));
    }
  };

  return {
    start: async () => {
      await reconcileAll();
      sweeping = sweep();
    },
    reconcile,
    readConnected: (id) => supervisors.get(id)?.supervisor.readConnected(),
    dropAll: () => {
      for (const { supervisor } of supervisors.values()) supervisor.drop();
    },
    status: () => {
      const all = [...supervisors.values()].map(({ supervisor }) => supervisor.status());
      return {
        sessions: all.length,
        connected: all.filter(({ connected }) => connected).length,
        stalled: all.filter(({ stalled }) => stalled).length,
        network: all.some(({ line }) => line === 'open')
          ? 'reachable'
          : all.some(({ line }) => line === 'failing')
            ? 'unreachable'
            : 'unknown',
      };
    },
    stop: async () => {
      stopping.abort();
      await sweeping;
      await Promise.all(turns.values());
      await Promise.all(
        [...supervisors.values()].map(({ supervisor, stopServing }) => {
          stopServing();
          return supervisor.stop('close');
        }),
      );
      supervisors.clear();
    },
  };
}

/** Calls cross the bus, which carries anything; these are made by `domain/` only. */
const asWait = (input: unknown): number => Number(input);
const asPhones = (input: unknown): readonly string[] => (Array.isArray(input) ? input.map(String) : []);
const asAsked = (input: unknown): AskInput => input as AskInput;
