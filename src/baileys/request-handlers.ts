import type { WASocket } from 'baileys';
import type { RequestKind, Requests } from '../network/index.ts';

/** How requests are put to WhatsApp. What a handler throws is told as a refusal or as silence. */
export type RequestHandlers<K extends RequestKind> = {
  readonly [Kind in K]: (socket: WASocket, input: Requests[Kind]['input']) => Promise<Requests[Kind]['answer']>;
};
