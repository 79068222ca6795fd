import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desk, startDesk } from './desk.ts';

/** What a browser sends, by hand: fetch does not let anybody choose these headers. */
const ask = async (desk: Desk, method: string, path: string, headers: Record<string, string>) => {
  const { host, port, hostname } = new URL(desk.emulator.url);
  const sent = request({ method, path, hostname, port, headers: { host, ...headers } });
  sent.end();
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode as number, code: /"code":"(\w+)"/.exec(text)?.[1], headers: response.headers };
};

let desk: Desk;
let own: string;
beforeAll(async () => {
  desk = await startDesk();
  own = new URL(desk.emulator.url).host;
});
afterAll(() => desk.stop());

const countPhones = async () => (await desk.control.call<{ data: unknown[] }>('GET', '/control/phones')).data.length;

describe('a web page of somebody else', () => {
  test.each([
    ['its name leads to this machine', 'GET', { host: 'rebound.example:7800' }, 'host_unknown'],
    [
      'its name leads to this machine, and it asks its own origin',
      'GET',
      { host: 'rebound.example', origin: 'http://rebound.example', 'sec-fetch-site': 'same-origin' },
      'host_unknown',
    ],
    ['it has a name that no URL can have', 'GET', { host: 'a b' }, 'host_unknown'],
    ['it sends its origin', 'POST', { origin: 'https://evil.example' }, 'foreign_page'],
    ['it hides its origin', 'POST', { origin: 'null' }, 'foreign_page'],
    ['it is served from another port of this machine', 'POST', { origin: 'http://127.0.0.1:1' }, 'foreign_page'],
    ['the browser says where it is from', 'DELETE', { 'sec-fetch-site': 'cross-site' }, 'foreign_page'],
    ['it embeds an answer', 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 'foreign_page'],
    ['it sends a form', 'POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'foreign_page'],
  ])('is refused when %s', async (_when, method, headers, code) => {
    const before = await countPhones();
    const answer = await ask(desk, method, '/control/phones', headers as Record<string, string>);
    expect(answer).toMatchObject({ status: 403, code });
    expect(await countPhones()).toBe(before);
  });

  test('cannot even reinstall a phone, which needs no body', async () => {
    const phone = await desk.addPhone();
    const { client } = await desk.addLinked();
    const answer = await ask(desk, 'POST', `/control/phones/${phone.number}/reinstall`, {
      origin: 'https://evil.example',
    });
    expect(answer.status).toBe(403);
    client.end();
  });

  test('may have a link to the emulator', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await ask(desk, 'GET', '/', headers)).status).toBe(200);
  });
});

describe('everybody else is let in', () => {
  test.each([
    ['a program', {}],
    ['the page of the emulator', { 'sec-fetch-site': 'same-origin' }],
    ['somebody who typed the address', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['a program that calls the machine localhost', { host: 'localhost:7800' }],
    ['a program in another container', { host: 'emulator:7800' }],
    ['a program that uses an address', { host: '[::1]:7800' }],
  ])('%s', async (_who, headers) => {
    expect((await ask(desk, 'GET', '/control/phones', headers)).status).toBe(200);
    expect((await ask(desk, 'DELETE', '/control/faults', headers)).status).toBe(204);
  });

  test('the page of the emulator when it changes something', async () => {
    const headers = { origin: `http://${own}`, 'sec-fetch-site': 'same-origin' };
    expect((await ask(desk, 'DELETE', '/control/faults', headers)).status).toBe(204);
  });
});

test('the page runs nothing but its own files', async () => {
  const { status, headers } = await ask(desk, 'GET', '/', {});
  expect(status).toBe(200);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect((await ask(desk, 'GET', '/page/main.js', {})).headers['content-type']).toContain('javascript');
  expect((await ask(desk, 'GET', '/page/qr/decode.js', {})).status).toBe(200);
});

test.each(['/page/', '/page/tsconfig.json', '/page/../main.ts', '/page/%2e%2e/main.ts', '/page/types.d.ts'])(
  'of the source only the page is served: %s is not',
  async (path) => {
    expect((await ask(desk, 'GET', path, {})).status).toBe(404);
  },
);

test.each([
  ['text/html', 'text/html', 'attachment'],
  ['image/svg+xml', 'image/svg+xml', 'inline'],
  ['no type\r\nset-cookie: a=b', 'application/octet-stream', 'attachment'],
  ['audio/ogg; codecs=opus', 'audio/ogg; codecs=opus', 'inline'],
])('a file that calls itself %s never runs as a page of the emulator', async (claimed, type, disposition) => {
  const [ada, ben] = [await desk.addPhone(), await desk.addPhone()];
  const data = Buffer.from('<script>alert(1)</script>').toString('base64');
  const id = await desk.send(ada, ben, { kind: 'document', data, mime_type: claimed });
  const { status, headers } = await ask(desk, 'GET', `/control/phones/${ben.number}/messages/${id}/media`, {});
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': type,
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': disposition,
    'x-content-type-options': 'nosniff',
  });
  expect(headers['set-cookie']).toBeUndefined();
});
