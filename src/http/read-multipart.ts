import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { GatewayError } from '../platform/index.ts';

export type MultipartForm<T> = {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: T;
  /** As its part names them. */
  readonly filename: string | undefined;
  readonly mimeType: string | undefined;
};

const limits = { files: 1, fields: 10, parts: 11, fieldNameSize: 100, fieldSize: 1_024, headerPairs: 20 };

/**
 * Reads a form with one part `file`, which `keep` gets as it comes, wherever among the fields it stands. What `keep` throws
 * ends the reading; a form that breaks off or has no file is `invalid_request`.
 */
export async function readMultipart<T>(
  request: IncomingMessage,
  keep: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<MultipartForm<T>> {
  const parser = createParser(request);
  const fields: Record<string, string> = {};
  const ended = Promise.withResolvers<void>();
  let stream: Readable | undefined;
  let kept: Promise<T> | undefined;
  let named: Pick<MultipartForm<T>, 'filename' | 'mimeType'> | undefined;

  parser.on('field', (name, value) => {
    fields[name] = value;
  });
  parser.on('file', (name, part, filename, _encoding, mimeType) => {
    // Whoever reads it hears of it; nobody may be reading yet.
    part.on('error', () => {});
    if (name !== 'file') {
      part.resume();
      return;
    }
    stream = part;
    named = { filename: filename || undefined, mimeType: mimeType || undefined };
    kept = keep(part);
    kept.catch(() => ended.resolve());
  });

  const cut = (cause: unknown): void => ended.reject(badForm('The form breaks off or is not well-formed.', cause));
  parser.once('finish', () => ended.resolve()).once('error', cut);
  request.once('error', cut).once('close', () => {
    if (!request.complete) cut(undefined);
  });
  request.pipe(parser);
  try {
    await ended.promise;
  } catch (error) {
    // It would wait for the rest of its part for ever.
    stream?.destroy(new Error('The form broke off.'));
    await kept?.catch(() => {});
    throw error;
  } finally {
    request.unpipe(parser);
    request.resume();
  }
  if (kept === undefined) throw badForm('There is no part named "file".');
  return { fields, file: await kept, filename: named?.filename, mimeType: named?.mimeType };
}

function createParser(request: IncomingMessage): InstanceType<typeof Busboy> {
  try {
    const headers = { ...request.headers, 'content-type': request.headers['content-type'] ?? '' };
    return new Busboy({
      headers,
      limits,
      isPartAFile: (name, _type, filename) => filename !== undefined || name === 'file',
    });
  } catch (cause) {
    throw badForm('The Content-Type has no boundary.', cause);
  }
}

const badForm = (problem: string, cause?: unknown): GatewayError =>
  new GatewayError('invalid_request', { in: 'body', fields: [{ field: 'file', problem }] }, { cause });
