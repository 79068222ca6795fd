import { z } from 'zod';
import { nowMs } from '../lib/clock.ts';
import { makeVanish, nameOfPath } from '../media/media-host.ts';
import { expiresAt, isChange } from '../phones/history.ts';
import { fetchMedia } from '../phones/media.ts';
import { readMessages } from '../phones/receipts.ts';
import { STORIES } from '../wire/jids.ts';
import type { ShownMessage } from '../world/types.ts';
import { MESSAGES_MAX, type World } from '../world/world.ts';
import { requireMessage } from './compose-message.ts';
import { ControlError } from './errors.ts';
import { requireAccount } from './lookup.ts';
import { chatSchema, inChat, messageParams, messageSchema } from './message-schemas.ts';
import { viewChats, viewMessage } from './message-views.ts';
import { countersSchema, deliverySchema, errorSchema, numberParams, readInput, receiptSchema } from './schemas.ts';
import { sendFile } from './send-file.ts';
import type { ControlServer } from './server.ts';
import { viewCounters, viewDelivery, viewReceipt } from './views.ts';

const isThere = (message: ShownMessage): boolean => (expiresAt(message) ?? Number.POSITIVE_INFINITY) > nowMs();

const listQuery = z.object({
  with: z.string().max(64).optional(),
  /** Also reactions, edits, deletions, votes and timers as they came, each with its target. */
  changes: z.enum(['true', 'false']).default('false'),
  /** Only the newest so many. */
  limit: z.coerce.number().int().min(1).max(MESSAGES_MAX).optional(),
});

const chatRoutes = (server: ControlServer, world: World): void => {
  server.get(
    '/control/phones/:number/messages',
    {
      schema: {
        summary: 'What the person sees, oldest first; one chat, or all but stories',
        params: numberParams,
        querystring: listQuery,
        response: { 200: z.object({ data: z.array(messageSchema) }), 404: errorSchema },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      const { with: chat, changes, limit } = request.query;
      const seen = state.messages.filter(
        (message) =>
          (chat === undefined ? message.chat !== STORIES : message.chat === chat) &&
          isThere(message) &&
          (changes === 'true' || !isChange(message)),
      );
      return { data: (limit === undefined ? seen : seen.slice(-limit)).map(viewMessage) };
    },
  );
  server.get(
    '/control/phones/:number/chats',
    {
      schema: {
        summary: 'The chats on the phone, and what is set for each',
        params: numberParams,
        response: { 200: z.object({ data: z.array(chatSchema) }), 404: errorSchema },
      },
    },
    async (request) => ({ data: viewChats(requireAccount(world, request.params.number)) }),
  );
};

const mediaRoute = (server: ControlServer, world: World): void => {
  server.get(
    '/control/phones/:number/messages/:id/media',
    {
      schema: {
        summary: 'The file of a message, fetched from the media host, checked and decrypted by the phone',
        params: messageParams,
        querystring: inChat,
      },
    },
    async (request, reply) => {
      const { number, id } = request.params;
      const message = requireMessage(requireAccount(world, number), id, request.query.with);
      const outcome = await fetchMedia(world, message);
      switch (outcome.kind) {
        case 'fetched':
          return sendFile(reply, outcome.mimeType, outcome.bytes);
        case 'absent':
          throw new ControlError('media_not_found', 'this message has no file');
        case 'gone':
          throw new ControlError('media_gone', 'the media host does not have this file');
        case 'broken':
          throw new ControlError('media_broken', 'the file is not what the message announces');
      }
    },
  );
};

const vanishRoute = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones/:number/messages/:id/media/vanish',
    {
      schema: {
        summary: 'The file of a message vanishes from the media host; clients can ask their phone to bring it again',
        params: messageParams,
        querystring: inChat,
        body: z.strictObject({ code: z.union([z.literal(404), z.literal(410)]).default(410) }),
        response: { 204: z.null(), 404: errorSchema },
      },
    },
    async (request, reply) => {
      const { number, id } = request.params;
      const message = requireMessage(requireAccount(world, number), id, request.query.with);
      const name = nameOfPath(message.details?.media?.directPath ?? '');
      if (name === undefined) throw new ControlError('media_not_found', 'this message has no file here');
      makeVanish(world, name, request.body.code);
      return reply.code(204).send(null);
    },
  );
};

const listRoutes = (server: ControlServer, world: World): void => {
  server.get(
    '/control/phones/:number/deliveries',
    {
      schema: {
        summary: 'Every encrypted copy that reached one of the phone’s own devices',
        params: numberParams,
        response: { 200: z.object({ data: z.array(deliverySchema) }), 404: errorSchema },
      },
    },
    async (request) => ({ data: requireAccount(world, request.params.number).deliveries.map(viewDelivery) }),
  );
  server.get(
    '/control/phones/:number/receipts',
    {
      schema: {
        summary:
          'What clients said about messages to them: delivered, inactive (delivered in the background), read, retry',
        params: numberParams,
        response: { 200: z.object({ data: z.array(receiptSchema) }), 404: errorSchema },
      },
    },
    async (request) => ({ data: requireAccount(world, request.params.number).receipts.map(viewReceipt) }),
  );
  server.get(
    '/control/phones/:number/counters',
    {
      schema: {
        summary: 'How often things came, and how often a person saw them',
        params: numberParams,
        response: { 200: countersSchema, 404: errorSchema },
      },
    },
    async (request) => viewCounters(requireAccount(world, request.params.number)),
  );
};

const readRoute = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones/:number/read',
    {
      schema: {
        summary: 'The person reads a chat, or these messages; read receipts go out',
        params: numberParams,
        body: readInput,
        response: { 200: z.object({ ids: z.array(z.string()) }), 404: errorSchema, 409: errorSchema },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      if (!state.account.online) throw new ControlError('phone_offline', 'the phone is switched off');
      return { ids: readMessages(world, state, { chat: request.body.with, ids: request.body.ids }) };
    },
  );
};

export const addMessageRoutes = (server: ControlServer, world: World): void => {
  chatRoutes(server, world);
  mediaRoute(server, world);
  vanishRoute(server, world);
  listRoutes(server, world);
  readRoute(server, world);
};
