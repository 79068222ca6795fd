import { S_WHATSAPP_NET, type WASocket } from 'baileys';
import { ask, node, requireChild } from './group-query.ts';
import { RequestError } from './request-handlers.ts';
import { textOf } from './stanza-bytes.ts';

export type Json = Readonly<Record<string, unknown>>;

/**
 * Puts a question or an order to WhatsApp in its newer language, where a number says which it is, and answers with what
 * stands under `path`. Throws what it refuses with, which comes as an answer like any other, and when it says nothing.
 */
export async function askMex(socket: WASocket, queryId: string, path: string, variables: Json): Promise<unknown> {
  const query = node('query', { query_id: queryId }, Buffer.from(JSON.stringify({ variables })));
  const iq = node('iq', { to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:mex' }, [query]);
  const answer = jsonOf(textOf(requireChild(await ask(socket, iq), 'result')));
  const [error] = Array.isArray(answer.errors) ? answer.errors : [];
  if (error !== undefined) throw refusalOf(fieldsOf(error));
  const said = fieldsOf(answer.data)[path];
  if (said === undefined) throw new Error(`WhatsApp answered without ${path}`);
  return said;
}

const refusalOf = ({ message, extensions }: Json): RequestError =>
  new RequestError(
    Number(fieldsOf(extensions).error_code) || 400,
    typeof message === 'string' ? message : 'WhatsApp refused without a word',
  );

/** Throws for what is no JSON. */
export const jsonOf = (text: string | undefined): Json => fieldsOf(JSON.parse(text ?? ''));

/** Whatever is no object has no fields. */
export function fieldsOf(value: unknown): Json {
  // What came as JSON has the fields that it has, of any type.
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
