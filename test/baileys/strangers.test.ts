import { type BinaryNode, writeRandomPadMax16 } from 'baileys';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { hardenLibraries } from '../../src/baileys/harden-libraries.ts';
import { interpret } from '../../src/baileys/interpret.ts';
import { openSealed } from '../../src/baileys/open-sealed.ts';
import { encodeStanza } from '../../src/baileys/stanza-bytes.ts';
import { contentFields } from '../../src/http/content-fields.ts';
import { snakeKeys } from '../../src/lib/index.ts';

hardenLibraries();

const self = { phone: '491510000001', lid: '900000000001' };
const stanza: BinaryNode = {
  tag: 'message',
  attrs: { from: '900000000002@lid', sender_pn: '491510000002@s.whatsapp.net', id: 'A1', t: '1700000001' },
  content: [{ tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from('x') }],
};

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
};

const words = [
  '__proto__',
  'constructor',
  '{"id":{}}',
  'BEGIN:VCARD\nTEL;waid=1:1\n',
  '1@g.us',
  '900000000001@lid',
  'EUR',
];
const text = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom(...words)).map((value) => Buffer.from(value));

/** Encoded messages of any fields that there could be, nested as they come: most have the types that the protobuf expects. */
const { message } = fc.letrec<{ message: Buffer }>((tie) => {
  const number = fc.integer({ min: 0, max: 2 ** 40 }).map((value) => [0, varint(value)] as const);
  const fixed = fc.oneof(
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((value) => [1, [...value]] as const),
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((value) => [5, [...value]] as const),
  );
  const bytes = fc
    .oneof({ depthSize: 'medium', maxDepth: 8 }, text, tie('message'))
    .map((value) => [2, [...varint(value.byteLength), ...value]] as const);
  const field = fc
    .tuple(
      fc.integer({ min: 1, max: 120 }),
      fc.oneof({ weight: 1, arbitrary: number }, { weight: 1, arbitrary: fixed }, { weight: 6, arbitrary: bytes }),
    )
    .map(([id, [wire, value]]) => Buffer.from([...varint(id * 8 + wire), ...value]));
  return { message: fc.array(field, { maxLength: 4 }).map((fields) => Buffer.concat(fields)) };
});

const shape = z.strictObject({ ...contentFields, type: z.string() });

test('whatever a message holds, it is told in the fields that the API has', { timeout: 60_000 }, () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(message, (raw) => {
      const plaintexts = [writeRandomPadMax16(raw)];
      const updates = interpret({ stanza: encodeStanza(stanza), plaintexts, receivedAtMs: 1, self });
      expect(updates.length).toBeGreaterThan(0);
      for (const update of updates) {
        kinds.add(update.kind);
        const told = JSON.parse(JSON.stringify(update));
        const content = told.content ?? told.change?.content;
        if (content !== undefined) expect(shape.safeParse(snakeKeys(content)).error).toBeUndefined();
        expect(openSealed({ raw, author: self, target: { networkId: 'A1', raw, author: self } })).toBeUndefined();
      }
    }),
    { numRuns: 3_000 },
  );
  expect(kinds).toContain('message');
});

test('a message nested deeper than anything can read is still there', () => {
  let raw = Buffer.from([0x0a, 0x01, 0x78]);
  for (let depth = 0; depth < 12_000; depth += 1) {
    const inner = Buffer.concat([Buffer.from([0x0a, ...varint(raw.byteLength)]), raw]);
    raw = Buffer.concat([Buffer.from([0xc2, 0x02, ...varint(inner.byteLength)]), inner]);
  }
  const plaintexts = [writeRandomPadMax16(raw)];
  const [update] = interpret({ stanza: encodeStanza(stanza), plaintexts, receivedAtMs: 1, self });
  expect(update).toMatchObject({ kind: 'message', content: { type: 'unsupported' } });
});
