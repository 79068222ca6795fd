import { type BinaryNode, S_WHATSAPP_NET, type WASocket } from 'baileys';
import { now } from '../platform/index.ts';
import { childOf, childrenOf } from './stanza-bytes.ts';

/** Where WhatsApp's media host is, and what lets us in. */
export type MediaConnection = { readonly hostname: string | undefined; readonly auth: string };

type Known = { readonly connection: MediaConnection; readonly untilMs: number };

const known = new WeakMap<object, Known>();

/**
 * Asks WhatsApp where its media host is, or answers with what it said while that holds. Baileys keeps the promise of its first
 * question: one that fails there would fail every file until the next connection.
 */
export async function readMediaConnection(socket: Pick<WASocket, 'query'>): Promise<MediaConnection> {
  const last = known.get(socket);
  if (last && last.untilMs > now()) return last.connection;
  const content: BinaryNode[] = [{ tag: 'media_conn', attrs: {} }];
  const answer = await socket.query({ tag: 'iq', attrs: { type: 'set', xmlns: 'w:m', to: S_WHATSAPP_NET }, content });
  const node = childOf(answer, 'media_conn');
  if (node?.attrs.auth === undefined) throw new Error('WhatsApp did not say where its media host is.');
  const hostname = childrenOf(node).find(({ tag }) => tag === 'host')?.attrs.hostname;
  const connection = { hostname, auth: node.attrs.auth };
  known.set(socket, { connection, untilMs: now() + Number(node.attrs.ttl ?? 0) * 1000 });
  return connection;
}

/** What let us in may have run out: the next file asks anew. */
export const forgetMediaConnection = (socket: object): void => void known.delete(socket);
