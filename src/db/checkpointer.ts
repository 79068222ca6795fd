import { Worker } from 'node:worker_threads';
import { sleep } from '../platform/index.ts';

/** Above this the log is brought down while writers wait, since a busy writer would let it grow without end (16 MB). */
const walFramesMax = 4096;

type Answer = { walFrames: number; doneFrames: number } | { failure: string };

/**
 * Moves the write-ahead log into the database file now and then, off the main thread.
 * `hold` runs a function while no transaction is open.
 */
export function createCheckpointer(deps: {
  path: string;
  intervalMs: number;
  hold: (run: () => Promise<void>) => Promise<void>;
  onFailure: (why: string) => void;
}): { stop(): Promise<void> } {
  const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
    workerData: deps.path,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const stopping = new AbortController();
  worker.on('error', (error) => deps.onFailure(error.message));

  const checkpoint = async (): Promise<Answer> => {
    const answer = new Promise<Answer>((resolve) => worker.once('message', resolve));
    worker.postMessage('checkpoint');
    return answer;
  };

  const step = async (): Promise<void> => {
    const answer = await checkpoint();
    if ('failure' in answer) return deps.onFailure(answer.failure);
    if (answer.walFrames <= walFramesMax) return;
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
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('close');
      await gone;
    },
  };
}
