import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApiClient, expectOk } from '../support/api-client.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { waitFor } from '../support/wait.ts';

const root = new URL('../..', import.meta.url).pathname;
let dataDir: string;
let running: GatewayProcess[];

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'sluice-start-')), 'data');
  running = [];
});
afterEach(async () => {
  for (const gateway of running) await gateway.kill();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({ dataDir, env });
  running.push(gateway);
  return gateway;
}

/** Runs the program to its end. */
async function runToEnd(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  return { code, output };
}

test('an empty folder is enough: it starts, says where everything is, and is ready', async () => {
  const gateway = await start();
  expect(gateway.output()).toContain('/docs');
  expect(gateway.output()).toContain('first-keys.json');
  const ready = await fetch(`${gateway.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: expect.stringMatching(/^(ok|degraded)$/) });
  const docs = await fetch(`${gateway.url}/docs`);
  expect(docs.status).toBe(200);
  expect(await docs.text()).toContain('<html');
});

test('keys are shown by the command, kept to their owner, and never printed at start', async () => {
  const gateway = await start();
  expect(statSync(join(dataDir, 'first-keys.json')).mode & 0o077).toBe(0);
  expect(statSync(join(dataDir, 'sluice.db')).mode & 0o077).toBe(0);
  expect(gateway.output()).not.toContain(gateway.apiKey);
  expect(gateway.output()).not.toContain(gateway.adminKey);
  const shown = await runToEnd({}, 'key', 'show');
  expect(shown).toMatchObject({ code: 0 });
  expect(JSON.parse(shown.output)).toEqual({ api_key: gateway.apiKey, admin_key: gateway.adminKey });
});

test('the keys of the first start work after a restart, and SIGTERM ends it with 0', async () => {
  const first = await start();
  await expectOk(createApiClient(first.url, first.apiKey)('GET', '/v1/instances'));
  expect(await first.stop()).toBe(0);
  const second = await start();
  expect(second.apiKey).toBe(first.apiKey);
  await expectOk(createApiClient(second.url, second.apiKey)('GET', '/v1/instances'));
});

test('a folder that another process holds is refused with its pid', async () => {
  const gateway = await start();
  const { code, output } = await runToEnd({});
  expect(code).toBe(78);
  expect(output).toContain(String(gateway.pid));
});

test('another encryption key or pepper than the database was written with is refused', async () => {
  await (await start({ SECRETS_KEY: 'a'.repeat(32), API_KEY_PEPPER: 'p'.repeat(32) })).stop();
  const key = await runToEnd({ SECRETS_KEY: 'b'.repeat(32), API_KEY_PEPPER: 'p'.repeat(32) });
  expect(key.code).toBe(78);
  expect(key.output).toContain('SECRETS_KEY');
  const pepper = await runToEnd({ SECRETS_KEY: 'a'.repeat(32), API_KEY_PEPPER: 'q'.repeat(32) });
  expect(pepper.code).toBe(78);
  expect(pepper.output).toContain('API_KEY_PEPPER');
});

test('a key is changed by giving the old one as the previous one', async () => {
  const pepper = { API_KEY_PEPPER: 'p'.repeat(32) };
  await (await start({ SECRETS_KEY: 'a'.repeat(32), ...pepper })).stop();
  await (await start({ SECRETS_KEY: 'b'.repeat(32), SECRETS_KEY_PREVIOUS: 'a'.repeat(32), ...pepper })).stop();
  const gateway = await start({ SECRETS_KEY: 'b'.repeat(32), ...pepper });
  await expectOk(createApiClient(gateway.url, gateway.apiKey)('GET', '/v1/instances'));
});

test('a database that a newer version wrote is refused and left as it was', async () => {
  await (await start()).stop();
  const handle = new DatabaseSync(join(dataDir, 'sluice.db'));
  handle.exec(`insert into schema_migrations values (999, 'of the future', 0)`);
  handle.close();
  const { code, output } = await runToEnd({});
  expect(code).toBe(78);
  expect(output).toContain('newer');
});

test('settings that cannot work are refused, each by its name', async () => {
  const { code, output } = await runToEnd({
    PORT: 'eighty',
    WHATSAPP_WEB_URL: 'ws://127.0.0.1:1/',
    DATABASE_URL: 'postgres://x',
  });
  expect(code).toBe(78);
  for (const name of ['PORT', 'DATABASE_URL']) expect(output).toContain(name);
  expect(existsSync(dataDir)).toBe(false);
});

test('another WhatsApp server that is not on this machine needs to be allowed by name', async () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const foreign = { WHATSAPP_WEB_URL: 'wss://whatsapp.example/ws', WHATSAPP_WEB_ROOT_KEY: key };
  const refused = await runToEnd(foreign);
  expect(refused.code).toBe(78);
  expect(refused.output).toContain('ALLOW_FOREIGN_WHATSAPP');
  const gateway = await start({ ...foreign, ALLOW_FOREIGN_WHATSAPP: '1' });
  // On the other stream than the address, so it may come a moment later.
  await waitFor('the banner', () => gateway.output().includes('!!!!'));
  const ready = await (
    await fetch(`${gateway.url}/readyz`, { headers: { authorization: `Bearer ${gateway.adminKey}` } })
  ).text();
  expect(ready).toContain('whatsapp.example');
});

test('a damaged secret file is refused, never replaced by a fresh one', async () => {
  await (await start()).stop();
  const path = join(dataDir, 'SECRETS_KEY');
  chmodSync(path, 0o600);
  writeFileSync(path, 'short');
  const { code } = await runToEnd({});
  expect(code).toBe(78);
  expect(readFileSync(path, 'utf8')).toBe('short');
});

test('a port that another program has is refused with a sentence', async () => {
  const { port } = new URL((await start()).url);
  const { code, output } = await runToEnd({ PORT: port, DATA_DIR: join(dataDir, 'other') });
  expect(code).toBe(78);
  expect(output).toContain(`PORT ${port}`);
  expect(output).not.toContain('    at ');
});

test('a lost admin key is made anew by whoever has the machine, and the old one is worth nothing then', async () => {
  const first = await start();
  const held = await runToEnd({}, 'key', 'renew');
  expect(held.code).toBe(78);
  await first.stop();
  const renewed = await runToEnd({}, 'key', 'renew');
  expect(renewed).toMatchObject({ code: 0, output: expect.stringMatching(/^slc_admin_\S+\n$/) });
  const second = await start();
  const asOperator = (key: string) => createApiClient(second.url, key)('GET', '/admin/customers');
  expect((await asOperator(first.adminKey)).status).toBe(401);
  expect((await asOperator(renewed.output.trim())).status).toBe(200);
});

test('once the file of the first keys is gone, nothing points to it', async () => {
  await (await start()).stop();
  rmSync(join(dataDir, 'first-keys.json'));
  const shown = await runToEnd({}, 'key', 'show');
  expect(shown.code).toBe(78);
  const again = await startGatewayProcess({ dataDir, keys: false });
  running.push(again);
  expect(again.output()).not.toContain('key show');
});

test('a command that does not exist says what there is', async () => {
  const { code, output } = await runToEnd({}, 'strat');
  expect(code).toBe(64);
  expect(output).toContain('key show');
});
