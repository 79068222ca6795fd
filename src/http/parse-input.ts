import type { FastifySchemaCompiler } from 'fastify';
import * as z from 'zod';
import { GatewayError } from '../platform/index.ts';

type FieldProblem = { readonly field: string; readonly problem: string };

const problemsMax = 50;

/** Every part of a request goes through its schema; what does not fit is told field by field, with what is allowed. */
export const compileValidator: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const parsed = schema.safeParse(data);
    return parsed.success ? { value: parsed.data } : { error: explainMisfit(schema, parsed.error, data, httpPart) };
  };

/** For a body that no route's own schema can judge, such as the fields of a form. */
export function parseBody<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw explainMisfit(schema, parsed.error, data, 'body');
}

function explainMisfit(
  schema: z.ZodType,
  error: z.ZodError,
  data: unknown,
  httpPart: string | undefined,
): GatewayError {
  const fields = error.issues.flatMap((issue) => explainIssue(schema, issue, data)).slice(0, problemsMax);
  return new GatewayError('invalid_request', { in: httpPart ?? 'request', fields });
}

function explainIssue(schema: z.ZodType, issue: z.core.$ZodIssue, data: unknown): FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ field: nameOf(issue.path), problem: issue.message }];
  const allowed = listKeys(optionFor(schema, data), issue.path);
  const problem = allowed.length > 0 ? `Unknown field; allowed are: ${allowed.join(', ')}` : 'Unknown field';
  return issue.keys.map((key) => ({ field: nameOf([...issue.path, key]), problem }));
}

const nameOf = (path: readonly PropertyKey[]): string => path.map(String).join('.') || '(all of it)';

/** Of a union that is told apart by a field, the one that the data means. */
function optionFor(schema: z.ZodType, data: unknown): z.ZodType {
  if (!(schema instanceof z.ZodDiscriminatedUnion) || typeof data !== 'object' || data === null) return schema;
  const { discriminator } = schema.def;
  const meant = schema.options.find(
    (option) =>
      option instanceof z.ZodObject && option.shape[discriminator]?.safeParse(Reflect.get(data, discriminator)).success,
  );
  return meant instanceof z.ZodObject ? meant : schema;
}

/** The fields that an object of the schema may have at a path. */
function listKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return listKeys(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.flatMap((option) => listKeys(option, path)))];
  if (!(schema instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  return first === undefined ? Object.keys(schema.shape) : listKeys(schema.shape[String(first)], rest);
}
