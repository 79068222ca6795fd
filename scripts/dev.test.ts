import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { plantTree } from './plant-tree.ts';

const root = dirname(import.meta.dirname);

const emulator = `
console.log('pid', process.pid);
console.log(JSON.stringify({ ready: true, ws_url: 'ws://127.0.0.1:9/ws', root_key: 'a2V5', media_ca_path: '/ca.pem' }));
setInterval(() => {}, 1000);
`;

const gateway = `
console.log('gateway', process.pid, process.env.WHATSAPP_WEB_URL, process.env.WHATSAPP_WEB_ROOT_KEY, process.env.NODE_EXTRA_CA_CERTS);
setInterval(() => {}, 1000);
`;

function startDev(files: Record<string, string>): { dev: ChildProcess; readUntil: (part: string) => Promise<string> } {
  const cwd = plantTree({ 'package.json': '{"type":"module"}', ...files });
  const dev = spawn(process.execPath, [join(root, 'scripts/dev.ts')], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void dev.kill('SIGKILL'));
  const lines = createInterface({ input: dev.stdout })[Symbol.asyncIterator]();
  const readUntil = async (part: string): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`The output ended without "${part}".`);
      if (value.includes(part)) return value;
    }
  };
  return { dev, readUntil };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('starts the emulator, hands its address, key and authority to the gateway, and takes both down with it', async () => {
  const { dev, readUntil } = startDev({ 'emulator/src/main.ts': emulator, 'src/main.ts': gateway });
  const pid = Number((await readUntil('emulator: pid ')).split(' ').at(-1));
  expect(await readUntil('127.0.0.1:9')).toContain('in a browser');
  const [, gatewayPid, ...settings] = (await readUntil('gateway ')).split(' ');
  expect(settings).toEqual(['ws://127.0.0.1:9/ws', 'a2V5', '/ca.pem']);
  dev.kill('SIGTERM');
  await once(dev, 'exit');
  await expect.poll(() => [isAlive(pid), isAlive(Number(gatewayPid))]).toEqual([false, false]);
});

it('ends with the code of an emulator that cannot start', async () => {
  const { dev } = startDev({ 'emulator/src/main.ts': 'process.exit(3);', 'src/main.ts': gateway });
  expect(await once(dev, 'exit')).toEqual([3, null]);
});
