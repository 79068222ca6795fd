import type { FastifyReply } from 'fastify';

const MIME_TYPE = /^[a-z]+\/[\w.+-]+(; ?[\w=.,+-]+)*$/i;
const SHOWN_TYPE = /^(image|video|audio)\//i;

/**
 * Sends a file that a client has made, with the type that it claims. Whatever it is, it does not run as a page of the
 * emulator: a browser shows pictures and plays sounds, and saves everything else.
 */
export const sendFile = (reply: FastifyReply, claimedType: string, bytes: Buffer): FastifyReply => {
  const type = MIME_TYPE.test(claimedType) ? claimedType : 'application/octet-stream';
  return reply
    .headers({
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': SHOWN_TYPE.test(type) ? 'inline' : 'attachment',
    })
    .type(type)
    .send(bytes);
};
