import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

// A thread of its own, since a checkpoint syncs the database file and would stop the main thread for as long.
const handle = new DatabaseSync(String(workerData));
handle.exec('pragma busy_timeout = 0');
const checkpoint = handle.prepare('pragma wal_checkpoint(passive)');

parentPort?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    handle.close();
    parentPort?.close();
    return;
  }
  try {
    const row = checkpoint.get();
    parentPort?.postMessage({ walFrames: Number(row?.log ?? 0), doneFrames: Number(row?.checkpointed ?? 0) });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
});
