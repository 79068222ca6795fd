import { expect, test } from 'vitest';
import type { WorkerStatus } from '../../src/http/index.ts';
import { openFrontDoor } from './harness.ts';

const well: WorkerStatus = {
  sessions: 1,
  capacity: 50,
  connected: 1,
  stalled: 0,
  draining: false,
  network: 'reachable',
};

test.each<[string, Partial<WorkerStatus>, number, string, string[]]>([
  ['well', {}, 200, 'ok', []],
  ['without WhatsApp', { network: 'unreachable' }, 200, 'degraded', ['whatsapp_unreachable']],
  ['before anybody tried', { network: 'unknown' }, 200, 'degraded', ['whatsapp_not_tried']],
  ['with a stalled session', { stalled: 1 }, 200, 'degraded', ['sessions_stalled']],
  ['full', { sessions: 50 }, 200, 'degraded', ['at_capacity']],
  ['while it stops', { draining: true }, 503, 'unavailable', ['draining']],
])('a gateway that is %s says so', async (_how, part, statusCode, status, reasons) => {
  const door = await openFrontDoor({ deps: { readWorkerStatus: () => ({ ...well, ...part }) } });
  const answer = await door.ask('GET', '/readyz');
  expect([answer.status, answer.json]).toEqual([statusCode, { status, reasons, notices: [] }]);
  expect((await door.ask('GET', '/healthz')).json).toEqual({ status: 'ok' });
  await door.close();
});

test('without a database it is unavailable, and alive', async () => {
  const door = await openFrontDoor({
    deps: { readWorkerStatus: () => well },
    change: (deps) => ({ ...deps, db: { ...deps.db, tx: () => Promise.reject(new Error('gone')) } }),
  });
  const answer = await door.ask('GET', '/readyz');
  expect([answer.status, answer.json.reasons]).toEqual([503, ['database_unavailable']]);
  expect((await door.ask('GET', '/healthz')).status).toBe(200);
  await door.close();
});

test('details and figures are for the operator', async () => {
  const door = await openFrontDoor({ deps: { readWorkerStatus: () => well } });
  const { key } = await door.addParty('Nosy');
  for (const asked of [{}, { key }]) expect((await door.ask('GET', '/readyz', asked)).json.details).toBeUndefined();
  const { details } = (await door.ask('GET', '/readyz', { key: door.admin })).json;
  expect(details).toMatchObject({ sessions: 1, sessions_max: 50, network: 'reachable' });
  expect((await door.ask('GET', '/metrics', { key })).status).toBe(403);
  const metrics = await door.ask('GET', '/metrics', { key: door.admin });
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  expect(metrics.text).toContain('sluice_http_request_seconds_count{method="GET",route="/readyz",status="200"} 3');
  await door.close();
});

test('another server than WhatsApp itself is noticed in public', async () => {
  const rootKey = Buffer.alloc(32, 1).toString('base64');
  const env = { WHATSAPP_WEB_URL: 'ws://127.0.0.1:9/', WHATSAPP_WEB_ROOT_KEY: rootKey };
  const door = await openFrontDoor({ env, deps: { readWorkerStatus: () => well } });
  expect((await door.ask('GET', '/readyz')).json.notices).toEqual(['not_whatsapp_itself']);
  await door.close();
});

test('the docs are readable without the internet', async () => {
  const door = await openFrontDoor();
  const page = await door.ask('GET', '/docs/');
  expect(page.status).toBe(200);
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(4);
  for (const link of links) {
    expect(link).toMatch(/^(\.\/|[a-z])/);
    const { pathname, origin } = new URL(link, `${door.address}/docs/`);
    expect(origin).toBe(door.address);
    expect([link, (await door.ask('GET', pathname)).status]).toEqual([link, 200]);
  }
  const described = await door.ask('GET', '/docs/json');
  expect(described.json.openapi).toBe('3.1.0');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  await door.close();
});

test('every answer carries a correlation id, and one that does not fit is replaced', async () => {
  const door = await openFrontDoor();
  for (const path of ['/healthz', '/v1/instances', '/nothing', '/docs/', '/openapi.json', '/v1/%zz']) {
    const made = await door.ask('GET', path);
    expect([path, made.headers.get('x-correlation-id')]).toEqual([path, expect.stringMatching(/^req_[0-9A-Z]{26}$/)]);
  }
  for (const wrong of ['x'.repeat(129), 'tab\there']) {
    const answer = await door.ask('GET', '/healthz', { headers: { 'x-correlation-id': wrong } });
    expect(answer.headers.get('x-correlation-id')).toMatch(/^req_/);
  }
  const kept = await door.ask('GET', '/v1/instances', { headers: { 'x-correlation-id': 'mine' } });
  expect(kept.headers.get('x-correlation-id')).toBe('mine');
  expect(kept.json.request_id).toMatch(/^req_/);
  await door.close();
});

test('a stop answers whoever waits and does not wait for connections that are kept open', async () => {
  const door = await openFrontDoor({ env: { QR_WAIT_MS: '30000' } });
  const { key } = await door.addParty('Last');
  const { json } = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  await door.ask('POST', `/v1/instances/${json.id}/connect`, { key });
  const waiting = door.ask('GET', `/v1/instances/${json.id}/qr`, { key });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = performance.now();
  const closed = door.close();
  const answer = await waiting;
  expect([answer.status, answer.json.error.code]).toEqual([503, 'shutting_down']);
  await closed;
  expect(performance.now() - started).toBeLessThan(2_000);
  await expect(door.ask('GET', '/healthz')).rejects.toThrow();
});
