import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createVoiceConverter, findFfmpeg, UnconvertibleSound, type VoiceConversion } from './voice-converter.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voice-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A program in the place of ffmpeg. */
const writeProgram = (name: string, script: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};

const convert = (script: string, { signal = new AbortController().signal, msMax = 10_000 } = {}) =>
  createVoiceConverter(writeProgram('program', script), msMax)('/tmp/a sound; $(touch x)', signal);

async function readAll({ chunks }: VoiceConversion): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read).toString();
}

test('what the program writes is what comes, and what it hears is drawn', async () => {
  const conversion = convert(`printf 'ogg'; printf '\\001\\000\\002\\000' >&3`);
  expect(await readAll(conversion)).toBe('ogg');
  expect(new Set(conversion.drawWaveform())).toEqual(new Set([50, 100]));
});

test('it is told which file and no more: no shell reads the path, and no variable is handed on', async () => {
  const said = await readAll(convert(`for one in "$@"; do echo "$one"; done; env`));
  expect(said).toContain('\nfile:/tmp/a sound; $(touch x)\n');
  expect(said).toContain('-nostdin\n');
  expect(said).toContain('-protocol_whitelist\nfile,pipe\n');
  expect(said).not.toContain('HOME=');
});

test('a sound that it does not take is told with its reason, without the path', async () => {
  const failing = readAll(convert(`echo begun; echo "/tmp/a sound; \\$(touch x): no sound" >&2; exit 1`));
  await expect(failing).rejects.toThrow(UnconvertibleSound);
  await expect(failing).rejects.toThrow('the file: no sound');
});

test('one that takes too long is ended and not tried again', async () => {
  const failing = readAll(convert('exec sleep 60', { msMax: 50 }));
  await expect(failing).rejects.toThrow(UnconvertibleSound);
});

test('a stop ends it, and it can be tried again', async () => {
  const stop = new AbortController();
  const failing = readAll(convert('echo begun; exec sleep 60', { signal: stop.signal }));
  stop.abort();
  await expect(failing).rejects.not.toThrow(UnconvertibleSound);
});

test('whoever reads no further ends it', async () => {
  for await (const chunk of convert('echo begun; exec sleep 60').chunks) {
    expect(Buffer.from(chunk).toString()).toBe('begun\n');
    break;
  }
});

test('a program that is gone since the start can be there again', async () => {
  const failing = readAll(createVoiceConverter(join(folder, 'nothing'))('/tmp/a', new AbortController().signal));
  await expect(failing).rejects.not.toThrow(UnconvertibleSound);
});

test('it is found where it is said to be, else in PATH, and nowhere else', () => {
  const program = writeProgram('ffmpeg', '');
  expect(findFfmpeg(program, undefined)).toBe(program);
  expect(findFfmpeg(undefined, `/nowhere::${folder}`)).toBe(program);
  expect(findFfmpeg('/nowhere/ffmpeg', folder)).toBeUndefined();
  expect(findFfmpeg(folder, undefined)).toBeUndefined();
  expect(findFfmpeg(undefined, undefined)).toBeUndefined();
});
