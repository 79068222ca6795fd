import { expect, test } from 'vitest';
import type { Egress } from '../platform/index.ts';
import { fetchPreview } from './fetch-preview.ts';

type File = { readonly type: string; readonly chunks: () => Iterable<Uint8Array> };

/** A way out to these files only, which says how much of each was read. */
function createWayOut(files: Readonly<Record<string, File>>) {
  const read: Record<string, number> = {};
  const download: Egress['download'] = async ({ url }, keep) => {
    const file = files[url];
    if (!file) return { kind: 'failed', code: 'connect', message: 'There is nothing.' };
    async function* chunks() {
      for (const chunk of file?.chunks() ?? []) {
        read[url] = (read[url] ?? 0) + chunk.length;
        yield chunk;
      }
    }
    return { kind: 'kept', value: await keep({ mimeType: file.type, filename: undefined }, chunks()) };
  };
  return { egress: { download }, read };
}

const page = 'https://example.com/';
const picture = 'https://example.com/p.jpg';
const head = '<meta property="og:title" content="Rye"><meta property="og:image" content="/p.jpg">';
const html = (text: string): File => ({ type: 'text/html', chunks: () => [Buffer.from(text)] });
const jpeg = (bytes: number): File => {
  const file = Buffer.alloc(bytes);
  file.set([0xff, 0xd8, 0xff]);
  return { type: 'image/jpeg', chunks: () => [file] };
};
const fetch = (files: Readonly<Record<string, File>>) =>
  fetchPreview(createWayOut(files).egress, page, new AbortController().signal);

test('a small JPEG comes along, and anything else does not', async () => {
  expect((await fetch({ [page]: html(head), [picture]: jpeg(49_152) }))?.image).toHaveLength(49_152);
  for (const file of [jpeg(49_153), { type: 'image/jpeg', chunks: () => [Buffer.from('GIF89a')] }]) {
    expect(await fetch({ [page]: html(head), [picture]: file })).toEqual({ title: 'Rye' });
  }
  expect(await fetch({ [page]: html(head) })).toEqual({ title: 'Rye' });
});

test('of an endless page the beginning is read', async () => {
  const endless = function* () {
    yield Buffer.from(head);
    for (;;) yield Buffer.alloc(65_536, 32);
  };
  const { egress, read } = createWayOut({ [page]: { type: 'text/html; charset=utf-8', chunks: endless } });
  expect(await fetchPreview(egress, `${page}#part`, new AbortController().signal)).toEqual({ title: 'Rye' });
  expect(read[page]).toBeLessThan(400_000);
});

test('what is no page, and a page that cannot be had, has no preview', async () => {
  expect(await fetch({ [page]: { ...html(head), type: 'application/pdf' } })).toBeUndefined();
  expect(await fetch({ [page]: html('<p>nothing') })).toBeUndefined();
  expect(await fetch({})).toBeUndefined();
});
