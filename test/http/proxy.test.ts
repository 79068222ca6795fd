import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let path = '';
beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  const { json } = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  path = `/v1/instances/${json.id}/proxy`;
});
afterAll(() => door.close());

test('a proxy is shown without its password, and its password is nowhere in the database', async () => {
  const url = 'socks5://shop:pass%20word-4711@proxy.example.com';
  const set = await door.ask('PUT', path, { key, body: { url } });
  expect(set.json).toEqual({ proxy: { protocol: 'socks5', host: 'proxy.example.com:1080', username: 'shop' } });
  expect((await door.ask('GET', path, { key })).json).toEqual(set.json);
  const rows = JSON.stringify(await door.db.read.selectFrom('instances').selectAll().execute());
  const audit = JSON.stringify(await door.db.read.selectFrom('audit_events').selectAll().execute());
  expect(audit).toContain('instance.proxy_set');
  expect(rows + audit + door.lines.join('')).not.toContain('4711');
  expect((await door.ask('DELETE', path, { key })).status).toBe(204);
  expect((await door.ask('GET', path, { key })).json).toEqual({ proxy: null });
});

test.each([
  ['no URL', 'proxy', 'not a complete URL'],
  ['another scheme', 'ftp://proxy.example.com', 'must begin with'],
  ['a path', 'http://proxy.example.com/path', 'no path'],
])('%s is refused with what is wrong with it', async (_, url, problem) => {
  const answer = await door.ask('PUT', path, { key, body: { url } });
  expect(answer.json.error).toMatchObject({ code: 'invalid_request', details: { fields: [{ field: 'url' }] } });
  expect(answer.json.error.details.fields[0].problem).toContain(problem);
});

test('a proxy inside the own network is refused, and nothing is kept', async () => {
  const answer = await door.ask('PUT', path, { key, body: { url: 'http://inside:3128' } });
  expect(answer.json.error).toMatchObject({
    code: 'proxy_forbidden',
    details: { problem: 'The host leads to a private address.' },
  });
  expect((await door.ask('GET', path, { key })).json).toEqual({ proxy: null });
});
