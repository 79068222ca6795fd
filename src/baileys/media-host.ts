import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { DEFAULT_ORIGIN } from 'baileys';

const answerBytesMax = 65_536;

/** How the host is reached: through the proxy of the instance where it has one, and never beside it. */
export type Way = { readonly signal: AbortSignal; readonly agent?: Agent };

/** Brings bytes to WhatsApp's media host, as they come. Answers with the status and what was said, cut to 64 kB. */
export async function postFile(
  url: URL,
  body: { readonly chunks: AsyncIterable<Uint8Array>; readonly bytes: number },
  way: Way,
): Promise<{ statusCode: number; text: string }> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': body.bytes };
  const sent = open(url, { method: 'POST', headers, ...way });
  const answered = answerOf(sent);
  const sending = pipeline(body.chunks, sent, { signal: way.signal });
  // The host may answer, and close, before it has taken all.
  sending.catch(() => {});
  const response = await Promise.race([answered, sending.then(() => answered)]);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) break;
    chunks.push(chunk);
  }
  return { statusCode: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

/** Asks the media host for a file. Redirects are not followed: nothing leads away from it. */
export function getFile(url: URL, way: Way): Promise<IncomingMessage> {
  const sent = open(url, { method: 'GET', ...way });
  const answered = answerOf(sent);
  sent.end();
  return answered;
}

function open(url: URL, options: RequestOptions): ClientRequest {
  return request(url, { ...options, headers: { ...options.headers, origin: DEFAULT_ORIGIN } });
}

function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once('response', resolve).on('error', reject);
  promise.catch(() => {});
  return promise;
}
