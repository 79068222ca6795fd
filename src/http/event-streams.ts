import { Readable } from 'node:stream';
import type { Bus } from '../bus/index.ts';
import { apiKeyTopic, isKeyGood } from '../domain/customers/index.ts';
import { eventsTopic } from '../domain/events/index.ts';
import { GatewayError } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';
import { createEventStream, type EventStream, type StreamInput } from './event-stream.ts';

export type EventStreams = {
  /** The body of the answer that `reader` takes. Throws `stream_limit`. */
  open(input: StreamInput, reader: Reader): Readable;
  /** Ends every stream: clients come again, to whoever serves them then. */
  closeAll(): void;
};

/** The side of an answer that tells whether somebody takes it: node's ServerResponse. */
type Reader = {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
};

/** Heartbeats that a reader may be behind before it is cut off. */
const silencesMax = 4;

/** As much as is kept ready for a reader, beside the buffer of its socket. */
const readyBytes = 16_384;

/** How long a reader may take for the rest once its stream has ended: nobody's stop waits for one that has stopped reading. */
const endGraceMs = 1_000;

type Open = { readonly input: StreamInput; readonly stream: EventStream; end(): void };

/** The streams of this process: who may have one, what wakes them, and what ends them. */
export function createEventStreams(
  deps: Pick<HttpDeps, 'db' | 'bus' | 'clock' | 'config' | 'log' | 'metrics'>,
): EventStreams {
  const { db, clock, config } = deps;
  const heartbeatMs = config.eventStreamHeartbeatMs;
  const streams = new Set<Open>();
  const watch = createWatch(deps, streams);
  deps.metrics.createGauge({
    name: 'event_streams',
    help: 'Streams of events that are open.',
    read: (gauge) => gauge.set({}, streams.size),
  });

  const requireRoom = ({ visitor }: StreamInput): void => {
    const { customerId } = visitor.caller;
    const own = [...streams].filter(({ input }) => input.visitor.caller.customerId === customerId).length;
    const limit = config.eventStreamsPerCustomerMax;
    if (own >= limit) throw new GatewayError('stream_limit', { of: 'customer', limit });
    if (streams.size >= config.eventStreamsMax) {
      throw new GatewayError('stream_limit', { of: 'server', limit: config.eventStreamsMax });
    }
  };

  const open = (input: StreamInput, reader: Reader): Readable => {
    if (reader.destroyed) return Readable.from([]);
    requireRoom(input);
    const stream = createEventStream({ ...deps, heartbeatMs }, input);
    const timers: (() => void)[] = [];
    const end = (): void => {
      stream.end();
      timers.push(clock.startTimer(endGraceMs, () => reader.destroy()));
    };
    const { expiresAt, keyId, caller } = input.visitor;
    if (expiresAt !== null) timers.push(clock.startTimer(expiresAt - clock.now(), end));
    const endIfRevoked = (): void => {
      isKeyGood(db.read, keyId, clock.now()).then((isGood) => isGood || end(), end);
    };
    const opened = { input, stream, end };
    streams.add(opened);
    const stopHearing = [
      watch.on(eventsTopic(caller.customerId), stream.wake),
      watch.on(apiKeyTopic(keyId), endIfRevoked),
    ];
    reader.once('close', () => {
      stream.end();
      streams.delete(opened);
      for (const stop of [...timers, ...stopHearing]) stop();
    });
    return Readable.from(stream.text, { objectMode: false, highWaterMark: readyBytes });
  };

  return {
    open,
    closeAll: () => {
      for (const { end } of streams) end();
    },
  };
}

/** Hears bells for streams, by topic, and goes round now and then: a bell may be lost, and nobody says that a reader stopped reading. */
function createWatch(
  { bus, clock, config }: { bus: Bus } & Pick<HttpDeps, 'clock' | 'config'>,
  streams: ReadonlySet<Open>,
): { on(topic: string, run: () => void): () => void } {
  const listeners = new Map<string, Set<() => void>>();
  const stuckMs = silencesMax * config.eventStreamHeartbeatMs;
  let stop: (() => void) | undefined;

  const sweep = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(config.sweepIntervalMs, signal);
      for (const { stream, end } of streams) {
        const waitsSinceMs = stream.waitsSince();
        if (waitsSinceMs !== undefined && clock.elapsed() - waitsSinceMs > stuckMs) end();
        else stream.wake();
      }
    }
  };

  const start = (): (() => void) => {
    const stopping = new AbortController();
    const stopHearing = bus.onRing((topic) => {
      for (const run of listeners.get(topic) ?? []) run();
    });
    void sweep(stopping.signal);
    return () => {
      stopHearing();
      stopping.abort();
    };
  };

  return {
    on: (topic, run) => {
      stop ??= start();
      const others = listeners.get(topic) ?? new Set();
      listeners.set(topic, others.add(run));
      return () => {
        others.delete(run);
        if (others.size === 0) listeners.delete(topic);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}
