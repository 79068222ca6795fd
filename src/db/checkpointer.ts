import { Worker } from 'node:worker_threads';
import { sleep } from '../platform/index.ts';

/** Above this the log is brought down while writers wait, since a busy writer would let it grow without end (16 MB). */
const walFramesMax = 4096;

type Answer = { walFrames: number; doneFrames: number } | { failure: string };

const noAnswer: Answer = { failure: 'the thread has ended' };

/**
 * Moves the write-ahead log into the database file now and then, off the main thread.
 * `hold` runs a function while no transaction is open. `onDead` is told when the thread that does it has ended by itself:
 * the log would grow without end.
 */
export function createCheckpointer(deps: {
  path: string;
  intervalMs: number;
  hold: (run: () => Promise<void>) => Promise<void>;
  onDead: (error: unknown) => void;
}): { stop(): Promise<void> } {
  const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
    workerData: deps.path,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const stopping = new AbortController();
  const gone = Promise.withResolvers<void>();
  let ended = false;
  let settle = (_answer: Answer): void => {};
  worker.on('message', (answer: Answer) => settle(answer));
  worker.once('error', deps.onDead);
  worker.once('exit', () => {
    ended = true;
    // Whoever waits for an answer may hold up every transaction.
    settle(noAnswer);
    gone.resolve();
  });

  const checkpoint = (): Promise<Answer> => {
    if (ended) return Promise.resolve(noAnswer);
    return new Promise<Answer>((resolve) => {
      settle = resolve;
      worker.postMessage('checkpoint');
    });
  };

  const step = async (): Promise<void> => {
    const answer = await checkpoint();
    if ('failure' in answer || answer.walFrames <= walFramesMax) return;
    await deps.hold(async () => {
      await checkpoint();
    });
  };

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(deps.intervalMs, stopping.signal);
      if (!stopping.signal.aborted) await step();
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      await loop;
      worker.postMessage('close');
      await gone.promise;
    },
  };
}
