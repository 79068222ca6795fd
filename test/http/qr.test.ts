import { inflateSync } from 'node:zlib';
import decodeQr from 'qr/decode.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkCodeCall, qrCall, recordLinked } from '../../src/domain/instances/index.ts';
import { isId } from '../../src/lib/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Linker'));
});
afterAll(() => door.close());

const wire = `2@${'aB3/'.repeat(40)},${'x9+='.repeat(11)},${'y8+='.repeat(11)},1`;

async function makeInstance() {
  const { json } = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  const id: unknown = json.id;
  if (!isId('ins', id)) throw new Error('an instance has an id');
  return id;
}

async function connect() {
  const id = await makeInstance();
  const answer = await door.ask('POST', `/v1/instances/${id}/connect`, { key });
  expect([answer.status, answer.json.state]).toEqual([202, 'connecting']);
  return id;
}

test('an instance that nobody connected has no code, and the answer comes at once and says what to do', async () => {
  const id = await makeInstance();
  const answer = await door.ask('GET', `/v1/instances/${id}/qr`, { key });
  expect([answer.status, answer.json.error.code]).toEqual([409, 'no_qr']);
  expect(answer.json.error.details).toMatchObject({ state: 'pending', reason: 'created' });
  expect(answer.json.error.details.what_to_do).toContain('connect');
  expect(answer.headers.get('retry-after')).toBeNull();
});

test('while a code is not there yet the request waits, and then says that there is none', async () => {
  const id = await connect();
  const started = performance.now();
  const answer = await door.ask('GET', `/v1/instances/${id}/qr`, { key });
  expect([answer.status, answer.json.error.code]).toEqual([409, 'no_qr']);
  expect(answer.json.error.details.state).toBe('connecting');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(performance.now() - started).toBeGreaterThan(190);
});

test('the code comes as JSON, as a PNG that scans and as text for a terminal', async () => {
  const id = await connect();
  const expiresAtMs = Date.now() + 20_000;
  door.bus.serve(qrCall(id), async () => ({ qr: wire, expiresAtMs }));
  const path = `/v1/instances/${id}/qr`;
  const plain = await door.ask('GET', path, { key });
  expect(plain.json).toMatchObject({ qr: wire, expires_at: new Date(expiresAtMs).toISOString() });
  const uri = String(plain.json.png);
  expect(uri).toMatch(/^data:image\/png;base64,/);
  expect(plain.headers.get('cache-control')).toBe('no-store');
  expect(decodeQr(readPng(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64')))).toBe(wire);

  const headers = { authorization: `Bearer ${key}`, accept: 'image/png' };
  const picture = await fetch(`${door.address}${path}`, { headers });
  expect(picture.headers.get('content-type')).toBe('image/png');
  expect(decodeQr(readPng(Buffer.from(await picture.arrayBuffer())))).toBe(wire);

  const text = await door.ask('GET', path, { key, headers: { accept: 'text/plain' } });
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(decodeQr(readText(text.text))).toBe(wire);
  expect(Math.max(...text.text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('a code that comes while the request waits is answered with', async () => {
  const id = await connect();
  setTimeout(() => door.bus.serve(qrCall(id), async () => ({ qr: wire, expiresAtMs: Date.now() })), 50);
  expect((await door.ask('GET', `/v1/instances/${id}/qr`, { key })).json.qr).toBe(wire);
});

test('a linked instance shows no code', async () => {
  const id = await connect();
  await door.db.tx((tx) => recordLinked(tx, id, { phone: '491701234567' }, 'root'));
  const answer = await door.ask('GET', `/v1/instances/${id}/qr`, { key });
  expect([answer.status, answer.json.error.code]).toEqual([409, 'already_linked']);
});

/** One bit of grey a pixel, no filter, as the gateway draws it. */
function readPng(png: Buffer) {
  const size = png.readUInt32BE(16);
  const lines = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const lineBytes = 1 + Math.ceil(size / 8);
  return paint(size, size, (x, y) => ((lines[y * lineBytes + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0);
}

function readText(text: string) {
  const lines = text.trimEnd().split('\n');
  const zoom = 4;
  const isLight = (x: number, y: number) => {
    const half = lines[y >> 1]?.[x] ?? ' ';
    return half === '█' || half === (y % 2 === 0 ? '▀' : '▄');
  };
  const [width, height] = [(lines[0]?.length ?? 0) * zoom, lines.length * 2 * zoom];
  return paint(width, height, (x, y) => isLight(Math.floor(x / zoom), Math.floor(y / zoom)));
}

function paint(width: number, height: number, isLight: (x: number, y: number) => boolean) {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.fill(isLight(x, y) ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3);
  }
  return { width, height, data };
}

test('a code to type in is asked of the session for the number as it was normalised, and leaves an audit row', async () => {
  const id = await connect();
  door.bus.serve(qrCall(id), async () => ({ qr: wire, expiresAtMs: Date.now() + 20_000 }));
  const asked: unknown[] = [];
  door.bus.serve(linkCodeCall(id), async (phone) => {
    asked.push(phone);
    return 'ABCD1234';
  });
  const path = `/v1/instances/${id}/link-code`;
  const answer = await door.ask('POST', path, { key, body: { phone_number: '+49 170 1234567' } });
  expect(answer.json).toEqual({ code: 'ABCD1234', phone_number: '491701234567' });
  expect(asked).toEqual(['491701234567']);
  const audit = await door.ask('GET', '/v1/audit-events', { key });
  expect(audit.json.data[0]).toMatchObject({ action: 'instance.link_code_requested', target: id });

  const wrong = await door.ask('POST', path, { key, body: { phone_number: '0170 1234567' } });
  expect(wrong.json.error.code).toBe('recipient_invalid');
  expect(asked).toHaveLength(1);
});

test('an instance that shows no QR codes takes no code either, and says what to do', async () => {
  const id = await makeInstance();
  const body = { phone_number: '+49 170 1234567' };
  const answer = await door.ask('POST', `/v1/instances/${id}/link-code`, { key, body });
  expect(answer.json.error).toMatchObject({ code: 'no_qr', details: { state: 'pending' } });
});
