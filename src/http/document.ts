import { STATUS_CODES } from 'node:http';
import type { SwaggerTransform } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { type ErrorCode, errorTable } from '../platform/index.ts';
import { type Access, accessOf } from './access.ts';
import { idempotencyHeader } from './answer-once.ts';
import { describeWebhooks, webhookParameters } from './describe-webhooks.ts';
import { exampleId } from './schemas.ts';

type Json = Record<string, unknown>;
type Body = Json & { content: Record<string, Json> };
type Operation = {
  parameters?: Json[];
  requestBody?: Body;
  responses: Record<string, Json>;
  security?: Json[];
  'x-codes'?: readonly ErrorCode[];
  'x-replays'?: boolean;
  'x-form'?: boolean;
  'x-examples'?: readonly unknown[];
};
export type ApiDocument = Json & {
  paths: Record<string, Record<string, Operation>>;
  components: Json & { schemas: Record<string, Json> };
};

export const securitySchemes = {
  api_key: { type: 'http', scheme: 'bearer', description: 'An API key of a customer: slc_live_…' },
  api_key_header: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key, in its own header.' },
  admin_key: { type: 'http', scheme: 'bearer', description: "The operator's key: slc_admin_…" },
} as const;

export const tags = [
  { name: 'Instances', description: 'WhatsApp numbers: link, connect, unlink.' },
  { name: 'Messages', description: 'Send messages of every kind and follow what becomes of them.' },
  { name: 'Media', description: 'Files to send, and files that came.' },
  { name: 'Chats', description: 'Conversations as the phone shows them: archived, pinned, muted, read.' },
  { name: 'Labels', description: 'What a business marks its chats with.' },
  { name: 'Contacts', description: 'People, under every name that WhatsApp has for them.' },
  { name: 'Calls', description: 'Calls that come in, and turning them down.' },
  { name: 'Profile', description: 'What the number shows of itself, and to whom.' },
  { name: 'Catalog', description: 'What businesses sell, and what was ordered.' },
  { name: 'Groups', description: 'Who is in them, what they are called, and what their members may do.' },
  { name: 'Newsletters', description: 'What WhatsApp calls channels: some write, everybody may follow.' },
  { name: 'Endpoints', description: 'URLs of yours that get events as signed webhooks.' },
  { name: 'Deliveries', description: 'Each event on its way to each endpoint.' },
  { name: 'Events', description: 'Everything that happened, to be pulled.' },
  { name: 'Webhooks', description: 'What your endpoints are sent, by event.' },
  { name: 'API keys', description: 'Who may call this API, and how far they see.' },
  { name: 'Account', description: 'Limits and the audit log.' },
  { name: 'Operator', description: 'Customers of this installation; needs the admin key.' },
  { name: 'Health', description: 'Whether this server is well.' },
];

/** Schemas as JSON Schema, with what our own settings of a route say about it, for `finishDocument` to spell out. */
export const transformRoute: SwaggerTransform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  const { config } = route.route;
  const own = {
    'x-codes': config?.errors ?? [],
    'x-replays': config?.replays ?? false,
    'x-form': config?.form ?? false,
  };
  const examples = readExamples(route.schema?.body);
  return { url, schema: { ...schema, ...own, ...(examples && { 'x-examples': examples }) } };
};

/** What the library forgets of a body: the examples that stand beside its schema. */
function readExamples(body: unknown): readonly unknown[] | undefined {
  const examples = body instanceof z.ZodType ? body.meta()?.examples : undefined;
  return Array.isArray(examples) ? examples : undefined;
}

export const transformDocument: typeof jsonSchemaTransformObject = (input) =>
  finishDocument(asDocument(jsonSchemaTransformObject(input)));

/** The library types what it builds for every version of OpenAPI at once; we ask it for 3.1 and for nothing else. */
function asDocument(document: unknown): ApiDocument {
  return document as ApiDocument;
}

function finishDocument(document: ApiDocument): ApiDocument {
  const responses: Record<string, Json> = {};
  const paths = Object.fromEntries(
    Object.entries(document.paths)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, operations]) => [path, finishOperations(path, operations, responses)]),
  );
  const schemas = { ...document.components.schemas, Error: errorSchema };
  const webhooks = describeWebhooks();
  const used = collectUsed({ paths, webhooks, responses }, schemas);
  return {
    ...document,
    paths,
    webhooks,
    components: {
      ...document.components,
      parameters: webhookParameters,
      headers,
      examples: listErrorExamples(),
      responses,
      schemas: Object.fromEntries(
        Object.entries(schemas)
          .filter(([name]) => used.has(name))
          .map(([name, schema]) => [name, openSchema(schema)]),
      ),
    },
  };
}

function finishOperations(
  path: string,
  operations: Record<string, Operation>,
  shared: Record<string, Json>,
): Record<string, Operation> {
  const access = accessOf(path);
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => {
      const {
        'x-codes': own = [],
        'x-replays': replays = false,
        'x-form': form = false,
        'x-examples': examples = [],
        ...rest
      } = operation;
      const codes = new Set([...listSharedCodes(access, method, operation), ...own]);
      const parameters = [...(rest.parameters ?? []), ...(replays ? [idempotencyParameter] : [])];
      const answered = Object.entries(rest.responses).map(([status, response]) => [
        status,
        { ...openSchema(response), ...describeStatus(status, response), headers: listHeaders(access, Number(status)) },
      ]);
      const responses = { ...Object.fromEntries(answered), ...refuseWith(access, [...codes], shared) };
      const finished = {
        ...rest,
        security: securityOf(access),
        ...(parameters.length > 0 && { parameters }),
        ...(rest.requestBody && { requestBody: addForm(addExamples(rest.requestBody, examples), form) }),
        responses,
      };
      return [method, finished];
    }),
  );
}

/** Where there are several, they are named by the `type` that each is of. */
function addExamples(body: Body, examples: readonly unknown[]): Body {
  const named = examples.map((value) => [String(Object(value).type), { value }] as const);
  const shown = examples.length > 1 ? { examples: Object.fromEntries(named) } : { example: examples[0] };
  const content = Object.entries(body.content).map(([type, media]) => [type, { ...media, ...shown }]);
  return { ...body, content: Object.fromEntries(content) };
}

/** A file beside the fields of the JSON, for whoever would rather bring it than name its URL. */
function addForm(body: Body, form: boolean): Body {
  if (!form) return body;
  const text = { type: 'string' };
  const properties = { file: { type: 'string', format: 'binary' }, filename: text, mime_type: text };
  const media = { schema: { type: 'object', required: ['file'], properties } };
  return { ...body, content: { ...body.content, 'multipart/form-data': media } };
}

/** The library has no better words for a status that nobody described. */
function describeStatus(status: string, response: Json): Json {
  return response.description === 'Default Response' ? { description: STATUS_CODES[status] ?? status } : {};
}

function listSharedCodes(access: Access, method: string, operation: Operation): ErrorCode[] {
  const hasBody = operation.requestBody !== undefined;
  const hasQuery = operation.parameters?.some((parameter) => parameter.in === 'query') ?? false;
  return [
    ...(access === 'public' ? [] : (['auth_missing', 'auth_invalid', 'key_scope'] as const)),
    ...(access === 'customer' ? (['auth_expired', 'rate_limited'] as const) : []),
    ...(hasBody ? (['invalid_json', 'body_too_large', 'unsupported_media_type'] as const) : []),
    ...(hasBody || hasQuery ? (['invalid_request'] as const) : []),
    ...(operation['x-replays'] ? (['idempotency_conflict', 'idempotency_key_invalid'] as const) : []),
    ...(access === 'public' ? [] : (['shutting_down', 'storage_unavailable', 'internal'] as const)),
    ...(method === 'get' && access === 'public' ? (['internal'] as const) : []),
  ];
}

function securityOf(access: Access): Json[] {
  if (access === 'public') return [];
  return access === 'admin' ? [{ admin_key: [] }] : [{ api_key: [] }, { api_key_header: [] }];
}

/**
 * The codes of a route by the status that each comes with. Many routes refuse alike, so the answers are put into `shared`
 * and referred to.
 */
function refuseWith(access: Access, codes: readonly ErrorCode[], shared: Record<string, Json>): Record<string, Json> {
  const byStatus = Object.groupBy(codes, (code) => String(errorTable[code].status));
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => {
      const name = [...(access === 'customer' ? [] : [access]), ...group].join('.');
      shared[name] ??= describeErrors(access, status, group);
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

const describeErrors = (access: Access, status: string, codes: readonly ErrorCode[]): Json => ({
  description: codes.map((code) => `\`${code}\``).join(', '),
  headers: listHeaders(access, Number(status)),
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
});

const exampleDetails: Partial<Readonly<Record<ErrorCode, Json>>> = {
  invalid_request: { in: 'body', fields: [{ field: 'text', problem: 'Invalid input: expected string' }] },
  text_too_long: { limit: 65_536, length: 70_000 },
  no_qr: { state: 'disconnected', reason: 'stopped_by_user' },
  rate_limited: { retry_after_seconds: 1 },
  message_not_cancellable: { status: 'sent' },
};

const exampleError = (code: ErrorCode): Json => ({
  error: { code, message: errorTable[code].message, ...(exampleDetails[code] && { details: exampleDetails[code] }) },
  request_id: exampleId('req'),
});

const listErrorExamples = (): Json =>
  Object.fromEntries(
    Object.entries(errorTable).map(([code, { message }]) => [
      code,
      { summary: message, value: exampleError(asErrorCode(code)) },
    ]),
  );

/** A key of the table, which `Object.entries` forgets. */
function asErrorCode(code: string): ErrorCode {
  return code as ErrorCode;
}

const errorSchema: Json = {
  type: 'object',
  required: ['error', 'request_id'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', enum: Object.keys(errorTable), description: 'Never renamed: match on it.' },
        message: { type: 'string', description: 'What is wrong and what to do, for people.' },
        details: { type: 'object', additionalProperties: true, description: 'What differs from case to case.' },
      },
    },
    request_id: { type: 'string', description: 'Names this request in the log.', examples: [exampleId('req')] },
  },
};

const headers = {
  'X-Correlation-Id': {
    description: "The caller's own X-Correlation-Id (up to 128 printable characters), or one that was made.",
    schema: { type: 'string' },
  },
  'X-RateLimit-Limit': { description: 'Requests that fit into the bucket.', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Requests that are left in the bucket.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': { description: 'Unix time in seconds when it is full again.', schema: { type: 'integer' } },
  'Retry-After': { description: 'Seconds to wait before the same request again.', schema: { type: 'integer' } },
};

function listHeaders(access: Access, status: number): Json {
  const names = [
    'X-Correlation-Id',
    ...(access === 'customer' && status !== 401
      ? ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset']
      : []),
    ...(status === 429 || status === 503 ? ['Retry-After'] : []),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const idempotencyParameter: Json = {
  name: idempotencyHeader,
  in: 'header',
  required: false,
  description:
    'The same key with the same request answers the same again, with `Idempotency-Replayed: true`, and writes nothing.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const refPrefix = '#/components/schemas/';

/** Names of the components that something in the document leads to. The library lists each schema twice. */
function collectUsed(part: unknown, schemas: Readonly<Record<string, Json>>): Set<string> {
  const used = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key !== '$ref' || typeof inner !== 'string' || !inner.startsWith(refPrefix)) {
        walk(inner);
        continue;
      }
      const name = inner.slice(refPrefix.length);
      if (used.has(name)) continue;
      used.add(name);
      walk(schemas[name]);
    }
  };
  walk(part);
  return used;
}

/** Answers may gain fields at any time, so no schema of one says that there are no others. */
function openSchema(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => key !== 'additionalProperties' || value !== false)
      // The bounds of whole numbers in JavaScript tell nobody anything.
      .filter(([, value]) => typeof value !== 'number' || Math.abs(value) < Number.MAX_SAFE_INTEGER)
      .map(([key, value]) => [key, openValue(value)]),
  );
}

function openValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openValue);
  return typeof value === 'object' && value !== null ? openSchema({ ...value }) : value;
}
