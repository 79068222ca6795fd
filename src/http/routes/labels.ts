import * as z from 'zod';
import { requireChat } from '../../domain/chats/index.ts';
import { readChatRef } from '../../domain/contacts/index.ts';
import type { Caller } from '../../domain/customers/index.ts';
import { type InstanceRow, requireInstance } from '../../domain/instances/index.ts';
import {
  labelColors,
  labelFieldsOf,
  labelsMax,
  listLabels,
  recordAttachmentByCaller,
  recordLabelByCaller,
  releaseLabel,
  requireLabel,
  reserveLabel,
  viewLabel,
} from '../../domain/labels/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Edge } from '../edge.ts';
import { labelSchema, renderLabel } from '../render-label.ts';
import { exampleId, name } from '../schemas.ts';
import { askErrors } from './chats.ts';
import { instanceParams, readInstanceId } from './instances.ts';

type LabelRow = Awaited<ReturnType<typeof requireLabel>>;
type LabelFields = ReturnType<typeof labelFieldsOf>;

const labelParams = instanceParams.extend({
  label_id: z.string().meta({ description: 'The label.', examples: [exampleId('lbl')] }),
});
const attachmentParams = labelParams.extend({
  chat_id: z.string().meta({ description: 'The chat.', examples: [exampleId('cht')] }),
});

const color = z
  .int()
  .min(0)
  .max(labelColors - 1)
  .meta({ description: 'A place in the palette of the app.' });

const labelBody = z.strictObject({ name, color }).meta({ examples: [{ name: 'New order', color: 4 }] });
const labelPatch = z
  .strictObject({ name: name.optional(), color: color.optional() })
  .refine((body) => body.name !== undefined || body.color !== undefined, { message: 'Must change something' })
  .meta({ examples: [{ color: 7 }] });

const changeErrors = ['instance_not_found', 'label_not_found', ...askErrors] as const;

export function addLabelRoutes(edge: Edge): void {
  addListRoute(edge);
  addCreateRoute(edge);
  addEditRoutes(edge);
  addAttachRoutes(edge);
}

const requireAsked = ({ deps }: Edge, caller: Caller, params: { readonly id: string }): Promise<InstanceRow> =>
  requireInstance(deps.db.read, caller, readInstanceId(params.id));

async function requireLabelOf(
  edge: Edge,
  caller: Caller,
  params: { readonly id: string; readonly label_id: string },
): Promise<{ instance: InstanceRow; label: LabelRow }> {
  const instance = await requireAsked(edge, caller, params);
  return { instance, label: await requireLabel(edge.deps.db.read, caller, instance.id, params.label_id) };
}

function addListRoute(edge: Edge): void {
  edge.app.get(
    '/v1/instances/:id/labels',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'listLabels',
        summary: 'List the labels of a business, the oldest first',
        description: `All of them: a business has ${labelsMax} at most.`,
        tags: ['Labels'],
        params: instanceParams,
        response: { 200: z.object({ data: z.array(labelSchema) }) },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { id } = await requireAsked(edge, caller, request.params);
      const rows = await listLabels(edge.deps.db.read, caller, id);
      return { data: rows.map((row) => renderLabel(viewLabel(row))) };
    },
  );
}

/** Each change is asked of WhatsApp, which tells the phone, and is recorded once WhatsApp has taken it. */
async function changeLabel(
  { deps }: Edge,
  caller: Caller,
  { instance, label }: { instance: InstanceRow; label: LabelRow },
  fields: LabelFields,
): Promise<LabelRow> {
  await deps.networkAccess.ask(instance, 'change_labels', { label: fields });
  return deps.db.tx((tx) => recordLabelByCaller(tx, caller, label, fields));
}

/** What WhatsApp gave no answer to may have been done: its id stays taken. */
const isSurelyNotDone = (error: unknown): boolean => error instanceof GatewayError && error.code !== 'whatsapp_timeout';

function addCreateRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/labels',
    {
      config: { errors: ['instance_not_found', 'limit_reached', ...askErrors] },
      schema: {
        operationId: 'createLabel',
        summary: 'Make a label',
        description: 'On all devices of the number. Only the WhatsApp Business app shows labels.',
        tags: ['Labels'],
        params: instanceParams,
        body: labelBody,
        response: { 201: labelSchema },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      const instance = await requireAsked(edge, caller, request.params);
      const label = await deps.db.tx((tx) => reserveLabel(tx, instance, request.body));
      try {
        const made = await changeLabel(edge, caller, { instance, label }, labelFieldsOf(label));
        return reply.code(201).send(renderLabel(viewLabel(made)));
      } catch (error) {
        if (isSurelyNotDone(error)) await deps.db.tx((tx) => releaseLabel(tx, label));
        throw error;
      }
    },
  );
}

function addEditRoutes(edge: Edge): void {
  const { app } = edge;

  app.patch(
    '/v1/instances/:id/labels/:label_id',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'changeLabel',
        summary: 'Give a label another name or colour',
        tags: ['Labels'],
        params: labelParams,
        body: labelPatch,
        response: { 200: labelSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const found = await requireLabelOf(edge, caller, request.params);
      const { name: nameNow = found.label.name, color: colorNow = found.label.color } = request.body;
      const fields = { ...labelFieldsOf(found.label), name: nameNow, color: colorNow };
      return renderLabel(viewLabel(await changeLabel(edge, caller, found, fields)));
    },
  );

  app.delete(
    '/v1/instances/:id/labels/:label_id',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'deleteLabel',
        summary: 'Delete a label',
        description: 'It is taken off every chat that it is on.',
        tags: ['Labels'],
        params: labelParams,
        response: { 204: z.undefined().describe('It is deleted.') },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      const found = await requireLabelOf(edge, caller, request.params);
      await changeLabel(edge, caller, found, { ...labelFieldsOf(found.label), deleted: true });
      return reply.code(204).send();
    },
  );
}

function addAttachRoutes(edge: Edge): void {
  const { app, deps } = edge;

  async function attach(caller: Caller, params: z.output<typeof attachmentParams>, on: boolean): Promise<void> {
    const { instance, label } = await requireLabelOf(edge, caller, params);
    const chat = await requireChat(deps.db.read, caller, instance.id, params.chat_id);
    const input = { networkId: label.network_id, chat: await readChatRef(deps.db.read, chat), on };
    await deps.networkAccess.ask(instance, 'attach_labels', input);
    await deps.db.tx((tx) => recordAttachmentByCaller(tx, caller, label, { chatId: chat.id, on }));
  }

  app.put(
    '/v1/instances/:id/labels/:label_id/chats/:chat_id',
    {
      config: { errors: [...changeErrors, 'chat_not_found'] },
      schema: {
        operationId: 'attachLabel',
        summary: 'Put a label on a chat',
        tags: ['Labels'],
        params: attachmentParams,
        response: { 204: z.undefined().describe('The chat has it.') },
      },
    },
    async (request, reply) => {
      await attach(edge.callerOf(request), request.params, true);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/v1/instances/:id/labels/:label_id/chats/:chat_id',
    {
      config: { errors: [...changeErrors, 'chat_not_found'] },
      schema: {
        operationId: 'detachLabel',
        summary: 'Take a label off a chat',
        tags: ['Labels'],
        params: attachmentParams,
        response: { 204: z.undefined().describe('The chat does not have it.') },
      },
    },
    async (request, reply) => {
      await attach(edge.callerOf(request), request.params, false);
      return reply.code(204).send();
    },
  );
}
