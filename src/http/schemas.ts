import * as z from 'zod';
import { decodeCursor, encodeCursor, type Id, type IdPrefix, isId } from '../lib/index.ts';
import { type ErrorCode, GatewayError } from '../platform/index.ts';

const ulidExample = '01J9Z3V8Q4T6W0X2Y5B7C9D1E3';

export const exampleId = (prefix: IdPrefix): string => `${prefix}_${ulidExample}`;
export const exampleTime = '2026-05-04T12:00:00.000Z';

const aboutId = (prefix: IdPrefix, description: string) => ({
  description,
  pattern: `^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`,
  examples: [exampleId(prefix)],
});

/** An id in an answer. */
export const idOut = (prefix: IdPrefix, description: string) => z.string().meta(aboutId(prefix, description));

/** A time in an answer. */
export const timeOut = (description: string) =>
  z.string().meta({ description, format: 'date-time', examples: [exampleTime] });

export const renderTime = (ms: number): string => new Date(ms).toISOString();
export const renderTimeOrNull = (ms: number | null): string | null => (ms === null ? null : renderTime(ms));

/** An id in a body or a query: one that is not even well-formed is a mistake of the caller. */
export const idIn = <P extends IdPrefix>(prefix: P, description: string) =>
  z
    .string()
    .meta(aboutId(prefix, description))
    .transform((text, context): Id<P> => {
      if (isId(prefix, text)) return text;
      context.addIssue({ code: 'custom', message: `Must be an id that begins with ${prefix}_` });
      return z.NEVER;
    });

const isoTime = z.iso.datetime({ offset: true });

/** A time in a body: ISO-8601 with its offset, as milliseconds since the epoch. */
export const timeIn = (description: string) =>
  z
    .string()
    .meta({ description, format: 'date-time', examples: [exampleTime] })
    .transform((text, context): number => {
      if (isoTime.safeParse(text).success) return Date.parse(text);
      context.addIssue({ code: 'custom', message: 'Must be a time such as 2026-05-04T12:00:00Z' });
      return z.NEVER;
    });

/** The path of a route with one id. Its form is not judged here: whatever is not an id of ours names nothing. */
export const idParams = (prefix: IdPrefix, description: string) =>
  z.strictObject({ id: z.string().meta(aboutId(prefix, description)) });

export function requirePathId<P extends IdPrefix>(prefix: P, text: string, code: ErrorCode): Id<P> {
  if (isId(prefix, text)) return text;
  throw new GatewayError(code, { id: text });
}

export const name = z.string().min(1).max(100);

const metadataDepthMax = 8;
const metadataCharsMax = 8_192;

/** Whatever a customer wants to keep beside a thing of ours. */
export const metadata = z
  .record(z.string().min(1).max(64), z.unknown())
  .refine((value) => isWithinDepth(value, metadataDepthMax) && JSON.stringify(value).length <= metadataCharsMax, {
    message: `Must be at most ${metadataCharsMax} characters of JSON, nested at most ${metadataDepthMax} deep`,
  })
  .meta({ description: 'Yours to use; never read by the gateway.', examples: [{ crm_id: '4711' }] });

function isWithinDepth(value: unknown, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depthLeft > 0 && Object.values(value).every((item) => isWithinDepth(item, depthLeft - 1));
}

const pageSizeDefault = 50;
const pageSizeMax = 100;

/** The part of a query that every list takes. */
export const pageQuery = {
  limit: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(pageSizeMax)
    .default(pageSizeDefault)
    .meta({ description: `How many to answer with, at most ${pageSizeMax}.` }),
  cursor: z.string().min(1).max(512).optional().meta({ description: 'The next_cursor of the page before.' }),
};

/** A page as the API answers with it, newest first. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().meta({ description: 'Hand it back as ?cursor=; null on the last page.' }),
  });

/** Where a page begins, and one row more than it holds: whether there are more is known without counting. */
export function readPage<P extends IdPrefix>(
  prefix: P,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): { before: Id<P> | null; limit: number } {
  const limit = query.limit + 1;
  if (query.cursor === undefined) return { before: null, limit };
  const [before] = decodeCursor(query.cursor, ['string']) ?? [];
  if (isId(prefix, before)) return { before, limit };
  const fields = [{ field: 'cursor', problem: 'Must be a next_cursor of this list, unchanged' }];
  throw new GatewayError('invalid_request', { in: 'querystring', fields });
}

export function renderPage<Row extends { readonly id: string }, T>(
  rows: readonly Row[],
  limit: number,
  render: (row: Row) => T,
): { data: T[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(render),
    next_cursor: rows.length > limit && last ? encodeCursor([last.id]) : null,
  };
}
