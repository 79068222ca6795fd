import * as z from 'zod';
import {
  type ListedContact,
  listContacts,
  readContactIdentity,
  recordBlocked,
  requireContact,
  viewContacts,
} from '../../domain/contacts/index.ts';
import type { Caller } from '../../domain/customers/index.ts';
import { type InstanceRow, requireInstance } from '../../domain/instances/index.ts';
import { resolvePerson } from '../../domain/messages/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Edge } from '../edge.ts';
import { contactExample, contactSchema } from '../render-contact.ts';
import { profileSchema, renderProfile } from '../render-profile.ts';
import {
  exampleId,
  exampleTime,
  idParams,
  pageOf,
  pageQuery,
  readPage,
  renderPage,
  renderTime,
  requirePathId,
  timeOut,
} from '../schemas.ts';
import { askErrors } from './chats.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const listedSchema = contactSchema
  .extend({
    created_at: timeOut('When it was first heard of.'),
    updated_at: timeOut('When something was last learnt.'),
  })
  .meta({ id: 'Contact', examples: [{ ...contactExample, created_at: exampleTime, updated_at: exampleTime }] });

const renderListed = ({ createdAtMs, updatedAtMs, ...view }: ListedContact): z.output<typeof listedSchema> => ({
  ...view,
  created_at: renderTime(createdAtMs),
  updated_at: renderTime(updatedAtMs),
});

const contactParams = instanceParams.extend({
  contact_id: z.string().meta({ description: 'The contact.', examples: [exampleId('con')] }),
});

const readContactParam = (text: string): Id<'con'> => requirePathId('con', text, 'contact_not_found');

export function addContactRoutes(edge: Edge): void {
  addListRoutes(edge);
  addProfileRoute(edge);
  addBlockRoutes(edge);
}

function addListRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/contacts',
    {
      schema: {
        operationId: 'listContacts',
        summary: 'List contacts, newest first',
        description:
          'Those of all your numbers; with a key that is bound to an instance, those that it has a chat with.',
        tags: ['Contacts'],
        querystring: z.strictObject({
          ...pageQuery,
          search: z.string().min(1).max(100).optional().meta({
            description: 'A part of a name, or the beginning of a phone number with country code.',
          }),
        }),
        response: { 200: pageOf(listedSchema) },
      },
    },
    async (request) => {
      const { limit, search } = request.query;
      const rows = await listContacts(deps.db.read, edge.callerOf(request), search, readPage('con', request.query));
      return renderPage(rows, limit, renderListed);
    },
  );

  app.get(
    '/v1/contacts/:id',
    {
      config: { errors: ['contact_not_found'] },
      schema: {
        operationId: 'readContact',
        summary: 'Read a contact',
        description: 'An id of a contact that turned out to be another leads to that one.',
        tags: ['Contacts'],
        params: idParams('con', 'The contact.'),
        response: { 200: contactSchema },
      },
    },
    async (request) => requireContact(deps.db.read, edge.callerOf(request), readContactParam(request.params.id)),
  );
}

/** A contact as an instance asks WhatsApp about it. */
async function requirePerson(edge: Edge, caller: Caller, params: { readonly id: string; readonly contact_id: string }) {
  const { read } = edge.deps.db;
  const instance = await requireInstance(read, caller, readInstanceId(params.id));
  const { id } = await requireContact(read, caller, readContactParam(params.contact_id));
  return { instance, contactId: id, contact: (await readContactIdentity(read, caller.customerId, id)) ?? {} };
}

const personErrors = ['instance_not_found', 'contact_not_found', ...askErrors] as const;

function addProfileRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/contacts/:contact_id/profile',
    {
      config: { errors: personErrors },
      schema: {
        operationId: 'readContactProfile',
        summary: 'Read what a contact shows of itself on WhatsApp',
        description: 'WhatsApp is asked each time, so the instance has to be connected; ask rarely.',
        tags: ['Contacts'],
        params: contactParams,
        response: { 200: profileSchema },
      },
    },
    async (request) => {
      const { instance, contact } = await requirePerson(edge, edge.callerOf(request), request.params);
      return renderProfile(await deps.networkAccess.ask(instance, 'read_profile', { contact }));
    },
  );
}

function addBlockRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/blocked',
    {
      config: { errors: ['instance_not_found', ...askErrors] },
      schema: {
        operationId: 'listBlocked',
        summary: 'List whom the number blocks',
        tags: ['Contacts'],
        params: instanceParams,
        response: { 200: z.object({ data: z.array(contactSchema) }) },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const { contacts } = await deps.networkAccess.ask(instance, 'list_blocked', {});
      return deps.db.tx(async (tx) => {
        const ids: Id<'con'>[] = [];
        for (const contact of contacts) ids.push(await resolvePerson(tx, instance, contact, 'look_up'));
        const views = await viewContacts(tx, caller.customerId, ids);
        return { data: ids.flatMap((id) => views.get(id) ?? []) };
      });
    },
  );

  const setBlocked = async (
    caller: Caller,
    { instance, contactId, contact }: { instance: InstanceRow; contactId: Id<'con'>; contact: object },
    blocked: boolean,
  ): Promise<void> => {
    await deps.networkAccess.ask(instance, 'set_blocked', { contact, blocked });
    await deps.db.tx((tx) => recordBlocked(tx, caller, { instanceId: instance.id, contactId, blocked }));
  };

  app.put(
    '/v1/instances/:id/blocked/:contact_id',
    {
      config: { errors: personErrors },
      schema: {
        operationId: 'blockContact',
        summary: 'Block a contact',
        description: 'Nothing of what they send comes in any more. WhatsApp needs both their number and their LID.',
        tags: ['Contacts'],
        params: contactParams,
        response: { 204: z.undefined().describe('They are blocked.') },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      await setBlocked(caller, await requirePerson(edge, caller, request.params), true);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/v1/instances/:id/blocked/:contact_id',
    {
      config: { errors: personErrors },
      schema: {
        operationId: 'unblockContact',
        summary: 'Unblock a contact',
        tags: ['Contacts'],
        params: contactParams,
        response: { 204: z.undefined().describe('They are not blocked any more.') },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      await setBlocked(caller, await requirePerson(edge, caller, request.params), false);
      return reply.code(204).send();
    },
  );
}
