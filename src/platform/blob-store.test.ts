import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BlobStore, openBlobStore } from './blob-store.ts';

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

async function* chunksOf(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield Buffer.from(part);
}

describe('a store of files by their content', () => {
  let folder: string;
  let store: BlobStore;
  let hasRoom = true;
  const openStore = () => openBlobStore({ folder, hasRoom: () => hasRoom });
  const listFiles = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  const put = async (content: string | Uint8Array) => {
    const draft = await store.draft(chunksOf(content), 1_000_000);
    (await draft.place())();
    return draft.sha256;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'blobs-'));
    hasRoom = true;
    store = await openStore();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('a file that was placed is found by the hash of its content, whole or in part', async () => {
    const draft = await store.draft(chunksOf('Hello, ', 'world'), 100);
    expect(draft).toMatchObject({ sha256: sha256('Hello, world'), bytes: 12 });
    (await draft.place())();
    const whole = await store.open(draft.sha256);
    const part = await store.open(draft.sha256, { start: 7, end: 11 });
    expect(whole && (await text(whole))).toBe('Hello, world');
    expect(part && (await text(part))).toBe('world');
    expect(await store.open(sha256('something else'))).toBeUndefined();
  });

  test('nothing can be found before it is placed, and nothing is left of what is dropped', async () => {
    const draft = await store.draft(chunksOf('a secret'), 100);
    expect(await store.open(draft.sha256)).toBeUndefined();
    await draft.drop();
    expect(listFiles()).toEqual([]);
  });

  test('the first and the last bytes are there to judge it by', async () => {
    const content = randomBytes(400_000);
    const draft = await store.draft(chunksOf(content.subarray(0, 7), content.subarray(7)), 1_000_000);
    expect(draft.head).toEqual(content.subarray(0, draft.head.length));
    expect(draft.tail).toEqual(content.subarray(content.length - draft.tail.length));
    await draft.drop();
  });

  test('the same content is there once', async () => {
    expect(await put('twice')).toBe(await put('twice'));
    expect(listFiles()).toEqual([sha256('twice')]);
  });

  test('one byte over the limit is refused, and nothing is left', async () => {
    const exact = await store.draft(chunksOf('12345', '67890'), 10);
    await exact.drop();
    const over = store.draft(chunksOf('12345', '678901'), 10);
    await expect(over).rejects.toMatchObject({ code: 'media_too_large', details: { limit: 10 } });
    expect(listFiles()).toEqual([]);
  });

  test('a disk that is short refuses in the middle, and nothing is left', async () => {
    const running = (async function* () {
      yield Buffer.from('first');
      hasRoom = false;
      yield Buffer.from('second');
    })();
    await expect(store.draft(running, 100)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(listFiles()).toEqual([]);
  });

  test('a source that breaks off leaves nothing', async () => {
    const broken = (async function* () {
      yield Buffer.from('half');
      throw new Error('the line dropped');
    })();
    await expect(store.draft(broken, 100)).rejects.toThrow('the line dropped');
    expect(listFiles()).toEqual([]);
  });

  test('drafts of a process that was killed are gone at the next start, and what it kept is not', async () => {
    const kept = await put('kept');
    mkdirSync(join(folder, 'drafts'), { recursive: true });
    writeFileSync(join(folder, 'drafts', 'left-over'), 'half a file');
    store = await openStore();
    expect(listFiles()).toEqual([kept]);
    const listed: string[] = [];
    for await (const name of store.list()) listed.push(name);
    expect(listed).toEqual([kept]);
  });

  test('a file is not removed while somebody is about to refer to it', async () => {
    let referred = false;
    const draft = await store.draft(chunksOf('shared'), 100);
    const release = await draft.place();
    const removing = store.remove(draft.sha256, async () => !referred);
    referred = true;
    release();
    expect(await removing).toBe(false);
    expect(await store.open(draft.sha256).then((file) => file && text(file))).toBe('shared');
    expect(await store.remove(draft.sha256, async () => true)).toBe(true);
    expect(listFiles()).toEqual([]);
  });

  test('a name that is no hash leads nowhere', async () => {
    await expect(store.open('../../etc/passwd')).rejects.toThrow('SHA-256');
  });
});
