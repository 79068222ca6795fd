/** `npm run dev`: the emulator, and a gateway attached to it that starts again whenever its source changes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const root = dirname(import.meta.dirname);
const children: ChildProcess[] = [];

const emulator = spawn(process.execPath, ['emulator/src/main.ts', '--json', '--port', '0'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
addChild('the emulator', emulator);

for await (const line of createInterface({ input: emulator.stdout })) {
  const settings = readSettings(line);
  console.log(`emulator: ${line}`);
  if (settings && children.length === 1) startGateway(settings);
}

function startGateway(settings: Readonly<Record<string, string>>): void {
  const env = { ...process.env, ...settings };
  addChild('the gateway', spawn(process.execPath, ['--watch', 'src/main.ts'], { cwd: root, env, stdio: 'inherit' }));
}

/** The settings that lead to the emulator, once it says that it is ready. */
function readSettings(line: string): Record<string, string> | undefined {
  if (!line.startsWith('{')) return undefined;
  const said: { url?: unknown; root_key?: unknown } = JSON.parse(line);
  if (typeof said.url !== 'string' || typeof said.root_key !== 'string') return undefined;
  return { WHATSAPP_WEB_URL: said.url, WHATSAPP_WEB_ROOT_KEY: said.root_key };
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

process.once('SIGINT', stopAll);
process.once('SIGTERM', stopAll);
