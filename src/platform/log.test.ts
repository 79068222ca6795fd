import { expect, it } from 'vitest';
import { createLog } from './log.ts';

function collectLines(): { lines: () => string; log: ReturnType<typeof createLog> } {
  const written: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line) => void written.push(line) } });
  return { lines: () => written.join(''), log };
}

const planted = 'PLANTED';

it.each([
  { to: planted },
  { text: planted },
  { phone_number: planted },
  { headers: { Authorization: planted, 'x-api-key': planted, cookie: planted } },
  { endpoint: { signingSecret: planted } },
  { deep: [{ er: { message: { caption: planted, body: { nested: planted } } } }] },
  { config: { secretsKey: planted, secretsKeyPrevious: planted, apiKeyPepper: planted } },
  { err: Object.assign(new Error('x'), { access_token: planted }) },
  { buffer: Buffer.from(planted) },
])('hides by the name of the field: %j', (fields) => {
  const { lines, log } = collectLines();
  log.info(fields, 'said');
  log.child(fields).child({ instanceId: 'ins_1' }).info('said');
  expect(lines()).not.toContain(planted);
  expect(lines().match(/said/g)).toHaveLength(2);
  expect(lines()).toContain('ins_1');
});

it.each([
  'key slc_live_0a9Z-_x was used',
  'Authorization: Bearer abc.def',
  'called +491701234567',
  'called +49 170 1234567',
  'from 491701234567@s.whatsapp.net and 491701234567:12@s.whatsapp.net',
])('hides by shape, in messages and in errors: %s', (sentence) => {
  const { lines, log } = collectLines();
  log.info(sentence);
  log.error({ err: new Error('outer', { cause: new Error(sentence) }) }, 'failed');
  expect(lines()).toContain('[hidden]');
  expect(lines()).not.toMatch(/0a9Z|abc\.def|1701234567|170 1234567/);
});

it('keeps what an operator needs: ids, codes, times and the error with its cause', () => {
  const { lines, log } = collectLines();
  const err = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'ECONNRESET' });
  log.warn({ messageId: 'msg_01J9ZS8Y7Q', waitMs: 1_732_000_000_000, err }, 'send failed');
  const line: unknown = JSON.parse(lines());
  expect(line).toMatchObject({
    level: 'warn',
    messageId: 'msg_01J9ZS8Y7Q',
    waitMs: 1_732_000_000_000,
    msg: 'send failed',
    err: { type: 'Error', message: 'outer', code: 'ECONNRESET', cause: { message: 'inner' } },
  });
});

it('survives a value that contains itself', () => {
  const { lines, log } = collectLines();
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  log.info({ circle }, 'round');
  expect(lines()).toContain('[deeper]');
});

it('writes nothing below its level', () => {
  const { lines, log } = collectLines();
  log.debug('quiet');
  expect(lines()).toBe('');
});
