import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type EmulatorProcess = {
  readonly url: string;
  readonly wsUrl: string;
  readonly rootKey: string;
  /** The authority that programs have to trust to reach its media host. */
  readonly mediaCaPath: string;
  stop(): Promise<void>;
};

const startMs = 20_000;
const root = new URL('../..', import.meta.url).pathname;

/** Starts the emulator as its own program, on a free port. */
export function startEmulatorProcess(dataDir: string): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, ['emulator/src/main.ts', '--json', '--port', '0', '--data-dir', dataDir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the emulator was not ready within ${startMs} ms`));
    }, startMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the emulator ended with code ${code}`));
    });
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      const ready = JSON.parse(line);
      resolve({
        url: ready.url,
        wsUrl: ready.ws_url,
        rootKey: ready.root_key,
        mediaCaPath: ready.media_ca_path,
        stop: async () => {
          child.kill('SIGTERM');
          await gone;
        },
      });
    });
  });
}
