/** `npm run dev`, in the root: the emulator, and a gateway attached to it that starts again whenever its source changes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

type Settings = {
  readonly WHATSAPP_WEB_URL: string;
  readonly WHATSAPP_WEB_ROOT_KEY: string;
  /** For the emulator's media host. */
  readonly NODE_EXTRA_CA_CERTS: string;
};

const children: ChildProcess[] = [];

// Both keep their state, so that a number that is linked stays linked from one start to the next.
// The emulator's usual port, so that its commands find it; another one when that is taken.
const usualPort = 7800;
const emulatorArgs = ['--json', '--port', String(await findPort()), '--data-dir', 'data/emulator'];
const gatewayFolder = process.env.DATA_DIR || 'data/gateway';

const emulator = spawn(process.execPath, ['emulator/src/main.ts', ...emulatorArgs], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
addChild('the emulator', emulator);

createInterface({ input: emulator.stdout }).on('line', (line) => {
  const settings = readSettings(line);
  console.log(settings ? describe(settings) : `emulator: ${line}`);
  if (settings && children.length === 1) startGateway(settings);
});

process.once('SIGINT', stopAll);
process.once('SIGTERM', stopAll);

/** What to try, now that it runs. */
function describe({ WHATSAPP_WEB_URL: wsUrl }: Settings): string {
  const { host, port } = new URL(wsUrl);
  const env = port === String(usualPort) ? '' : `EMULATOR_URL=http://${host} `;
  return [
    `The phones of the emulator are at http://${host}, to be opened in a browser;`,
    `"${env}npm run -s emulator -- phone help" is the same in a terminal.`,
  ].join('\n');
}

function findPort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(0));
    server.listen(usualPort, '127.0.0.1', () => server.close(() => resolve(usualPort)));
  });
}

function startGateway(settings: Settings): void {
  const env = { ...process.env, ...settings, DATA_DIR: gatewayFolder };
  addChild('the gateway', spawn(process.execPath, ['--watch', 'src/main.ts'], { env, stdio: 'inherit' }));
}

/** The settings that lead to the emulator, once it says that it is ready. */
function readSettings(line: string): Settings | undefined {
  if (!line.startsWith('{')) return undefined;
  const said: { ws_url?: unknown; root_key?: unknown; media_ca_path?: unknown } = JSON.parse(line);
  const { ws_url: url, root_key: rootKey, media_ca_path: caPath } = said;
  if (typeof url !== 'string' || typeof rootKey !== 'string' || typeof caPath !== 'string') return undefined;
  return { WHATSAPP_WEB_URL: url, WHATSAPP_WEB_ROOT_KEY: rootKey, NODE_EXTRA_CA_CERTS: caPath };
}

function addChild(name: string, child: ChildProcess): void {
  children.push(child);
  child.once('exit', (code) => {
    console.log(`${name} has ended${code ? ` with code ${code}` : ''}`);
    process.exitCode ??= code ?? 0;
    stopAll();
  });
}

function stopAll(): void {
  for (const child of children) child.kill('SIGTERM');
}
