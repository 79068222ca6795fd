import * as z from 'zod';
import { requireInstance } from '../../domain/instances/index.ts';
import { listNewsletters, recordNewsletter, viewNewsletter } from '../../domain/newsletters/index.ts';
import { askAboutNewsletter, auditNewsletter } from '../ask-newsletter.ts';
import { answerCreation, type Edge } from '../edge.ts';
import {
  newsletterExample,
  newsletterPreviewSchema,
  newsletterSchema,
  renderNewsletter,
  renderNewsletterPreview,
} from '../render-newsletter.ts';
import { pageOf, pageQuery, readPage, renderPage } from '../schemas.ts';
import { askErrors } from './chats.ts';
import { instanceParams, readInstanceId } from './instances.ts';

/** WhatsApp's own limits, in UTF-16 units. */
const nameCharsMax = 100;
const descriptionCharsMax = 2_048;

export const newsletterName = z.string().min(1).max(nameCharsMax);
export const newsletterDescription = z.string().max(descriptionCharsMax).nullable();

const linkPattern = /^(?:https?:\/\/)?(?:www\.)?whatsapp\.com\/channel\/([\w-]{10,64})(?:[?/].*)?$/;
const codePattern = /^[\w-]{10,64}$/;

const inviteBody = z
  .strictObject({
    invite: z
      .string()
      .max(512)
      .meta({ description: 'The link, or the code at its end.' })
      .transform((text, context): string => {
        const code = codePattern.test(text) ? text : linkPattern.exec(text.trim())?.[1];
        if (code !== undefined) return code;
        context.addIssue({
          code: 'custom',
          message: 'Must be a link such as https://whatsapp.com/channel/0029AbCd, or its code',
        });
        return z.NEVER;
      }),
  })
  .meta({ examples: [{ invite: newsletterExample.invite_link }] });

export function addNewsletterRoutes(edge: Edge): void {
  addListRoute(edge);
  addCreateRoute(edge);
  addInviteRoutes(edge);
}

function addListRoute({ app, deps, callerOf }: Edge): void {
  app.get(
    '/v1/instances/:id/newsletters',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'listNewsletters',
        summary: 'List newsletters',
        description:
          'Those on record: what was made or followed through this API, what WhatsApp told of, and what something came from. Nobody can ask WhatsApp Web for all that a number follows.',
        tags: ['Newsletters'],
        params: instanceParams,
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(newsletterSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const caller = callerOf(request);
      const { id: instanceId } = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const rows = await listNewsletters(deps.db.read, caller, { ...readPage('cht', query), instanceId });
      return renderPage(rows, query.limit, renderNewsletter);
    },
  );
}

function addCreateRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/newsletters',
    {
      config: { replays: true, errors: ['instance_not_found', ...askErrors] },
      schema: {
        operationId: 'createNewsletter',
        summary: 'Make a newsletter',
        description:
          'With an Idempotency-Key a second newsletter is not made by a request that is sent again after its answer.',
        tags: ['Newsletters'],
        params: instanceParams,
        body: z
          .strictObject({ name: newsletterName, description: newsletterDescription.default(null) })
          .meta({ examples: [{ name: newsletterExample.name, description: newsletterExample.description }] }),
        response: { 201: newsletterSchema },
      },
    },
    async (request, reply) =>
      answerCreation(edge, request, reply, 201, async () => {
        const caller = edge.callerOf(request);
        const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
        const { name, description } = request.body;
        const input = { name, description: description || null };
        const info = await deps.networkAccess.ask(instance, 'create_newsletter', input);
        return async (tx) => {
          const newsletter = await recordNewsletter(tx, instance, info, edge.correlationOf(request));
          await auditNewsletter(tx, { caller, instance }, 'newsletter.created', newsletter.chat_id);
          return renderNewsletter(viewNewsletter(newsletter));
        };
      }),
  );
}

function addInviteRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const ask = askAboutNewsletter(deps.networkAccess);

  app.post(
    '/v1/instances/:id/newsletters/preview',
    {
      config: { errors: ['instance_not_found', ...askErrors, 'newsletter_invite_not_found'] },
      schema: {
        operationId: 'previewNewsletter',
        summary: 'Ask which newsletter an invite link leads to',
        tags: ['Newsletters'],
        params: instanceParams,
        body: inviteBody,
        response: { 200: newsletterPreviewSchema },
      },
    },
    async (request) => {
      const instance = await requireInstance(deps.db.read, edge.callerOf(request), readInstanceId(request.params.id));
      const input = { code: request.body.invite };
      return renderNewsletterPreview(await ask(instance, 'read_newsletter_by_invite', input));
    },
  );

  app.post(
    '/v1/instances/:id/newsletters/follow',
    {
      config: {
        errors: ['instance_not_found', ...askErrors, 'newsletter_invite_not_found', 'newsletter_not_found'],
      },
      schema: {
        operationId: 'followNewsletter',
        summary: 'Follow a newsletter by its invite link',
        description:
          'What it posts from then on comes as `message.received`. Following what is followed changes nothing.',
        tags: ['Newsletters'],
        params: instanceParams,
        body: inviteBody,
        response: { 200: newsletterSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      deps.networkAccess.requireCapability(instance, 'follow_newsletter');
      const info = await ask(instance, 'read_newsletter_by_invite', { code: request.body.invite });
      const isOurs = info.role === 'owner' || info.role === 'admin';
      if (!isOurs) await ask(instance, 'follow_newsletter', { address: info.address });
      const followed = isOurs ? info : { ...info, role: 'subscriber' as const };
      return deps.db.tx(async (tx) => {
        const newsletter = await recordNewsletter(tx, instance, followed, edge.correlationOf(request));
        await auditNewsletter(tx, { caller, instance }, 'newsletter.followed', newsletter.chat_id);
        return renderNewsletter(viewNewsletter(newsletter));
      });
    },
  );
}
