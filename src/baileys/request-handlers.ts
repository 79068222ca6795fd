import type { WASocket } from 'baileys';
import type { RequestKind, Requests } from '../network/index.ts';

/** What a handler knows beside the socket. */
export type RequestContext = {
  /** Resolves when WhatsApp has handed over what had waited for this device. */
  readonly caughtUp: Promise<void>;
};

/** How requests are put to WhatsApp. What a handler throws is told as a refusal or as silence. */
export type RequestHandlers<K extends RequestKind> = {
  readonly [Kind in K]: (
    socket: WASocket,
    input: Requests[Kind]['input'],
    context: RequestContext,
  ) => Promise<Requests[Kind]['answer']>;
};

/** A request that WhatsApp would not do, known before it is asked; `data` is the code that it would answer with. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly data: number;

  constructor(data: number, message: string) {
    super(message);
    this.data = data;
  }
}
