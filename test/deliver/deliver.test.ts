import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { sendTestEvent } from '../../src/domain/events/index.ts';
import {
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  replayDelivery,
  requireEndpoint,
} from '../../src/domain/webhooks/index.ts';
import { endPausesOver } from '../../src/lanes/index.ts';
import { newId } from '../../src/lib/index.ts';
import { verifySluice } from '../support/verify-signatures.ts';
import { answerWith, type Hit, openGateway, silent, startReceiver, until, wait } from './harness.ts';

function expectSigned(hit: Hit, secret: string): void {
  const headers = hit.headers as Record<string, string>;
  expect(new Webhook(secret).verify(hit.text, headers)).toEqual(hit.body);
  const own = { secret, signature: headers['x-sluice-signature'] ?? '', rawBody: Buffer.from(hit.text) };
  expect(verifySluice({ ...own, nowSeconds: Date.now() / 1_000 })).toEqual({ ok: true });
}

const instance = () => newId('ins', Date.now());

test('an event arrives once, signed both ways, with its ids in the headers', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const { endpoint, secret } = await gateway.createEndpoint(receiver.url);
  await gateway.startWorker();
  const instanceId = instance();
  const event = await gateway.record({ instanceId, correlationId: 'order-7', occurredAt: 1_700_000_000_000 });
  await until(() => receiver.hits.length === 1);
  await wait(200);
  expect(receiver.hits).toHaveLength(1);
  const [hit] = receiver.hits;
  if (!hit) throw new Error('no hit');
  expectSigned(hit, secret);
  expect(hit.body).toEqual({
    event: 'message.received',
    event_id: event.id,
    api_version: '2026-11',
    instance_id: instanceId,
    occurred_at: '2023-11-14T22:13:20.000Z',
    data: { text: 'olá 👋' },
  });
  expect(hit.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^Sluice/),
    'webhook-id': event.id,
    'x-sluice-event': 'message.received',
    'x-sluice-event-id': event.id,
    'x-sluice-endpoint-id': endpoint.id,
    'x-sluice-correlation-id': 'order-7',
  });
  const [delivery] = await gateway.deliveries();
  expect(delivery).toMatchObject({ status: 'delivered', attempts: 1, last_error: null, last_response_status: 200 });
  expect(delivery?.delivered_at).toBeGreaterThan(0);
  expect(delivery && (await gateway.attempts(delivery))).toMatchObject([
    { number: 1, response_status: 200, response_body: 'ok', error: null },
  ]);
});

test('an endpoint gets the types and the instances that it chose, and no event of another customer', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const [mine, other] = [instance(), instance()];
  await gateway.createEndpoint(receiver.url, { events: ['message.*', 'qr.updated'], instanceIds: [mine] });
  await gateway.startWorker();
  const stranger = await gateway.createCustomer();
  await gateway.record({ instanceId: mine, customerId: stranger.customerId });
  await gateway.record({ instanceId: other });
  await gateway.record({ instanceId: mine, type: 'instance.connected' });
  await gateway.record({ type: 'contact.updated' });
  const wanted = [
    await gateway.record({ instanceId: mine, type: 'qr.updated' }),
    await gateway.record({ instanceId: mine, type: 'message.sent' }),
  ];
  await until(() => receiver.hits.length >= 2);
  await wait(200);
  expect(receiver.hits.map((hit) => hit.body.event_id).sort()).toEqual(wanted.map(({ id }) => id));
  expect(await gateway.deliveries()).toHaveLength(2);
});

test('an endpoint gets what happens in the chats that it chose, and in chats of the type that it chose', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const [ana, team] = [newId('cht', 1), newId('cht', 1)];
  const { endpoint: direct } = await gateway.createEndpoint(receiver.url, { chatTypes: 'direct_only' });
  const { endpoint: groups } = await gateway.createEndpoint(receiver.url, { chatTypes: 'groups_only' });
  const { endpoint: chosen } = await gateway.createEndpoint(receiver.url, { chatIds: [team] });
  const { endpoint: all } = await gateway.createEndpoint(receiver.url);
  const fromAna = await gateway.record({ chat: { id: ana, type: 'person' } });
  const fromTeam = await gateway.record({ chat: { id: team, type: 'group' } });
  const story = await gateway.record({ chat: { id: ana, type: 'story' } });
  const noChat = await gateway.record({ type: 'instance.connected' });
  const taken = async (endpoint: typeof all) =>
    (await gateway.deliveries(endpoint)).map(({ event_id }) => event_id).reverse();
  expect(await taken(direct)).toEqual([fromAna.id]);
  expect(await taken(groups)).toEqual([fromTeam.id]);
  expect(await taken(chosen)).toEqual([fromTeam.id]);
  expect(await taken(all)).toEqual([fromAna.id, fromTeam.id, story.id, noChat.id]);
});

test('headers of the owner come with every delivery, and are kept sealed', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const headers = { Authorization: 'Bearer sesame', 'X-Tenant': '17' };
  const { endpoint, secret } = await gateway.createEndpoint(receiver.url, { headers });
  await gateway.startWorker();
  await gateway.record();
  await until(() => receiver.hits.length === 1);
  expect(receiver.hits[0]?.headers).toMatchObject({ authorization: 'Bearer sesame', 'x-tenant': '17' });
  if (receiver.hits[0]) expectSigned(receiver.hits[0], secret);
  const patch = (patch: Parameters<typeof gateway.endpoints.patch>[3]) =>
    gateway.db.tx((tx) => gateway.endpoints.patch(tx, gateway.caller, endpoint.id, patch));
  expect((await patch({ description: 'other' })).headerNames).toEqual(['Authorization', 'X-Tenant']);
  expect((await patch({ headers: { 'X-Other': 'a' } })).headerNames).toEqual(['X-Other']);
  await gateway.record();
  await until(() => receiver.hits.length === 2);
  expect(receiver.hits[1]?.headers).toMatchObject({ 'x-other': 'a' });
  expect(receiver.hits[1]?.headers).not.toHaveProperty('authorization');
  expect((await patch({ headers: null })).headerNames).toEqual([]);
  const stored = JSON.stringify(await gateway.db.read.selectFrom('endpoints').selectAll().execute());
  const audit = JSON.stringify(await gateway.db.read.selectFrom('audit_events').selectAll().execute());
  expect(stored + audit).not.toContain('sesame');
});

test('what fails is tried by schedule under one id and with the same bytes, then it has failed for good', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver(answerWith(503));
  const { endpoint, secret } = await gateway.createEndpoint(receiver.url);
  await gateway.startWorker({ config: { webhookRetryWaitsMs: [0, 300, 600] } });
  await gateway.record();
  await until(() => receiver.hits.length === 2);
  expect(await gateway.deliveries(endpoint)).toMatchObject([{ status: 'retrying', last_error: 'http_503' }]);
  await until(() => receiver.hits.length === 3);
  await wait(1_500);
  expect(receiver.hits).toHaveLength(3);
  const [first, second, third] = receiver.hits.map(({ atMs }) => atMs);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(300);
  expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(600);
  expect(new Set(receiver.hits.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(receiver.hits.map(({ text }) => text)).size).toBe(1);
  for (const hit of receiver.hits) expectSigned(hit, secret);
  const [delivery] = await gateway.deliveries(endpoint);
  expect(delivery).toMatchObject({ status: 'failed', attempts: 3, next_attempt_at: null, last_response_status: 503 });
  expect(delivery && (await gateway.attempts(delivery)).map(({ number }) => number)).toEqual([3, 2, 1]);
});

test("an endpoint's own schedule counts, its wait before the first attempt too", async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver(answerWith(500));
  await gateway.createEndpoint(receiver.url, { retryWaitsMs: [400] });
  await gateway.startWorker();
  const startedAtMs = Date.now();
  await gateway.record();
  await until(() => receiver.hits.length === 1);
  expect((receiver.hits[0]?.atMs ?? 0) - startedAtMs).toBeGreaterThanOrEqual(390);
  await until(async () => (await gateway.deliveries())[0]?.status === 'failed');
  await wait(800);
  expect(receiver.hits).toHaveLength(1);
});

test('Retry-After lengthens a wait up to the bound and never shortens it', async () => {
  const gateway = await openGateway();
  const asked = ['1', '3600', '1'];
  const receiver = await startReceiver((response, _hit, number) =>
    answerWith(429, { 'Retry-After': asked[number] ?? '0' })(response),
  );
  await gateway.createEndpoint(receiver.url);
  const config = { webhookRetryWaitsMs: [0, 100, 100, 1_300], webhookRetryAfterMaxMs: 1_500 };
  await gateway.startWorker({ config });
  await gateway.record();
  await until(() => receiver.hits.length === 4, 8_000);
  const gaps = receiver.hits.slice(1).map(({ atMs }, index) => atMs - (receiver.hits[index]?.atMs ?? 0));
  expect(gaps[0]).toBeGreaterThanOrEqual(1_000);
  expect(gaps[1]).toBeGreaterThanOrEqual(1_500);
  expect(gaps[1]).toBeLessThan(3_000);
  expect(gaps[2]).toBeGreaterThanOrEqual(1_300);
});

test('the other endpoints are told once when one gets nothing any more, and when it gets something again', async () => {
  const gateway = await openGateway();
  let statusCode = 500;
  const receiver = await startReceiver((response) => answerWith(statusCode)(response));
  const watcher = await startReceiver();
  const { endpoint } = await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0], redrive: false });
  await gateway.createEndpoint(watcher.url, { events: ['endpoint.*'] });
  await gateway.startWorker();
  await gateway.record();
  await gateway.record();
  await until(async () => (await gateway.deliveries(endpoint)).every(({ status }) => status === 'failed'));
  const read = () => requireEndpoint(gateway.db.read, gateway.caller, endpoint.id);
  const since = (await read()).unansweredSince;
  expect(since).toBeGreaterThan(0);
  statusCode = 200;
  await gateway.record();
  await gateway.record();
  await until(() => watcher.hits.length >= 2);
  await wait(300);
  const told = { endpoint_id: endpoint.id, url: receiver.url, unanswered_since: new Date(since ?? 0).toISOString() };
  expect(watcher.hits.map(({ body }) => [body.event, body.data])).toEqual([
    ['endpoint.failing', told],
    ['endpoint.recovered', told],
  ]);
  expect((await read()).unansweredSince).toBeNull();
  expect(await gateway.deliveries(endpoint)).toHaveLength(4);
});

test('an endpoint that gets nothing for too long is disabled, and gets as long again when it is enabled', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver(answerWith(500));
  const watcher = await startReceiver();
  const { endpoint } = await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0] });
  await gateway.createEndpoint(watcher.url, { events: ['endpoint.disabled'] });
  await gateway.startWorker({ config: { webhookDisableAfterMs: 600 } });
  const failOne = async (count: number) => {
    await gateway.record();
    await until(async () => {
      const all = await gateway.deliveries(endpoint);
      return all.length === count && all.every(({ status }) => status === 'failed');
    });
    return requireEndpoint(gateway.db.read, gateway.caller, endpoint.id);
  };
  expect(await failOne(1)).toMatchObject({ enabled: true });
  await wait(650);
  expect(await failOne(2)).toMatchObject({ enabled: false, disabledReason: 'failing' });
  await until(() => watcher.hits.length === 1);
  expect(watcher.hits[0]?.body.data).toMatchObject({ endpoint_id: endpoint.id, reason: 'failing' });
  await gateway.db.tx((tx) => enableEndpoint(tx, gateway.caller, endpoint.id));
  expect(await failOne(3)).toMatchObject({ enabled: true });
});

test('410 disables the endpoint, tells the others, and holds what waits until it is enabled', async () => {
  const gateway = await openGateway();
  let gone = true;
  const receiver = await startReceiver((response) => answerWith(gone ? 410 : 200)(response));
  const watcher = await startReceiver();
  const { endpoint } = await gateway.createEndpoint(receiver.url, { events: ['message.*'], ordering: 'strict' });
  await gateway.createEndpoint(watcher.url, { events: ['endpoint.disabled'] });
  const first = await gateway.record();
  const second = await gateway.record();
  await gateway.startWorker();
  await until(() => watcher.hits.length === 1);
  expect(watcher.hits[0]?.body.data).toEqual({ endpoint_id: endpoint.id, url: receiver.url, reason: 'gone' });
  await gateway.record();
  await wait(600);
  expect(receiver.hits).toHaveLength(1);
  expect(await gateway.deliveries(endpoint)).toMatchObject([{ status: 'pending' }, { status: 'retrying' }]);
  const audit = await gateway.db.read.selectFrom('audit_events').selectAll().where('actor', '=', 'system').execute();
  expect(audit).toMatchObject([{ action: 'endpoint.disabled', target: endpoint.id }]);

  gone = false;
  await gateway.db.tx((tx) => enableEndpoint(tx, gateway.caller, endpoint.id));
  await until(() => receiver.hits.length === 3);
  expect(receiver.hits.slice(1).map(({ body }) => body.event_id)).toEqual([first.id, second.id]);
});

test('a strict endpoint gets events in their order, whichever fails', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver((response, _hit, number) => answerWith(number % 3 === 1 ? 500 : 200)(response));
  await gateway.createEndpoint(receiver.url, { ordering: 'strict' });
  await gateway.startWorker({ config: { webhookRetryWaitsMs: [0, 20, 20, 20] } });
  const ids: string[] = [];
  for (let n = 0; n < 12; n += 1) ids.push((await gateway.record({ instanceId: instance() })).id);
  await until(async () => (await gateway.deliveries()).every(({ status }) => status === 'delivered'));
  const answered = receiver.hits.filter((_hit, index) => index % 3 !== 1);
  expect(answered.map(({ body }) => body.event_id)).toEqual(ids);
  expect(receiver.openMax()).toBe(1);
});

test('an endpoint ordered by instance gets each instance in order, and one that fails holds up no other', async () => {
  const gateway = await openGateway();
  const [stuck, free] = [instance(), instance()];
  let broken = true;
  const receiver = await startReceiver((response, hit) =>
    answerWith(broken && hit.text.includes(stuck) ? 500 : 200)(response),
  );
  await gateway.createEndpoint(receiver.url, { ordering: 'instance' });
  await gateway.startWorker({ config: { webhookRetryWaitsMs: [0, 50, 50, 50, 50, 50, 50, 50, 50, 50] } });
  const ids: Record<string, string[]> = { [stuck]: [], [free]: [] };
  for (let n = 0; n < 10; n += 1) {
    for (const instanceId of [stuck, free]) ids[instanceId]?.push((await gateway.record({ instanceId })).id);
  }
  const idsOf = (id: string) => receiver.hits.filter(({ text }) => text.includes(id)).map(({ body }) => body.event_id);
  await until(() => idsOf(free).length === 10);
  expect(idsOf(free)).toEqual(ids[free]);
  expect(new Set(idsOf(stuck))).toEqual(new Set([ids[stuck]?.[0]]));
  broken = false;
  await until(async () => (await gateway.deliveries()).every(({ status }) => status === 'delivered'));
  expect([...new Set(idsOf(stuck))]).toEqual(ids[stuck]);
});

test('an endpoint that hangs has its own few attempts in flight and slows nobody else', async () => {
  const gateway = await openGateway();
  const hanging = await startReceiver(silent);
  const healthy = await startReceiver();
  await gateway.createEndpoint(hanging.url);
  const endpoints = 20;
  for (let n = 0; n < endpoints; n += 1) await gateway.createEndpoint(`${healthy.url}/${n}`);
  // Whoever waited for the hanging one would wait for longer than this test.
  await gateway.startWorker({ config: { webhookMaxPerHost: 1_024, webhookTimeoutMs: 60_000 } });
  const events = 30;
  for (let n = 0; n < events; n += 1) await gateway.record();
  await until(() => healthy.hits.length === events * endpoints);
  await wait(300);
  expect(hanging.hits).toHaveLength(8);
  expect(hanging.openMax()).toBe(8);
});

test('behind one origin a customer has so many in flight and no more, and a hanging endpoint cannot take all', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver((response, hit) => {
    if (!hit.path.endsWith('/hangs')) setTimeout(() => response.end(), 10);
  });
  await gateway.createEndpoint(`${receiver.url}/hangs`);
  for (const path of ['a', 'b', 'c']) await gateway.createEndpoint(`${receiver.url}/${path}`);
  const stranger = await gateway.createCustomer();
  const elsewhere = await startReceiver();
  await gateway.createEndpoint(elsewhere.url, {}, stranger);
  await gateway.startWorker({ config: { webhookMaxPerHost: 10, webhookMaxPerEndpoint: 8, webhookTimeoutMs: 60_000 } });
  for (let n = 0; n < 40; n += 1) {
    await gateway.record();
    await gateway.record({ customerId: stranger.customerId });
  }
  await until(() => receiver.hits.filter(({ path }) => !path.endsWith('/hangs')).length === 120);
  await until(() => elsewhere.hits.length === 40);
  const hanging = () => receiver.hits.filter(({ path }) => path.endsWith('/hangs')).length;
  await until(() => hanging() === 8);
  await wait(300);
  expect(hanging()).toBe(8);
  expect(receiver.openMax()).toBeLessThanOrEqual(10);
});

test('a worker that dies during a post is followed by one that posts again under the same event id', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver((response, _hit, number) => {
    if (number > 0) response.end('ok');
  });
  const { secret } = await gateway.createEndpoint(receiver.url);
  const dead = await gateway.startWorker();
  const event = await gateway.record();
  await until(() => receiver.hits.length === 1);
  await dead.stop();
  expect(await gateway.deliveries()).toMatchObject([{ status: 'pending', attempts: 0 }]);
  await gateway.db.tx((tx) => tx.updateTable('workers').set({ lease_until: 1 }).execute());
  await gateway.startWorker();
  await until(async () => (await gateway.deliveries())[0]?.status === 'delivered');
  expect(receiver.hits.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  expect(receiver.hits[1]?.text).toBe(receiver.hits[0]?.text);
  for (const hit of receiver.hits) expectSigned(hit, secret);
  await wait(300);
  expect(receiver.hits).toHaveLength(2);
});

test('what a worker learns after its lane has moved on is not recorded', async () => {
  const gateway = await openGateway();
  const late: (() => void)[] = [];
  const receiver = await startReceiver((response, _hit, number) => {
    if (number === 0) late.push(() => response.writeHead(500).end());
    else response.end('ok');
  });
  await gateway.createEndpoint(receiver.url);
  await gateway.startWorker();
  await gateway.record();
  await until(() => receiver.hits.length === 1);
  await gateway.db.tx((tx) => tx.updateTable('workers').set({ lease_until: 1 }).execute());
  await gateway.startWorker();
  await until(async () => (await gateway.deliveries())[0]?.status === 'delivered');
  for (const answer of late) answer();
  await wait(300);
  const [delivery] = await gateway.deliveries();
  expect(delivery).toMatchObject({ status: 'delivered', attempts: 1 });
  expect(delivery && (await gateway.attempts(delivery))).toMatchObject([{ number: 1, response_status: 200 }]);
});

test('a drain lets what is in flight end within its grace, and starts nothing more', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver((response) => void setTimeout(() => response.end('ok'), 300));
  await gateway.createEndpoint(receiver.url, { ordering: 'strict' });
  const worker = await gateway.startWorker({ config: { shutdownGraceMs: 5_000 } });
  await gateway.record();
  await gateway.record();
  await until(() => receiver.hits.length === 1);
  const startedAtMs = Date.now();
  await worker.stop();
  expect(Date.now() - startedAtMs).toBeLessThan(2_000);
  await wait(300);
  expect(receiver.hits).toHaveLength(1);
  expect(await gateway.deliveries()).toMatchObject([{ status: 'pending' }, { status: 'delivered' }]);
});

test('while a secret is rotated both verify; afterwards only the new one does', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const { endpoint, secret: old } = await gateway.createEndpoint(receiver.url);
  await gateway.startWorker();
  const { secret } = await gateway.db.tx((tx) => gateway.endpoints.rotateSecret(tx, gateway.caller, endpoint.id, 500));
  await gateway.record();
  await until(() => receiver.hits.length === 1);
  await wait(600);
  await gateway.record();
  await until(() => receiver.hits.length === 2);
  const [during, after] = receiver.hits;
  if (!during || !after) throw new Error('no hits');
  expectSigned(during, old);
  expectSigned(during, secret);
  expectSigned(after, secret);
  expect(() => expectSigned(after, old)).toThrow();
});

test('an address that is no longer allowed fails at every attempt and is never connected to', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  await gateway.createEndpoint(receiver.url);
  await gateway.startWorker({ allow: '' });
  await gateway.record();
  await until(async () => (await gateway.deliveries())[0]?.status === 'failed');
  const [delivery] = await gateway.deliveries();
  expect(delivery?.attempts).toBe(3);
  expect(delivery?.last_error).toMatch(/^forbidden_address: /);
  expect(delivery?.last_response_status).toBeNull();
  await wait(300);
  expect(receiver.connections()).toBe(0);
});

test('a redirect is a failure and is not followed', async () => {
  const gateway = await openGateway();
  const elsewhere = await startReceiver();
  const receiver = await startReceiver(answerWith(307, { Location: elsewhere.url }));
  await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0] });
  await gateway.startWorker();
  await gateway.record();
  await until(async () => (await gateway.deliveries())[0]?.status === 'failed');
  expect(await gateway.deliveries()).toMatchObject([{ last_error: 'http_307: redirects are not followed' }]);
  await wait(200);
  expect(elsewhere.connections()).toBe(0);
});

test('a delivery that has ended is replayed under the same event id, with its attempts counted on', async () => {
  const gateway = await openGateway();
  let up = false;
  const receiver = await startReceiver((response) => answerWith(up ? 200 : 500)(response));
  await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0, 20] });
  await gateway.startWorker();
  const event = await gateway.record();
  await until(async () => (await gateway.deliveries())[0]?.status === 'failed');
  const [delivery] = await gateway.deliveries();
  if (!delivery) throw new Error('no delivery');
  const replay = () => gateway.db.tx((tx) => replayDelivery(tx, gateway.caller, delivery.id));
  await replay();
  await until(() => receiver.hits.length === 4);
  await until(async () => (await gateway.deliveries())[0]?.status === 'failed');
  up = true;
  await replay();
  await until(async () => (await gateway.deliveries())[0]?.status === 'delivered');
  await replay();
  await until(() => receiver.hits.length === 6);
  await until(async () => (await gateway.deliveries())[0]?.status === 'delivered');
  expect(new Set(receiver.hits.map(({ body }) => body.event_id))).toEqual(new Set([event.id]));
  expect((await gateway.attempts(delivery)).map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1]);
});

test('a delivery is not replayed while it is being tried, and not for another customer', async () => {
  const gateway = await openGateway();
  await gateway.createEndpoint((await startReceiver()).url);
  await gateway.record();
  const [delivery] = await gateway.deliveries();
  const stranger = await gateway.createCustomer();
  if (!delivery) throw new Error('no delivery');
  const replayAs = (caller: typeof stranger) => gateway.db.tx((tx) => replayDelivery(tx, caller, delivery.id));
  await expect(replayAs(gateway.caller)).rejects.toMatchObject({ code: 'delivery_not_replayable' });
  await expect(replayAs(stranger)).rejects.toMatchObject({ code: 'delivery_not_found' });
});

test('what had failed is redriven once when the endpoint answers again', async () => {
  const gateway = await openGateway();
  let up = false;
  const receiver = await startReceiver((response, hit) =>
    answerWith(up && hit.body.data.text !== 'poison' ? 200 : 500)(response),
  );
  await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0] });
  await gateway.startWorker();
  for (let n = 0; n < 30; n += 1) await gateway.record();
  const poison = await gateway.record({ data: { text: 'poison' } });
  await until(async () => (await gateway.deliveries()).every(({ status }) => status === 'failed'));
  up = true;
  await gateway.record();
  await until(async () => (await gateway.deliveries()).filter(({ status }) => status === 'delivered').length === 31);
  await gateway.record();
  await wait(500);
  expect(receiver.hits.filter(({ body }) => body.event_id === poison.id)).toHaveLength(2);
  expect(receiver.hits).toHaveLength(31 + 1 + 31 + 1);
});

test('an endpoint without redrive keeps what failed as it is', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver((response, _hit, number) => answerWith(number === 0 ? 500 : 200)(response));
  await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0], redrive: false });
  await gateway.startWorker();
  await gateway.record();
  await until(async () => (await gateway.deliveries())[0]?.status === 'failed');
  await gateway.record();
  await until(() => receiver.hits.length === 2);
  await wait(300);
  expect(receiver.hits).toHaveLength(2);
});

test('a deleted endpoint gets nothing more, and what waited has failed', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver(answerWith(500));
  const { endpoint } = await gateway.createEndpoint(receiver.url);
  await gateway.startWorker({ config: { webhookRetryWaitsMs: [0, 200] } });
  await gateway.record();
  await until(async () => (await gateway.deliveries())[0]?.status === 'retrying');
  await gateway.db.tx((tx) => deleteEndpoint(tx, gateway.caller, endpoint.id));
  expect(await gateway.db.read.selectFrom('jobs').selectAll().execute()).toEqual([]);
  await gateway.record();
  await wait(700);
  expect(receiver.hits).toHaveLength(1);
  expect(await gateway.deliveries()).toMatchObject([{ status: 'failed', last_error: 'endpoint_deleted' }]);
});

test('a disabled endpoint gets no new events; what waited goes out when it is enabled', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const { endpoint } = await gateway.createEndpoint(receiver.url);
  const event = await gateway.record();
  await gateway.db.tx((tx) => disableEndpoint(tx, gateway.caller, endpoint.id));
  await gateway.record();
  await gateway.startWorker();
  await wait(300);
  expect(receiver.hits).toEqual([]);
  const test = gateway.db.tx((tx) => sendTestEvent(tx, gateway.caller, endpoint.id));
  await expect(test).rejects.toMatchObject({ code: 'endpoint_disabled' });
  await gateway.db.tx((tx) => enableEndpoint(tx, gateway.caller, endpoint.id));
  await until(() => receiver.hits.length === 1);
  await wait(200);
  expect(receiver.hits.map(({ body }) => body.event_id)).toEqual([event.id]);
});

test('a test event reaches its endpoint, whatever that subscribes to, and no other', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const other = await startReceiver();
  const { endpoint, secret } = await gateway.createEndpoint(receiver.url, { events: ['qr.updated'] });
  await gateway.createEndpoint(other.url);
  await gateway.startWorker();
  const { event } = await gateway.db.tx((tx) => sendTestEvent(tx, gateway.caller, endpoint.id));
  await until(() => receiver.hits.length === 1);
  const [hit] = receiver.hits;
  if (!hit) throw new Error('no hit');
  expectSigned(hit, secret);
  expect(hit.body).toMatchObject({ event: 'endpoint.test', event_id: event.id });
  await wait(200);
  expect(other.hits).toEqual([]);
});

test('a pause over deliveries holds them, and its end lets them go in order', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  await gateway.createEndpoint(receiver.url, { ordering: 'strict' });
  await gateway.startWorker();
  const id = newId('pau', Date.now());
  const row = { id, family: 'deliver', scope: 'all', scope_id: '', mode: 'hold', reason: 'maintenance' };
  await gateway.db.tx((tx) =>
    tx
      .insertInto('pauses')
      .values({ ...row, notice_id: null, until: null, created_at: tx.now })
      .execute(),
  );
  const events = [await gateway.record(), await gateway.record(), await gateway.record()];
  await wait(300);
  expect(receiver.hits).toEqual([]);
  await gateway.db.tx(async (tx) => {
    await tx.updateTable('pauses').set({ until: 1 }).where('id', '=', id).execute();
    await endPausesOver(tx);
  });
  await until(() => receiver.hits.length === 3);
  expect(receiver.hits.map(({ body }) => body.event_id)).toEqual(events.map(({ id }) => id));
});
