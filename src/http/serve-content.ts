import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { MediaRow } from '../domain/media/index.ts';
import { type BlobRange, GatewayError } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';

/**
 * Answers with the content of a file, or with the part that was asked for. Browsers must save it and never show or run it:
 * it is a stranger's. Throws `media_not_available` with its state.
 */
export async function serveContent(
  deps: Pick<HttpDeps, 'blobs'>,
  row: MediaRow,
  request: { readonly headers: IncomingHttpHeaders },
  reply: FastifyReply,
): Promise<unknown> {
  const { sha256, bytes } = row;
  if (row.state !== 'ready' || sha256 === null || bytes === null) {
    throw new GatewayError('media_not_available', { state: row.state });
  }
  const etag = `"${sha256}"`;
  reply.header('etag', etag).header('cache-control', 'private, max-age=0, must-revalidate');
  if (listTags(request.headers['if-none-match']).includes(etag)) return reply.code(304).send();

  reply.header('accept-ranges', 'bytes');
  const range = readRange(request.headers, etag, bytes);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes}`);
    return reply.code(416).send();
  }
  const stream = await deps.blobs.open(sha256, range);
  if (!stream) throw new GatewayError('media_not_available', { state: 'lost' });
  if (range) reply.header('content-range', `bytes ${range.start}-${range.end}/${bytes}`);
  return reply
    .code(range ? 206 : 200)
    .header('content-type', row.mime_type)
    .header('content-length', range ? range.end - range.start + 1 : bytes)
    .header('content-disposition', dispositionOf(row))
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', 'sandbox')
    .send(stream);
}

const listTags = (header: string | undefined): string[] =>
  (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));

/** One range; what asks for several, or is not well-formed, gets the whole file, as HTTP allows. */
function readRange(headers: IncomingHttpHeaders, etag: string, bytes: number): BlobRange | undefined | 'unsatisfiable' {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '');
  const guard = headers['if-range'];
  if (!found || (guard !== undefined && guard !== etag)) return undefined;
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  return start > end || start >= bytes ? 'unsatisfiable' : { start, end };
}

function dispositionOf(row: MediaRow): string {
  const name = row.filename ?? row.id;
  const plain = name.replaceAll(/[^\w. -]/g, '_');
  const exact = encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
