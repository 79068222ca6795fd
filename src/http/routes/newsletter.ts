import * as z from 'zod';
import {
  type NewsletterFields,
  recordNewsletter,
  recordNewsletterChange,
  recordNewsletterDeleted,
  viewNewsletter,
} from '../../domain/newsletters/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { askAboutNewsletter, auditNewsletter, readNewsletterAccess } from '../ask-newsletter.ts';
import type { Edge } from '../edge.ts';
import { newsletterDetailsSchema, renderNewsletterDetails } from '../render-newsletter.ts';
import { idOut } from '../schemas.ts';
import { askErrors } from './chats.ts';
import { instanceParams } from './instances.ts';
import { newsletterDescription, newsletterName } from './newsletters.ts';

const params = instanceParams.extend({ chat_id: idOut('cht', 'The newsletter.') });

const readErrors = ['instance_not_found', ...askErrors, 'newsletter_not_found'] as const;
const adminErrors = [...readErrors, 'newsletter_admin_required'] as const;

const patchBody = z
  .strictObject({
    name: newsletterName.optional(),
    description: newsletterDescription.optional().meta({ description: 'Null takes it away.' }),
  })
  .refine((body) => Object.keys(body).length > 0, { message: 'Must name something to change' })
  .meta({ examples: [{ name: 'Bread of the week' }] });

/** What is done with one newsletter. */
export function addSingleNewsletterRoutes(edge: Edge): void {
  addReadRoute(edge);
  addPatchRoute(edge);
  addDeleteRoute(edge);
  addUnfollowRoute(edge);
  addMuteRoutes(edge);
}

function addReadRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/newsletters/:chat_id',
    {
      config: { errors: readErrors },
      schema: {
        operationId: 'readNewsletter',
        summary: 'Ask what a newsletter says of itself now',
        description: 'WhatsApp is asked, and what is different is put on record and told.',
        tags: ['Newsletters'],
        params,
        response: { 200: newsletterDetailsSchema },
      },
    },
    async (request) => {
      const { instance, newsletter } = await readNewsletterAccess(edge, request);
      const ask = askAboutNewsletter(deps.networkAccess);
      const info = await ask(instance, 'read_newsletter', { address: newsletter.address });
      const row = await deps.db.tx((tx) => recordNewsletter(tx, instance, info, edge.correlationOf(request)));
      return renderNewsletterDetails(viewNewsletter(row), info);
    },
  );
}

function fieldsOf({ name, description }: z.output<typeof patchBody>): Partial<NewsletterFields> {
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description: description || null }),
  };
}

function addPatchRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.patch(
    '/v1/instances/:id/newsletters/:chat_id',
    {
      config: { errors: adminErrors },
      schema: {
        operationId: 'patchNewsletter',
        summary: 'Change the name or the description of a newsletter',
        tags: ['Newsletters'],
        params,
        body: patchBody,
        response: { 204: z.undefined().describe('WhatsApp has done it.') },
      },
    },
    async (request, reply) => {
      const access = await readNewsletterAccess(edge, request);
      const { address, chat_id: chatId } = access.newsletter;
      const fields = fieldsOf(request.body);
      await askAboutNewsletter(deps.networkAccess)(access.instance, 'change_newsletter', { address, fields });
      await deps.db.tx(async (tx) => {
        const update = { chat: { kind: 'newsletter', address }, change: { what: 'updated', fields } } as const;
        await recordNewsletterChange(tx, access.instance, update, edge.correlationOf(request));
        await auditNewsletter(tx, access, 'newsletter.changed', chatId);
      });
      return reply.code(204).send();
    },
  );
}

function addDeleteRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.delete(
    '/v1/instances/:id/newsletters/:chat_id',
    {
      config: { errors: adminErrors },
      schema: {
        operationId: 'deleteNewsletter',
        summary: 'Delete a newsletter of the number, for everybody and for good',
        description: 'Its messages stay on record here.',
        tags: ['Newsletters'],
        params,
        response: { 204: z.undefined().describe('It is gone.') },
      },
    },
    async (request, reply) => {
      const access = await readNewsletterAccess(edge, request);
      const { address, chat_id: chatId } = access.newsletter;
      await askAboutNewsletter(deps.networkAccess)(access.instance, 'delete_newsletter', { address });
      await deps.db.tx(async (tx) => {
        await recordNewsletterDeleted(tx, access.instance, access.newsletter, edge.correlationOf(request));
        await auditNewsletter(tx, access, 'newsletter.deleted', chatId);
      });
      return reply.code(204).send();
    },
  );
}

function addUnfollowRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/newsletters/:chat_id/unfollow',
    {
      config: { errors: [...readErrors, 'newsletter_is_own'] },
      schema: {
        operationId: 'unfollowNewsletter',
        summary: 'Stop following a newsletter',
        description: 'It stays listed, with `role` being `guest`.',
        tags: ['Newsletters'],
        params,
        response: { 204: z.undefined().describe('WhatsApp has done it.') },
      },
    },
    async (request, reply) => {
      const access = await readNewsletterAccess(edge, request);
      const { address, chat_id: chatId, role } = access.newsletter;
      if (role === 'owner') throw new GatewayError('newsletter_is_own', { id: chatId });
      await askAboutNewsletter(deps.networkAccess)(access.instance, 'unfollow_newsletter', { address });
      await deps.db.tx(async (tx) => {
        const update = { chat: { kind: 'newsletter', address }, change: { what: 'unfollowed' } } as const;
        await recordNewsletterChange(tx, access.instance, update, edge.correlationOf(request));
        await auditNewsletter(tx, access, 'newsletter.unfollowed', chatId);
      });
      return reply.code(204).send();
    },
  );
}

const muteRoutes = [
  { path: 'mute', muted: true, operationId: 'muteNewsletter', summary: 'Mute a newsletter that the number follows' },
  { path: 'unmute', muted: false, operationId: 'unmuteNewsletter', summary: 'Have a newsletter muted no longer' },
] as const;

function addMuteRoutes(edge: Edge): void {
  const { app, deps } = edge;
  for (const { path, muted, operationId, summary } of muteRoutes) {
    app.post(
      `/v1/instances/:id/newsletters/:chat_id/${path}`,
      {
        config: { errors: [...readErrors, 'newsletter_not_followed'] },
        schema: {
          operationId,
          summary,
          tags: ['Newsletters'],
          params,
          response: { 204: z.undefined().describe('WhatsApp has done it.') },
        },
      },
      async (request, reply) => {
        const access = await readNewsletterAccess(edge, request);
        const { address, chat_id: chatId } = access.newsletter;
        await askAboutNewsletter(deps.networkAccess)(access.instance, 'mute_newsletter', { address, muted });
        await deps.db.tx(async (tx) => {
          const update = { chat: { kind: 'newsletter', address }, change: { what: 'muted', muted } } as const;
          await recordNewsletterChange(tx, access.instance, update, edge.correlationOf(request));
          await auditNewsletter(tx, access, muted ? 'newsletter.muted' : 'newsletter.unmuted', chatId);
        });
        return reply.code(204).send();
      },
    );
  }
}
