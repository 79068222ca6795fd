import * as z from 'zod';
import { GatewayError } from '../platform/index.ts';

const headersMax = 20;
const nameCharsMax = 100;
const valueCharsMax = 4_096;
/** Of names and values together: receivers commonly take 8 to 16 kB of headers, ours among them. */
const charsMax = 6_144;

/** What is shown in place of a value. */
const mask = '***';

/** What makes a request a request, or belongs to one connection, or says what our body is. */
const refusedNames = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Printable, with no space at the ends, which would be lost on the way. */
const content = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Headers of the owner's own in a body. */
export const headersIn = z
  .record(z.string().max(nameCharsMax), z.string().max(valueCharsMax))
  .superRefine((headers, context) => {
    for (const { path, problem } of findProblems(headers)) {
      context.addIssue({ code: 'custom', path, message: problem });
    }
  })
  .meta({
    description: `Sent with every delivery, such as a token that the receiver asks for: at most ${headersMax}. All of them are replaced; null for none. Values are kept encrypted, and shown as ${mask}.`,
    examples: [{ Authorization: 'Bearer 8f1c…' }],
  });

function findProblems(headers: Readonly<Record<string, string>>): { path: string[]; problem: string }[] {
  const entries = Object.entries(headers);
  const names = entries.map(([name]) => name.toLowerCase());
  const chars = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  const each = entries.flatMap(([name, value]) => {
    const problem = explainName(name, names) ?? explainValue(value);
    return problem === undefined ? [] : [{ path: [name], problem }];
  });
  return [
    ...(entries.length > headersMax ? [{ path: [], problem: `Must be at most ${headersMax} headers` }] : []),
    ...(chars > charsMax ? [{ path: [], problem: `Must be at most ${charsMax} characters together` }] : []),
    ...each,
  ];
}

function explainName(name: string, names: readonly string[]): string | undefined {
  const own = name.toLowerCase();
  if (!token.test(name)) return 'Must be a name of letters, digits and dashes';
  if (refusedNames.has(own) || own.startsWith('webhook-')) return 'Is set by the gateway or the connection itself';
  return names.filter((other) => other === own).length > 1 ? 'Must not be there twice, in whatever case' : undefined;
}

function explainValue(value: string): string | undefined {
  if (value === mask) return `${mask} stands for the value that is kept: send the value itself, or leave out headers`;
  return content.test(value) ? undefined : 'Must be printable ASCII characters, with no space at either end';
}

/** Those with the operator's prefix are ours, too. */
export function requireForeignHeaders(headers: Readonly<Record<string, string>>, prefix: string): void {
  const ours = Object.keys(headers).filter((name) => name.toLowerCase().startsWith(`${prefix.toLowerCase()}-`));
  if (ours.length === 0) return;
  const fields = ours.map((name) => ({ field: `headers.${name}`, problem: 'Is set by the gateway itself' }));
  throw new GatewayError('invalid_request', { in: 'body', fields });
}

export const maskHeaders = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, mask]));
