/** What the snippets of docs/webhooks.md have to judge rightly, run as they stand there on what the gateway would send. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newWebhookSecret } from '../../src/lib/index.ts';
import { buildHeaders } from '../../src/worker/deliver-headers.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/webhooks.md'), 'utf8');

export function readSnippet(name: string): string {
  const code = new RegExp(`^\`\`\`\\w+ ${name}$([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (!code) throw new Error(`docs/webhooks.md has no snippet ${name}`);
  return code;
}

type Case = { readonly headers: Record<string, string>; readonly body: string; readonly secret: string };

const secret = newWebhookSecret();
const other = newWebhookSecret();
const body = '{"event":"message.received","data":{"text":"Grüße 👋"}}';

function sign(secrets: readonly string[], ageSeconds = 0): Record<string, string> {
  const headers = buildHeaders({
    prefix: 'X-Sluice',
    secrets,
    event: { id: 'evt_1', type: 'message.received', correlation_id: null },
    endpointId: 'end_1',
    own: {},
    body: Buffer.from(body),
    nowMs: Date.now() - ageSeconds * 1000,
  });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const cases: readonly (readonly [what: string, given: Case, isGenuine: boolean])[] = [
  ['genuine', { headers: sign([secret]), body, secret }, true],
  ['signed by two during a rotation', { headers: sign([other, secret]), body, secret }, true],
  ['another body', { headers: sign([secret]), body: body.replace('Grüße', 'Gruesse'), secret }, false],
  ['another secret', { headers: sign([other]), body, secret }, false],
  ['ten minutes old', { headers: sign([secret], 600), body, secret }, false],
  ['no headers', { headers: {}, body, secret }, false],
];

/** A snippet judges every case; `args` make a program of it that reads the case from its input and prints its judgement. */
export function judgeCases(snippet: string, command: string, args: (code: string) => string[]): void {
  test.each(cases)(`${snippet} of the docs judges what is %s rightly`, (_what, given, isGenuine) => {
    const ran = spawnSync(command, args(readSnippet(snippet)), { cwd: root, input: JSON.stringify(given) });
    expect(ran.stderr.toString()).toBe('');
    expect(ran.stdout.toString().trim()).toBe(String(isGenuine));
  });
}
