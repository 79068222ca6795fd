import type { Network } from '../network/index.ts';
import type { Clock } from '../platform/index.ts';

/** Asks now and then whether WhatsApp's server can be reached, for a process that has no open session to tell. */
export function createNetworkProbe(deps: {
  network: Pick<Network, 'probe'>;
  clock: Clock;
  intervalMs: number;
  /** True while an open session proves more than a probe can. */
  isProven: () => boolean;
}): { start(): void; stop(): Promise<void>; read(): boolean | undefined } {
  const stopping = new AbortController();
  let reachable: boolean | undefined;
  let running: Promise<void> = Promise.resolve();

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (!deps.isProven()) reachable = await deps.network.probe(deps.intervalMs);
      await deps.clock.sleep(deps.intervalMs, stopping.signal);
    }
  };

  return {
    start: () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      // A probe under way is not waited for: it keeps nothing and ends by itself.
      await Promise.race([running, deps.clock.sleep(0)]);
    },
    read: () => reachable,
  };
}
