/** What holds for every route there is, read off the description of the API so that a new route is met here by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isId, newId } from '../../src/lib/index.ts';
import { addGroup } from '../support/group-info.ts';
import { addNewsletter } from '../support/newsletter-info.ts';
import { type FrontDoor, openFrontDoor, type Party } from './harness.ts';

type Route = {
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly codes: string;
  readonly example: unknown;
};

let door: FrontDoor;
let owner: Party;
let stranger: Party;
let routes: Route[] = [];
let owned: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  door = await openFrontDoor();
  owner = await door.addParty('Owner');
  stranger = await door.addParty('Stranger');
  owned = await makeOneOfEach();
  routes = await listRoutes();
});
afterAll(() => door.close());

async function listRoutes(): Promise<Route[]> {
  const { json } = await door.ask('GET', '/openapi.json');
  return Object.entries<Record<string, OperationJson>>(json.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      isPublic: operation.security.length === 0,
      codes: JSON.stringify(operation.responses),
      example: exampleOf(operation),
    })),
  );
}

const exampleOf = ({ requestBody }: OperationJson): unknown => {
  const media = requestBody?.content['application/json'];
  return media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
};

type OperationJson = {
  security: unknown[];
  responses: object;
  requestBody?: { content: Record<string, { example?: unknown; examples?: Record<string, { value: unknown }> }> };
};

/** By the word in the path before the id: one thing of each kind, all of them the owner's. */
async function makeOneOfEach(): Promise<Record<string, string>> {
  const { key } = owner;
  const instance = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  const message = await door.ask('POST', `/v1/instances/${instance.json.id}/messages`, {
    key,
    body: { to: '+49 170 1234567', type: 'text', text: 'hello' },
  });
  const endpoint = await door.ask('POST', '/v1/endpoints', { key, body: { url: 'https://hooks.example.com/' } });
  const tested = await door.ask('POST', `/v1/endpoints/${endpoint.json.id}/test`, { key });
  const replay = await door.ask('POST', '/v1/deliveries/replay', { key, body: {} });
  const apiKey = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'other' } });
  const form = new FormData();
  form.append('file', new Blob(['hello']), 'hello.txt');
  const init = { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form };
  const media = JSON.parse(await (await fetch(`${door.address}/v1/media`, init)).text());
  const group = await door.db.tx((tx) => addGroup(tx, instance.json.id));
  const street = { address: '120300000000000002@g.us', kind: 'community' } as const;
  return {
    groups: group,
    communities: await door.db.tx((tx) => addGroup(tx, instance.json.id, street)),
    newsletters: await door.db.tx((tx) => addNewsletter(tx, instance.json.id)),
    media: media.id,
    instances: instance.json.id,
    messages: message.json.id,
    chats: message.json.chat_id,
    contacts: message.json.contact.id,
    calls: await makeCall(message.json),
    labels: await makeLabel(message.json),
    blocked: message.json.contact.id,
    endpoints: endpoint.json.id,
    deliveries: tested.json.delivery_id,
    replays: replay.json.id,
    events: tested.json.event_id,
    'api-keys': apiKey.json.id,
    customers: owner.customerId,
  };
}

async function makeLabel({ instance_id: instanceId }: { instance_id: string }): Promise<string> {
  if (!isId('ins', instanceId)) throw new Error('no id');
  return door.db.tx(async (tx) => {
    const row = { id: newId('lbl', tx.now), customer_id: owner.customerId, instance_id: instanceId, network_id: '1' };
    const shown = { name: 'New order', color: 4, predefined_id: null, deleted_at: null };
    await tx
      .insertInto('labels')
      .values({ ...row, ...shown, created_at: tx.now, updated_at: tx.now })
      .execute();
    return row.id;
  });
}

/** Nobody but WhatsApp makes calls. */
async function makeCall(message: { instance_id: string; contact: { id: string } }): Promise<string> {
  const instanceId = message.instance_id;
  const contactId = message.contact.id;
  if (!isId('ins', instanceId) || !isId('con', contactId)) throw new Error('no ids');
  return door.db.tx(async (tx) => {
    const id = newId('cll', tx.now);
    const ids = { id, customer_id: owner.customerId, instance_id: instanceId, contact_id: contactId };
    const call = { network_id: 'A', address: 'a', group_chat_id: null, video: 0, state: 'missed', offered_at: tx.now };
    await tx
      .insertInto('calls')
      .values({ ...ids, ...call, ended_at: tx.now })
      .execute();
    return id;
  });
}

/** The route with the owner's ids in it; undefined for a route without any. */
function fillIn(path: string): string | undefined {
  if (!path.includes('{')) return undefined;
  return path.replaceAll(/\/([a-z-]+)\/\{\w+\}/g, (_all, kind: string) => {
    const id = owned[kind];
    if (!id) throw new Error(`${path}: the test makes nothing of this kind; add it to makeOneOfEach`);
    return `/${kind}/${id}`;
  });
}

test('there are routes, and each that is not public says that it needs a key', () => {
  expect(routes.length).toBeGreaterThan(35);
  const open = routes.filter((route) => route.isPublic).map((route) => route.path);
  expect(open).toEqual(['/healthz', '/readyz', '/v1/media/{id}/shared']);
});

test('the description is whole: each reference leads somewhere, each route has its words', async () => {
  const { json, text } = await door.ask('GET', '/openapi.json');
  const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref = '']) => ref);
  expect(refs.length).toBeGreaterThan(500);
  for (const ref of new Set(refs)) {
    const target = ref.split('/').reduce<Record<string, unknown>>((at, part) => Object(at[part]), json);
    expect([ref, Object.keys(target).length > 0]).toEqual([ref, true]);
  }
  const operations = Object.values<Record<string, DescribedJson>>(json.paths).flatMap((path) => Object.values(path));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  const tags = json.tags.map(({ name }: { name: string }) => name);
  const sending = operations.find(({ operationId }) => operationId === 'sendMessage');
  const shown = sending?.requestBody?.content['application/json']?.examples ?? {};
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(['text', 'image', 'voice', 'poll', 'forward']));
  for (const operation of operations) {
    const { operationId, summary, tags: own, responses, requestBody } = operation;
    expect([operationId, summary.length > 5, own.every((tag) => tags.includes(tag))]).toEqual([
      operationId,
      true,
      true,
    ]);
    expect([operationId, Object.keys(responses).some((status) => status.startsWith('2'))]).toEqual([operationId, true]);
    expect([operationId, !requestBody || exampleOf(operation) !== undefined]).toEqual([operationId, true]);
  }
});

type DescribedJson = OperationJson & {
  operationId: string;
  summary: string;
  tags: string[];
  responses: Record<string, unknown>;
};

test('without a key every route but the public ones answers 401 and writes nothing', async () => {
  const before = await door.countRows();
  for (const route of routes.filter(({ isPublic }) => !isPublic)) {
    const path = fillIn(route.path) ?? route.path;
    const answer = await door.ask(route.method, path, { body: route.method === 'GET' ? undefined : route.example });
    const named = `${route.method} ${route.path}`;
    expect([named, answer.status, answer.json?.error.code]).toEqual([named, 401, 'auth_missing']);
    const wrong = await door.ask(route.method, path, { key: `slc_live_${'x'.repeat(43)}` });
    expect([named, wrong.status, wrong.json?.error.code]).toEqual([named, 401, 'auth_invalid']);
  }
  expect(await door.countRows()).toEqual(before);
});

test('with the key of another customer everything that has an id is not there', async () => {
  const before = await door.countRows();
  const withIds = routes.filter(({ path }) => path.startsWith('/v1/') && path.includes('{id}'));
  expect(withIds.length).toBeGreaterThan(20);
  for (const route of withIds) {
    const path = fillIn(route.path) ?? '';
    const asked = { key: stranger.key, body: route.example };
    const answer = await door.ask(route.method, path, asked);
    const named = `${route.method} ${route.path}`;
    expect([named, answer.status]).toEqual([named, 404]);
    expect(answer.json.error.code).toMatch(/_not_found$/);
    expect(route.codes).toContain(answer.json.error.code);
    // An id that never was is answered in the same words: nobody learns which ids exist.
    const madeUp = path.replace(/_[0-9A-Z]{26}/, '_01ARZ3NDEKTSV4RRFFQ69G5FAV');
    const other = await door.ask(route.method, madeUp, asked);
    expect([named, other.status, other.json.error.code, other.json.error.message]).toEqual([
      named,
      404,
      answer.json.error.code,
      answer.json.error.message,
    ]);
    const nonsense = await door.ask(route.method, route.path.replace('{id}', 'nonsense'), asked);
    expect([named, nonsense.status]).toEqual([named, 404]);
  }
  expect(await door.countRows()).toEqual(before);
});

test('with a key of another instance everything that belongs to an instance is not there', async () => {
  const { json } = await door.ask('POST', '/v1/instances', { key: owner.key, body: { name: 'Branch' } });
  const body = { name: 'branch', instance_id: json.id };
  const bound = (await door.ask('POST', '/v1/api-keys', { key: owner.key, body })).json.secret;
  const before = await door.countRows();
  const foreign = async (route: Route, path: string, key: string) => {
    const answer = await door.ask(route.method, path, { key, body: route.example });
    const named = `${route.method} ${path}`;
    expect([named, answer.status, answer.json?.error.code]).toEqual([named, 404, expect.stringMatching(/_not_found$/)]);
  };
  for (const route of routes.filter(({ path }) => path.startsWith('/v1/') && path.includes('{id}'))) {
    const path = fillIn(route.path) ?? '';
    await foreign(route, path, bound);
    // The caller's own instance and something of another one.
    if (path.match(/_[0-9A-Z]{26}/g)?.length === 1) continue;
    await foreign(route, path.replace(owned.instances ?? '', json.id), bound);
  }
  expect(await door.countRows()).toEqual(before);
});

test('no list shows a stranger anything of the owner’s', async () => {
  const lists = routes.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/') && !path.includes('{'));
  expect(lists.length).toBeGreaterThan(5);
  for (const { path } of lists) {
    const answer = await door.ask('GET', path, { key: stranger.key });
    expect(answer.status).toBe(200);
    for (const id of Object.values(owned)) expect(answer.text).not.toContain(id);
  }
});

test('with the owner’s own key the same ids are there', async () => {
  for (const route of routes.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/'))) {
    const path = fillIn(route.path) ?? route.path;
    const answer = await door.ask('GET', path, { key: owner.key });
    // What WhatsApp is asked for needs a connection, and there is none.
    const isMissing = path.endsWith('/qr') || route.codes.includes('whatsapp_timeout');
    const needsToken = path.endsWith('/shared');
    // The message is a text.
    const needsOrder = path.endsWith('/order');
    const status = needsOrder ? 422 : isMissing ? 409 : needsToken ? 404 : 200;
    expect([path, answer.status]).toEqual([path, status]);
  }
});

test('an unknown field and an unknown query are refused on every route that takes one', async () => {
  const before = await door.countRows();
  const withBody = routes.filter(({ path, example }) => path.startsWith('/v1/') && example !== undefined);
  for (const route of withBody) {
    const body = { ...Object(route.example), sprachen: 1 };
    const answer = await door.ask(route.method, fillIn(route.path) ?? route.path, { key: owner.key, body });
    expect([route.path, answer.status, answer.json.error.code]).toEqual([route.path, 422, 'invalid_request']);
    expect(answer.json.error.details.fields[0]).toMatchObject({ field: 'sprachen' });
    expect(answer.json.error.details.fields[0].problem).toMatch(/allowed are: [a-z_]+/);
  }
  const lists = routes.filter(({ method, codes }) => method === 'GET' && codes.includes('invalid_request'));
  for (const { path } of lists.filter((route) => route.path.startsWith('/v1/'))) {
    for (const query of ['?nope=1', '?limit=0', '?limit=101', '?limit=x', '?cursor=zzz']) {
      const answer = await door.ask('GET', `${fillIn(path) ?? path}${query}`, { key: owner.key });
      expect([path, query, answer.status]).toEqual([path, query, 422]);
    }
  }
  expect(await door.countRows()).toEqual(before);
});

test('every POST, PATCH and PUT with a body refuses broken, oversized and foreign bodies, and writes nothing', async () => {
  const before = await door.countRows();
  const withBody = routes.filter(({ path, example }) => path.startsWith('/v1/') && example !== undefined);
  expect(withBody.length).toBeGreaterThan(6);
  for (const { method, path: pattern } of withBody) {
    const path = fillIn(pattern) ?? pattern;
    const { key } = owner;
    const broken = await door.ask(method, path, { key, body: '{"name": ' });
    expect([path, broken.status, broken.json.error.code]).toEqual([path, 400, 'invalid_json']);
    expect(broken.json.error.details.problem).toContain('JSON');
    const poisoned = await door.ask(method, path, { key, body: '{"__proto__": {"name": "x"}}' });
    expect([path, poisoned.status, poisoned.json.error.code]).toEqual([path, 400, 'invalid_json']);
    expect(poisoned.json.error.details.problem).toContain('__proto__');
    const oversized = await door.ask(method, path, { key, body: JSON.stringify({ name: 'x'.repeat(300_000) }) });
    expect([path, oversized.status, oversized.json.error.code]).toEqual([path, 413, 'body_too_large']);
    const headers = { 'content-type': 'text/plain' };
    const foreign = await door.ask(method, path, { key, body: '{}', headers });
    expect([path, foreign.status, foreign.json.error.code]).toEqual([path, 415, 'unsupported_media_type']);
    const wrong = await door.ask(method, path, { key, body: [] });
    expect([path, wrong.status, wrong.json.error.code]).toEqual([path, 422, 'invalid_request']);
  }
  expect(await door.countRows()).toEqual(before);
});
