import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createLoudness } from '../lib/index.ts';
import { startTimer } from './clock.ts';

/** A sound on its way to become a voice message. */
export type VoiceConversion = {
  /**
   * OGG with Opus, as it comes; read it to its end. Throws `UnconvertibleSound` for what is no sound that is known here, or takes
   * longer than it may. What was read until then is worth nothing.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Up to 64 values from 0 to 100, once the chunks have ended. */
  drawWaveform(): number[];
};

/** Begins to convert the file at a path. The program ends with the reading, and when the signal is aborted. */
export type ConvertVoice = (path: string, signal: AbortSignal) => VoiceConversion;

/** The same file would fail again. */
export class UnconvertibleSound extends Error {
  override readonly name = 'UnconvertibleSound';
}

export const conversionMsMax = 120_000;
const complaintCharsMax = 2_000;
const waveformValues = 64;
const waveformSamplesPerSecond = 4_000;

/** What may be in the file. Playlists and whatever else names other files are not among it. */
const formats = 'wav,w64,aiff,caf,mp3,aac,flac,ogg,mov,mp4,m4a,3gp,amr,matroska,webm,asf';

/** Where the program is: at the path that is set, or in the folders of `PATH`. Undefined when it is not there. */
export function findFfmpeg(path: string | undefined, folders: string | undefined): string | undefined {
  const candidates =
    path === undefined
      ? (folders ?? '').split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, 'ffmpeg')]))
      : [path];
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Converts with this ffmpeg. What it reads came from anybody: it sees one file, no shell, no network and no variable of ours. */
export function createVoiceConverter(program: string, msMax = conversionMsMax): ConvertVoice {
  return (path, signal) => {
    const loudness = createLoudness();
    return {
      chunks: run(program, { path, signal, msMax }, loudness.add),
      drawWaveform: () => loudness.draw(waveformValues),
    };
  };
}

const argumentsFor = (path: string): string[] => [
  ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-threads', '1', '-filter_threads', '1'],
  ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', formats, '-i', `file:${path}`],
  ...['-map', '0:a:0', '-map_metadata', '-1', '-ac', '1', '-ar', '48000', '-c:a', 'libopus', '-b:a', '32k'],
  ...['-threads', '1', '-application', 'voip', '-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', 'ogg', 'pipe:1'],
  ...['-map', '0:a:0', '-ac', '1', '-ar', String(waveformSamplesPerSecond), '-f', 's16le', 'pipe:3'],
];

async function* run(
  program: string,
  { path, signal, msMax }: { readonly path: string; readonly signal: AbortSignal; readonly msMax: number },
  hear: (samples: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const child = spawn(program, argumentsFor(path), { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: {} });
  const ended = endOf(child);
  const kill = (): void => void child.kill('SIGKILL');
  let late = false;
  const cancel = startTimer(msMax, () => {
    late = true;
    kill();
  });
  signal.addEventListener('abort', kill, { once: true });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    if (complaint.length < complaintCharsMax) complaint += text;
  });
  asReadable(child.stdio[3]).on('data', hear);
  try {
    yield* asReadable(child.stdout);
    const end = await ended;
    signal.throwIfAborted();
    if (late) throw new UnconvertibleSound(`it took longer than ${msMax} ms`);
    if (end.code !== 0 && end.code !== null) throw new UnconvertibleSound(lastLineOf(complaint, path));
    if (end.code === null) throw new Error(`ffmpeg was ended by ${end.signal}`);
  } finally {
    cancel();
    signal.removeEventListener('abort', kill);
    kill();
    await ended.catch(() => {});
  }
}

/** After its last output was read. Rejects when it could not be started. */
function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; signal: string | null }>();
  child.once('close', (code, signal) => resolve({ code, signal })).once('error', reject);
  promise.catch(() => {});
  return promise;
}

/** It was started with pipes there. */
const asReadable = (stream: unknown): Readable => stream as Readable;

/** Where files lie is nobody's business. */
const lastLineOf = (complaint: string, path: string): string =>
  complaint.trim().split('\n').at(-1)?.replaceAll(path, 'the file').slice(0, 200) || 'ffmpeg gave no reason';
