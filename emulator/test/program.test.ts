import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPhoneCommand } from '../src/cli/phone-command.ts';
import { FAULTS } from '../src/faults/table.ts';
import { connect, endAllClients, trustRoot, waitFor } from './bare-client.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'emulator-program-'));

type Ready = { ready: true; url: string; ws_url: string; root_key: string; pid: number };
let child: ChildProcess;
let ready: Ready;

const start = async (...args: string[]): Promise<{ child: ChildProcess; line: string }> => {
  const started = spawn(process.execPath, [main, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface(started.stdout ?? process.stdin);
  const [line] = (await once(lines, 'line')) as [string];
  return { child: started, line };
};

beforeAll(async () => {
  const started = await start('--json', '--data-dir', folder);
  child = started.child;
  ready = JSON.parse(started.line) as Ready;
});
afterAll(() => {
  endAllClients();
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const phone = (...args: string[]): Promise<string> => runPhoneCommand([...args, '--url', ready.url], undefined);
const phoneJson = async <T>(...args: string[]): Promise<T> => JSON.parse(await phone(...args, '--json')) as T;

describe('the program', () => {
  test('says in its first line where it is and what to trust', async () => {
    expect(ready).toEqual({
      ready: true,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      ws_url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/ws\/chat$/),
      root_key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      media_ca_path: join(folder, 'media-ca.pem'),
      pid: child.pid,
    });
    const info = await (await fetch(`${ready.url}/control/info`)).json();
    expect(info).toMatchObject({ ws_url: ready.ws_url, root_key: ready.root_key });
  });

  test('describes its control API', async () => {
    const document = (await (await fetch(`${ready.url}/openapi.json`)).json()) as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/control/info', '/control/phones/{number}/scan', '/control/faults', '/control/stats']),
    );
  });

  test('is driven by its own commands', async () => {
    type Added = { number: string };
    const ada = await phoneJson<Added>('add', '--name', 'Ada', '--number', '4915155500001');
    const bob = await phoneJson<Added>('add', '--name', 'Bob', '--devices', '2');
    expect(await phone('list')).toContain('Ada');
    trustRoot(ready.root_key);
    const pairing = connect(ready.ws_url);
    const qr = await waitFor('a QR code', () => pairing.qrs[0]);
    expect(await phoneJson('scan', ada.number, qr)).toMatchObject({ device: 1 });
    await pairing.closed;
    const client = connect(ready.ws_url, pairing.credentials);
    await client.waitOffline();
    await phone('send', bob.number, ada.number, 'hello from the shell');
    await waitFor('the text', () => client.messages.some(({ message }) => message?.extendedTextMessage));
    expect(await phone('messages', ada.number, '--with', bob.number)).toContain('hello from the shell');
    expect(await phone('clients', ada.number)).toContain(`${ada.number}:1@s.whatsapp.net`);
    expect(await phoneJson('counters', bob.number)).toMatchObject({ raw: 0 });
    type Made = { id: string; group: string };
    const { group } = await phoneJson<Made>('group', bob.number, 'Shell', ada.number);
    const { id } = await phoneJson<Made>('send', bob.number, group, 'to the group');
    await phone('setting', bob.number, group, 'approval=true', 'subject=Terminal');
    expect(await phone('groups')).toContain('Terminal');
    expect(await phone('requests', bob.number, group, 'approve')).toBe('(none)');
    await phone('react', ada.number, id, '👍');
    await phone('edit', bob.number, id, 'edited');
    const shown = await phoneJson<{ data: object[] }>('messages', ada.number, '--with', group);
    expect(shown.data).toMatchObject([{ text: 'edited', reactions: [{ from: ada.number, emoji: '👍' }] }]);
    const poll = await phoneJson<Made>('poll', bob.number, group, 'Tea?', 'yes', 'no');
    await phone('vote', ada.number, poll.id, 'yes');
    await phone('delete', bob.number, id);
    await phone('timer', bob.number, ada.number, '60');
    expect(await phone('chats', ada.number)).toContain(bob.number);
    expect(await phone('members', bob.number, group, 'promote', ada.number)).toContain('200');
    await phone('leave', ada.number, group);
    expect(await phone('groups')).toContain('Terminal');
    await expect(phone('code', ada.number, 'ABCDEFGH')).rejects.toThrow('no client shows a code');
    await phone('send', bob.number, ada.number, 'a file', '--kind', 'document', '--file', readme);
    expect(await phone('messages', ada.number)).toContain('README.md');
    await phone('here', bob.number);
    expect(await phone('typing', bob.number, ada.number, 'recording')).toContain('recording');
    await phone('away', bob.number);
    expect(await phone('block', bob.number, ada.number)).toContain(ada.number);
    await phone('unblock', bob.number, ada.number);
    await phone('privacy', bob.number, 'last', 'none');
    expect(await phone('privacy', bob.number)).toContain('"last": "none"');
    expect(await phone('picture', bob.number, readme)).toBe('done');
    const story = await phoneJson<Made>('story', bob.number, 'from the shell', '--to', ada.number);
    expect(await phone('stories', ada.number)).toContain('from the shell');
    await phone('view', ada.number, story.id);
    expect(await phone('contact', ada.number, bob.number, 'Bobby')).toContain('Bobby');
    expect(await phone('contact', ada.number, bob.number)).toBe('(none)');
    const { id: call } = await phoneJson<Made>('call', bob.number, ada.number, '--video');
    expect(await phone('calls', ada.number)).toContain('ringing');
    expect(await phone('reject', ada.number, call)).toContain('rejected');
    expect(await phone('set', bob.number, 'about=at sea', 'auto_read=true')).toContain('at sea');
    const { newsletter } = await phoneJson<{ newsletter: string }>('channel', bob.number, 'Sea news');
    expect(await phone('follow', ada.number, newsletter)).toContain(ada.number);
    await phone('post', bob.number, newsletter, 'calm today');
    expect(await phone('posts', newsletter)).toContain('calm today');
    expect(await phone('channels')).toContain('Sea news');
    expect(await phone('restrict', bob.number, '0')).toContain('null');
    expect(await phone('community', bob.number, 'Harbour')).toContain('"is_community": true');
    const reply = await phoneJson<Made>('send', bob.number, ada.number, 'Blue', '--kind', 'list_reply', 'choice=7');
    await phone('pin', bob.number, ada.number, reply.id);
    expect(await phone('messages', ada.number, '--with', bob.number)).toContain('list_reply');
    await phone('chat', ada.number, bob.number, 'pinned=true');
    await phone('label', ada.number, '3', 'Paid', '2');
    expect(await phone('tag', ada.number, '3', bob.number)).toContain('Paid');
    expect(await phone('business', bob.number, 'description=bikes', 'category=shop')).toContain('bikes');
    expect(await phone('business', bob.number)).toContain('shop');
    await phone('off', bob.number);
    await expect(phone('send', bob.number, ada.number, 'no')).rejects.toThrow('switched off');
    await phone('on', bob.number);
    expect(await phoneJson('faults', 'add', 'nack', 'code=463', `number=${ada.number}`)).toMatchObject({ code: 463 });
    expect(await phone('faults')).toContain('rate_overlimit');
    expect(await phone('faults', 'end')).toBe('done');
    await phone('disconnect', ada.number, '1', 'unavailable_503');
    expect((await client.closed).statusCode).toBe(503);
    await phone('unlink', ada.number, '1');
    expect(await phone('clients', ada.number)).toBe('(none)');
    expect(await phone('dance')).toContain('Usage');
    await expect(phone('send', bob.number)).rejects.toThrow('TO is missing');
  });

  test('stops at once with 0 when asked to, and keeps its root and phones for the next start', async () => {
    const pairing = connect(ready.ws_url);
    await waitFor('a QR code', () => pairing.qrs[0]);
    const asked = performance.now();
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2000);
    await pairing.closed;
    const again = await start('--json', '--data-dir', folder);
    child = again.child;
    const next = JSON.parse(again.line) as Ready;
    expect(next.root_key).toBe(ready.root_key);
    ready = next;
    expect(await phone('list')).toContain('4915155500001');
  });

  test('refuses a host that is reachable from outside, and ports that are none', async () => {
    for (const args of [
      ['--host', '0.0.0.0'],
      ['--port', 'x'],
    ]) {
      const refused = spawn(process.execPath, [main, ...args], { stdio: 'ignore' });
      const [code] = await once(refused, 'exit');
      expect(code).toBe(64);
    }
  });
});

test('the table of faults in the README is the one in the code', () => {
  const rows = Object.entries(FAULTS).map(([kind, meaning]) => `| \`${kind}\` | ${meaning} |`);
  expect(readFileSync(readme, 'utf8')).toContain(['| kind | what happens |', '|---|---|', ...rows].join('\n'));
});
