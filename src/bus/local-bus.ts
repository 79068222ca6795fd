import { GatewayError, startTimer } from '../platform/index.ts';

export type Bus = {
  /** Says that a topic may have work. Listeners are called at once; one that throws is told to nobody. */
  ring(topic: string): void;
  /** Hears every bell until the answer is called. */
  onRing(listener: (topic: string) => void): () => void;
  /** Answers calls to `name` until the answer is called. One server a name: the worker that owns the thing. */
  serve(name: string, answer: (input: unknown) => Promise<unknown>): () => void;
  /** Asks whoever serves `name`. Throws `not_connected` when nobody does, and when no answer comes within `timeoutMs`. */
  call(name: string, input: unknown, timeoutMs: number): Promise<unknown>;
};

/** The bus of a single process. */
export function createLocalBus(): Bus {
  const listeners = new Set<(topic: string) => void>();
  const servers = new Map<string, (input: unknown) => Promise<unknown>>();

  return {
    ring: (topic) => {
      for (const listener of listeners) listener(topic);
    },
    onRing: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    serve: (name, answer) => {
      servers.set(name, answer);
      return () => {
        if (servers.get(name) === answer) servers.delete(name);
      };
    },
    call: async (name, input, timeoutMs) => {
      const server = servers.get(name);
      if (!server) throw new GatewayError('not_connected', { served: false });
      const { promise: late, reject } = Promise.withResolvers<never>();
      const cancel = startTimer(timeoutMs, () => reject(new GatewayError('not_connected', { timeout_ms: timeoutMs })));
      try {
        return await Promise.race([server(input), late]);
      } finally {
        cancel();
      }
    },
  };
}
