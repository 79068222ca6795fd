import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type GatewayProcess = {
  readonly url: string;
  readonly pid: number;
  readonly apiKey: string;
  readonly adminKey: string;
  /** Everything that it printed so far. */
  output(): string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Asks it to stop; answers its exit code. */
  stop(): Promise<number | null>;
};

const startMs = 20_000;
const root = new URL('../..', import.meta.url).pathname;

/** Starts the gateway as a user does, with waits short enough for tests, and waits until it listens. */
export async function startGatewayProcess(options: {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** False when the file of the first keys is not there to be read. */
  readonly keys?: boolean;
}): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: String(options.port ?? 0),
      DATA_DIR: options.dataDir,
      DISK_RESERVE_BYTES: '0',
      ...options.env,
    },
  });
  const lines: string[] = [];
  const url = await waitForUrl(child, lines);
  const keys = options.keys === false ? {} : JSON.parse(readFileSync(join(options.dataDir, 'first-keys.json'), 'utf8'));
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return gone;
  };
  return {
    url,
    pid: child.pid ?? 0,
    apiKey: keys.api_key,
    adminKey: keys.admin_key,
    output: () => lines.join('\n'),
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

function waitForUrl(child: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${lines.join('\n')}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`the gateway did not listen within ${startMs} ms`);
    }, startMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`the gateway ended with code ${code}`);
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const found = /listens on (http:\S+)/.exec(line)?.[1];
        if (!found) return;
        clearTimeout(timer);
        resolve(found);
      });
    }
  });
}
