import * as z from 'zod';
import {
  type AnyChatChange,
  type ChatView,
  listChats,
  readAtOnceMax,
  recordChangeByCaller,
  recordReadByCaller,
  requireChat,
  viewChat,
  viewChats,
} from '../../domain/chats/index.ts';
import { readChatRef } from '../../domain/contacts/index.ts';
import type { Caller } from '../../domain/customers/index.ts';
import { type InstanceRow, requireInstance } from '../../domain/instances/index.ts';
import { readLastMessage, readUnread } from '../../domain/messages/index.ts';
import { decodeCursor, encodeCursor } from '../../lib/index.ts';
import { type ErrorCode, GatewayError } from '../../platform/index.ts';
import type { Edge } from '../edge.ts';
import { chatSchema, chatTypes, renderChat } from '../render-chat.ts';
import { exampleId, idIn, pageOf, pageQuery, timeIn } from '../schemas.ts';
import { instanceParams, readInstanceId } from './instances.ts';

type ChatRow = Awaited<ReturnType<typeof requireChat>>;

const chatParams = instanceParams.extend({
  chat_id: z.string().meta({ description: 'The chat.', examples: [exampleId('cht')] }),
});

/** What every question to WhatsApp can end in. */
export const askErrors = [
  'not_connected',
  'not_supported',
  'refused_by_whatsapp',
  'whatsapp_rate_limited',
  'whatsapp_timeout',
] as const satisfies readonly ErrorCode[];

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const chatQuery = z.strictObject({
  ...pageQuery,
  type: z.enum(chatTypes).optional(),
  archived: flag.optional(),
  label_id: idIn('lbl', 'Those with this label.').optional(),
  unread: flag.optional().meta({ description: 'Those with something unread, or marked so.' }),
});

const timers = { 0: 'for ever', 86400: 'a day', 604800: 'a week', 7776000: '90 days' };

const chatPatch = z
  .strictObject({
    archived: z.boolean().optional(),
    pinned: z.boolean().optional(),
    muted_until: timeIn('Until then the phone says nothing; from the year 9999 on for ever; null to end it.')
      .nullable()
      .optional(),
    marked_unread: z.boolean().optional(),
    ephemeral_seconds: z
      .union([z.literal(0), z.literal(86_400), z.literal(604_800), z.literal(7_776_000)])
      .optional()
      .meta({
        description: `How long new messages stay: ${Object.entries(timers)
          .map(([seconds, words]) => `${seconds} ${words}`)
          .join(', ')}.`,
      }),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), { message: 'Must change something' })
  .meta({ examples: [{ archived: true }] });

export function addChatRoutes(edge: Edge): void {
  addReadRoutes(edge);
  addChangeRoutes(edge);
  addPresenceRoute(edge);
}

function addReadRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/chats',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'listChats',
        summary: 'List chats, the one where something was said last first',
        description: 'Chats that were deleted on the phone are left out until something is said in them again.',
        tags: ['Chats'],
        params: instanceParams,
        querystring: chatQuery,
        response: { 200: pageOf(chatSchema) },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { id: instanceId } = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const { limit, cursor, type, archived, unread, label_id: labelId } = request.query;
      const page = { before: readPlace(cursor), limit: limit + 1 };
      const rows = await listChats(deps.db.read, caller, { instanceId, kind: type, archived, unread, labelId }, page);
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return {
        data: (await viewChats(deps.db.read, caller.customerId, shown)).map(renderChat),
        next_cursor: last ? encodeCursor([last.active_at, last.id]) : null,
      };
    },
  );

  app.get(
    '/v1/instances/:id/chats/:chat_id',
    {
      config: { errors: ['instance_not_found', 'chat_not_found'] },
      schema: {
        operationId: 'readChat',
        summary: 'Read a chat',
        tags: ['Chats'],
        params: chatParams,
        response: { 200: chatSchema },
      },
    },
    async (request) => {
      const { chat } = await requireChatOf(edge, edge.callerOf(request), request.params);
      return renderChat(await viewChat(deps.db.read, chat));
    },
  );
}

function readPlace(cursor: string | undefined): { activeAt: number; id: string } | null {
  if (cursor === undefined) return null;
  const [activeAt, id] = decodeCursor(cursor, ['number', 'string']) ?? [];
  if (typeof activeAt === 'number' && typeof id === 'string') return { activeAt, id };
  const fields = [{ field: 'cursor', problem: 'Must be a next_cursor of this list, unchanged' }];
  throw new GatewayError('invalid_request', { in: 'querystring', fields });
}

async function requireChatOf(
  { deps }: Edge,
  caller: Caller,
  params: { readonly id: string; readonly chat_id: string },
): Promise<{ instance: InstanceRow; chat: ChatRow }> {
  const instance = await requireInstance(deps.db.read, caller, readInstanceId(params.id));
  return { instance, chat: await requireChat(deps.db.read, caller, instance.id, params.chat_id) };
}

const changeErrors = ['instance_not_found', 'chat_not_found', ...askErrors] as const;

/** Each change is asked of WhatsApp, which tells the phone, and is recorded once WhatsApp has taken it. */
function addChangeRoutes(edge: Edge): void {
  const { app, deps } = edge;

  async function changeChat(caller: Caller, instance: InstanceRow, chat: ChatRow, change: AnyChatChange) {
    const ref = await readChatRef(deps.db.read, chat);
    if (change.what === 'timer') {
      await deps.networkAccess.ask(instance, 'set_chat_timer', { chat: ref, seconds: change.seconds });
    } else {
      const last = await readLastMessage(deps.db.read, chat);
      await deps.networkAccess.ask(instance, 'change_chats', { chat: ref, change, ...(last && { last }) });
    }
    await deps.db.tx((tx) => recordChangeByCaller(tx, caller, chat, change));
  }

  async function viewAgain(caller: Caller, { instance_id: instanceId, id }: ChatRow): Promise<ChatView> {
    return viewChat(deps.db.read, await requireChat(deps.db.read, caller, instanceId, id));
  }

  app.patch(
    '/v1/instances/:id/chats/:chat_id',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'changeChat',
        summary: 'Archive, pin, mute or mark a chat, or set how long its messages stay',
        description:
          'On all devices of the number. Several changes are made one after the other; when one of them fails, those before it hold.',
        tags: ['Chats'],
        params: chatParams,
        body: chatPatch,
        response: { 200: chatSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { instance, chat } = await requireChatOf(edge, caller, request.params);
      for (const change of listChanges(request.body)) await changeChat(caller, instance, chat, change);
      return renderChat(await viewAgain(caller, chat));
    },
  );

  app.post(
    '/v1/instances/:id/chats/:chat_id/read',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'readChatMessages',
        summary: 'Mark a chat as read',
        description: `Who wrote the latest ${readAtOnceMax} unread messages is told, unless the number keeps that to itself, and the chat is read on the phone, too.`,
        tags: ['Chats'],
        params: chatParams,
        response: { 200: chatSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { instance, chat } = await requireChatOf(edge, caller, request.params);
      const unread = await readUnread(deps.db.read, chat, readAtOnceMax);
      if (unread) {
        const ref = await readChatRef(deps.db.read, chat);
        await deps.networkAccess.ask(instance, 'read_messages', { chat: ref, messages: unread.messages });
        await deps.db.tx((tx) => recordReadByCaller(tx, caller, chat, unread.newest));
      }
      const beyond = chat.unread_count > readAtOnceMax || chat.marked_unread === 1;
      if (beyond) await changeChat(caller, instance, chat, { what: 'read', on: true });
      return renderChat(await viewAgain(caller, chat));
    },
  );

  app.post(
    '/v1/instances/:id/chats/:chat_id/unread',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'markChatUnread',
        summary: 'Mark a chat as unread',
        description: 'A mark for whoever looks at the phone; nobody else is told.',
        tags: ['Chats'],
        params: chatParams,
        response: { 200: chatSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { instance, chat } = await requireChatOf(edge, caller, request.params);
      await changeChat(caller, instance, chat, { what: 'read', on: false });
      return renderChat(await viewAgain(caller, chat));
    },
  );

  app.delete(
    '/v1/instances/:id/chats/:chat_id',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'deleteChat',
        summary: 'Delete a chat on the devices of the number',
        description: 'Its messages stay on record here, and the next one brings the chat back.',
        tags: ['Chats'],
        params: chatParams,
        response: { 204: z.undefined().describe('It is deleted.') },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      const { instance, chat } = await requireChatOf(edge, caller, request.params);
      await changeChat(caller, instance, chat, { what: 'delete' });
      return reply.code(204).send();
    },
  );
}

function addPresenceRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/chats/:chat_id/presence/subscribe',
    {
      config: { errors: changeErrors },
      schema: {
        operationId: 'watchPresence',
        summary: 'Be told whether the person of a chat is there',
        description:
          'In `presence.updated` events, until the connection ends. People show it to those whom they let see it, and WhatsApp tells of typing only while the number itself is `available`.',
        tags: ['Chats'],
        params: chatParams,
        response: { 204: z.undefined().describe('WhatsApp was asked to tell.') },
      },
    },
    async (request, reply) => {
      const { instance, chat } = await requireChatOf(edge, edge.callerOf(request), request.params);
      await deps.networkAccess.ask(instance, 'watch_presence', { chat: await readChatRef(deps.db.read, chat) });
      return reply.code(204).send();
    },
  );
}

function listChanges(body: z.output<typeof chatPatch>): AnyChatChange[] {
  const { archived, pinned, muted_until: untilMs, marked_unread: unread, ephemeral_seconds: seconds } = body;
  return [
    ...(archived === undefined ? [] : [{ what: 'archive' as const, on: archived }]),
    ...(pinned === undefined ? [] : [{ what: 'pin' as const, on: pinned }]),
    ...(untilMs === undefined ? [] : [{ what: 'mute' as const, untilMs }]),
    ...(unread === undefined ? [] : [{ what: 'read' as const, on: !unread }]),
    ...(seconds === undefined ? [] : [{ what: 'timer' as const, seconds }]),
  ];
}
