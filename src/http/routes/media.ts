import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import {
  deleteMedia,
  type FileFacts,
  listMedia,
  makeLink,
  openLink,
  recordFile,
  removeUnused,
  requireMedia,
  revokeLinks,
} from '../../domain/media/index.ts';
import type { App } from '../deps.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { compileValidator, parseBody } from '../parse-input.ts';
import { readMultipart } from '../read-multipart.ts';
import { mediaLinkSchema, mediaSchema, mediaSources, mediaStates, renderMedia } from '../render-media.ts';
import { idIn, idParams, pageOf, pageQuery, readPage, renderPage, renderTime, requirePathId } from '../schemas.ts';
import { serveContent } from '../serve-content.ts';
import { withFiles } from '../take-files.ts';

const dayMs = 86_400_000;
const linkSecondsMax = 900;

const filename = z.string().min(1).max(255);
const mimeType = z
  .string()
  .min(3)
  .max(255)
  .meta({ description: 'What the file is, when neither its bytes nor its server tell.' });

const fromUrl = z
  .strictObject({
    url: z.string().min(1).max(2_048).meta({ description: 'Where to fetch it from: https, and a public address.' }),
    filename: filename.optional(),
    mime_type: mimeType.optional(),
  })
  .meta({ examples: [{ url: 'https://example.com/bread.jpg', filename: 'bread.jpg' }] });

const formFields = z.strictObject({ filename: filename.optional(), mime_type: mimeType.optional() });

const listQuery = z.strictObject({
  ...pageQuery,
  source: z.enum(mediaSources).optional(),
  state: z.enum(mediaStates).optional(),
  instance_id: idIn('ins', 'Only those of this instance.').optional(),
});

const linkBody = z
  .strictObject({
    expires_in_seconds: z.number().int().min(1).max(linkSecondsMax).default(linkSecondsMax),
  })
  .meta({ examples: [{ expires_in_seconds: 300 }] });

const mediaParams = idParams('med', 'The media.');
const readMediaId = (text: string) => requirePathId('med', text, 'media_not_found');

const content = {
  description: 'The content, to be saved.',
  content: { '*/*': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) } },
};
const contentHints =
  'Answers with `attachment`, takes `Range`, and `If-None-Match` with the `ETag`, which is the SHA-256 of the content.';

export function addMediaRoutes(edge: Edge): void {
  edge.app.register((scope, _options, done) => {
    addUploadRoute(edge, asApp(scope));
    done();
  });
  addReadRoutes(edge);
  addLinkRoutes(edge);
}

/** Encapsulated by Fastify, with the same types. */
function asApp(scope: unknown): App {
  return scope as App;
}

/** In a scope of its own, since no other route takes a form. */
function addUploadRoute({ deps, callerOf, ...rest }: Edge, app: App): void {
  const edge: Edge = { deps, callerOf, ...rest, app };
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  // A form leaves no body behind, so the handler judges.
  app.setValidatorCompiler<z.ZodType>((part) =>
    part.httpPart === 'body' ? (value) => ({ value }) : compileValidator(part),
  );

  app.post(
    '/v1/media',
    {
      config: {
        replays: true,
        streams: true,
        form: true,
        errors: ['media_too_large', 'media_type_mismatch', 'media_url_forbidden', 'media_url_failed', 'limit_reached'],
      },
      schema: {
        operationId: 'uploadMedia',
        summary: 'Upload a file, or have it fetched from a URL',
        description:
          'As `multipart/form-data` with the file in a part `file`, and `filename` and `mime_type` as further fields if wanted, or as JSON with a `url`. With an Idempotency-Key, the same content counts as the same request.',
        tags: ['Media'],
        body: fromUrl,
        response: { 201: mediaSchema },
      },
    },
    (request, reply) =>
      withFiles(deps, callerOf(request), async (files) => {
        const record = (file: FileFacts, source: 'upload' | 'url') => async (tx: Parameters<typeof recordFile>[0]) => {
          const how = {
            source,
            quotaBytes: deps.config.mediaQuotaBytes,
            keepMs: deps.config.mediaKeepUploadsDays * dayMs,
          };
          return renderMedia(await recordFile(tx, callerOf(request), file, how));
        };
        if (!isForm(request)) {
          const body = parseBody(fromUrl, request.body);
          return answerCreation(edge, request, reply, 201, async () => {
            const claim = { filename: body.filename, mimeType: body.mime_type };
            return record(await files.fetch(body.url, claim), 'url');
          });
        }
        const form = await readMultipart(request.raw, files.draft);
        const fields = parseBody(formFields, form.fields);
        const claim = { filename: fields.filename ?? form.filename, mimeType: fields.mime_type ?? form.mimeType };
        const { headers, method, url } = request;
        const asked = { headers, method, url, body: { sha256: form.file.sha256, ...claim } };
        return answerCreation({ ...edge, callerOf: () => callerOf(request) }, asked, reply, 201, async () =>
          record(await files.place(form.file, claim), 'upload'),
        );
      }),
  );
}

const isForm = ({ headers }: { headers: IncomingMessage['headers'] }): boolean =>
  /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

function addReadRoutes({ app, deps, callerOf }: Edge): void {
  app.get(
    '/v1/media',
    {
      schema: {
        operationId: 'listMedia',
        summary: 'List files, uploaded and received',
        tags: ['Media'],
        querystring: listQuery,
        response: { 200: pageOf(mediaSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const { source, state, instance_id: instanceId } = query;
      const filter = { ...readPage('med', query), source, state, instanceId };
      return renderPage(await listMedia(deps.db.read, callerOf(request), filter), query.limit, renderMedia);
    },
  );

  app.get(
    '/v1/media/:id/info',
    {
      config: { errors: ['media_not_found'] },
      schema: {
        operationId: 'readMedia',
        summary: 'What is known of a file',
        tags: ['Media'],
        params: mediaParams,
        response: { 200: mediaSchema },
      },
    },
    async (request) => renderMedia(await requireMedia(deps.db.read, callerOf(request), readMediaId(request.params.id))),
  );

  app.get(
    '/v1/media/:id',
    {
      config: { errors: ['media_not_found', 'media_not_available'] },
      schema: {
        operationId: 'downloadMedia',
        summary: 'Download the content of a file',
        description: contentHints,
        tags: ['Media'],
        params: mediaParams,
        response: { 200: content },
      },
    },
    async (request, reply) => {
      const row = await requireMedia(deps.db.read, callerOf(request), readMediaId(request.params.id));
      return serveContent(deps, row, request, reply);
    },
  );

  app.delete(
    '/v1/media/:id',
    {
      config: { errors: ['media_not_found', 'media_in_use'] },
      schema: {
        operationId: 'deleteMedia',
        summary: 'Delete a file',
        description: 'Its content goes at once. Refused while a message that has not left yet needs it.',
        tags: ['Media'],
        params: mediaParams,
        response: { 204: z.undefined().describe('It is gone.') },
      },
    },
    async (request, reply) => {
      const id = readMediaId(request.params.id);
      const { sha256 } = await deps.db.tx((tx) => deleteMedia(tx, callerOf(request), id));
      if (sha256 !== null) await removeUnused(deps.db, deps.blobs, sha256);
      return reply.code(204).send();
    },
  );
}

function addLinkRoutes({ app, deps, callerOf }: Edge): void {
  app.post(
    '/v1/media/:id/links',
    {
      config: { errors: ['media_not_found', 'media_not_available'] },
      schema: {
        operationId: 'linkMedia',
        summary: 'Make a link that opens a file without a key',
        description: 'For those who are to see this one file, for 15 minutes at most.',
        tags: ['Media'],
        params: mediaParams,
        body: linkBody,
        response: { 200: mediaLinkSchema },
      },
    },
    async (request) => {
      const row = await requireMedia(deps.db.read, callerOf(request), readMediaId(request.params.id));
      const expiresAtMs = deps.clock.now() + request.body.expires_in_seconds * 1_000;
      const url = `${deps.config.publicUrl ?? ''}/v1/media/${row.id}/shared?token=${makeLink(deps.vault, row, expiresAtMs)}`;
      return { url, expires_at: renderTime(expiresAtMs) };
    },
  );

  app.delete(
    '/v1/media/:id/links',
    {
      config: { errors: ['media_not_found'] },
      schema: {
        operationId: 'revokeMediaLinks',
        summary: 'Revoke all links to a file',
        tags: ['Media'],
        params: mediaParams,
        response: { 204: z.undefined().describe('None of them opens it any more.') },
      },
    },
    async (request, reply) => {
      await deps.db.tx((tx) => revokeLinks(tx, callerOf(request), readMediaId(request.params.id)));
      return reply.code(204).send();
    },
  );

  app.get(
    '/v1/media/:id/shared',
    {
      config: { errors: ['media_not_found', 'media_not_available'] },
      schema: {
        operationId: 'openMediaLink',
        summary: 'Download the content of a file by a link',
        description: contentHints,
        tags: ['Media'],
        params: mediaParams,
        querystring: z.strictObject({ token: z.string().max(512).default('') }),
        response: { 200: content },
      },
    },
    async (request: FastifyRequest<{ Params: { id: string }; Querystring: { token: string } }>, reply) => {
      const link = { id: readMediaId(request.params.id), token: request.query.token };
      return serveContent(deps, await openLink(deps.db.read, deps.vault, link, deps.clock.now()), request, reply);
    },
  );
}
