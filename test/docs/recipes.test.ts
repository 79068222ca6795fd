/** The programs of docs/recipes.md, run as they stand there. Those in PHP have a suite of their own. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { type Kitchen, openKitchen, readSnippet } from './kitchen.ts';

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen.close());

test('answer-node answers who writes, and takes nothing that is not signed', () =>
  // Where it finds the packages of the project, one of which it imports.
  kitchen.serve('answer-node', join(import.meta.dirname, 'hook.tmp.mjs'), (file) => [process.execPath, file]));

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)('answer-python answers who writes, and takes nothing that is not signed', () =>
  kitchen.serve('answer-python', join(kitchen.folder, 'hook.py'), (file) => ['python3', file]),
);

test('answer-stream answers who writes, without any address', async () => {
  const { ann, shop, lab } = kitchen;
  const file = join(kitchen.folder, 'stream.mjs');
  writeFileSync(file, readSnippet('answer-stream'));
  const complaints = kitchen.start(process.execPath, [file], kitchen.environment());
  await waitFor('an answer', async () => {
    await lab.phones.send(ann.number, { to: shop.phone.number, text: 'to the stream' });
    return (await kitchen.shownToAnn()).includes('You said: to the stream');
  });
  expect(complaints()).toBe('');
});

function runShell(snippet: string, more: Readonly<Record<string, string>>) {
  const { shop, ann } = kitchen;
  const env = kitchen.environment({ INSTANCE: shop.id, TO: `+${ann.number}`, ...more });
  return JSON.parse(spawnSync('bash', ['-ec', readSnippet(snippet)], { env }).stdout.toString());
}

test('send-file sends the file, byte for byte', async () => {
  const file = join(kitchen.folder, 'invoice.pdf');
  const content = `%PDF-1.7\n${'invoice '.repeat(1000)}`;
  writeFileSync(file, content);
  const sent = runShell('send-file', { FILE: file });
  await kitchen.lab.waitForStatus(sent.id, 'delivered');
  const url = `${kitchen.lab.phonesUrl}/control/phones/${kitchen.ann.number}/messages/${sent.network_message_id}/media`;
  const shown = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect(createHash('sha256').update(shown).digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
});

test('send-later puts the message off', () => {
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  expect(runShell('send-later', { SEND_AT: sendAt })).toMatchObject({ status: 'scheduled', send_at: sendAt });
});

test('a snippet that is not there is an error', () => {
  expect(() => readSnippet('answer-nope')).toThrow('no snippet');
});
