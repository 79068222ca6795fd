import type { WASocket } from 'baileys';
import type { RequestKind, RequestOutcome, RequestRefusal, Requests } from '../network/index.ts';
import { startTimer } from '../platform/index.ts';
import { businessRequests } from './business-requests.ts';
import { callRequests } from './call-requests.ts';
import { chatRequests } from './chat-requests.ts';
import { groupRequests } from './group-requests.ts';
import { labelRequests } from './label-requests.ts';
import { newsletterRequests } from './newsletter-requests.ts';
import { peopleRequests } from './people-requests.ts';
import { presenceRequests } from './presence-requests.ts';
import type { RequestContext, RequestHandlers } from './request-handlers.ts';

const handlers: RequestHandlers<RequestKind> = {
  ...businessRequests,
  ...callRequests,
  ...chatRequests,
  ...groupRequests,
  ...labelRequests,
  ...newsletterRequests,
  ...peopleRequests,
  ...presenceRequests,
};

/** Every request that can be put to WhatsApp Web. */
export const requestKinds = Object.keys(handlers) as readonly RequestKind[];

/** Puts a request to WhatsApp and says what became of it, within `timeoutMs`. */
export async function askWhatsApp<K extends RequestKind>(
  socket: WASocket,
  kind: K,
  input: Requests[K]['input'],
  timeoutMs: number,
  context: RequestContext,
): Promise<RequestOutcome<K>> {
  const late = Promise.withResolvers<RequestOutcome<K>>();
  const cancel = startTimer(timeoutMs, () =>
    late.resolve({ kind: 'unanswered', reason: 'WhatsApp did not answer in time' }),
  );
  try {
    const answered = handlers[kind](socket, input, context).then((answer) => ({ kind: 'done', answer }) as const);
    return await Promise.race([answered, late.promise]);
  } catch (error) {
    return outcomeOfError(error);
  } finally {
    cancel();
  }
}

const refusals: Readonly<Record<number, RequestRefusal>> = {
  400: 'invalid',
  401: 'forbidden',
  403: 'forbidden',
  404: 'not_found',
  406: 'invalid',
  409: 'conflict',
  410: 'not_found',
  419: 'invalid',
  429: 'rate_limited',
};

/** Baileys throws the error node of an answer with its code in `data`, and whatever went wrong with the line without one. */
function outcomeOfError(error: unknown): Exclude<RequestOutcome<RequestKind>, { kind: 'done' }> {
  const detail = error instanceof Error ? error.message : 'unknown';
  const code = error instanceof Error && 'data' in error ? error.data : undefined;
  if (typeof code !== 'number') return { kind: 'unanswered', reason: detail };
  return { kind: 'refused', code: refusals[code] ?? 'rejected', detail };
}
