import { proto } from 'baileys';
import { z } from 'zod';
import { isOutboxFull } from '../clients/outbox.ts';
import { buildContent } from '../phones/content.ts';
import { readMessages } from '../phones/receipts.ts';
import { sendMessage } from '../phones/send-message.ts';
import { jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount } from './lookup.ts';
import {
  countersSchema,
  deliverySchema,
  errorSchema,
  messageSchema,
  numberParams,
  numberSchema,
  readInput,
  receiptSchema,
  sendInput,
  sentSchema,
} from './schemas.ts';
import type { ControlServer } from './server.ts';
import { viewCounters, viewDelivery, viewMessage, viewReceipt } from './views.ts';

type SendInput = z.infer<typeof sendInput>;

const buildMessage = (from: AccountState, to: AccountState, input: SendInput, text: string): proto.IMessage => {
  if (input.raw !== undefined) {
    try {
      return proto.Message.decode(Buffer.from(input.raw, 'base64'));
    } catch {
      throw new ControlError('invalid_message', 'raw is not an encoded Message');
    }
  }
  const target = input.target && from.messageById.get(`${to.account.number}|${input.target}`);
  return buildContent(
    input.kind,
    text,
    target ? { remoteJid: jidOf(to, input.via), id: target.id, fromMe: target.direction === 'out' } : undefined,
  );
};

/** Messages sent in one go before other work gets its turn. */
const SEND_PORTION = 50;

const sendMany = async (world: World, from: AccountState, to: AccountState, input: SendInput, count: number) => {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const message = buildMessage(from, to, input, input.text.replaceAll('{n}', n.toString()));
    ids.push(sendMessage(world, from, { to, addressing: input.via, message, fromDevice: input.from_device }));
    if (n % SEND_PORTION === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return ids;
};

const requireRoom = (to: AccountState, count: number): void => {
  for (const device of to.outboxes.keys()) {
    if (!isOutboxFull(to, device, count)) continue;
    throw new ControlError('outbox_full', `a client of ${to.account.number} has too much waiting already`);
  }
};

const sendRoute = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones/:number/messages',
    {
      schema: {
        summary: 'The phone sends a message; with `count` it sends that many',
        params: numberParams,
        body: sendInput,
        response: { 201: sentSchema, 404: errorSchema, 409: errorSchema, 422: errorSchema },
      },
    },
    async (request, reply) => {
      const input = request.body;
      const from = requireAccount(world, request.params.number);
      const to = world.accounts.get(input.to);
      if (!to) throw new ControlError('recipient_not_found', `${input.to} is not on WhatsApp`);
      if (!from.account.online) throw new ControlError('phone_offline', 'the phone is switched off');
      requireRoom(to, input.count ?? 1);
      const device = from.devices.get(input.from_device ?? 0);
      if (!device || device.kind === 'client') throw new ControlError('client_not_found', 'not a device of this phone');
      if (input.count !== undefined) {
        return reply.code(201).send({ ids: await sendMany(world, from, to, input, input.count) });
      }
      const message = buildMessage(from, to, input, input.text);
      const { id, via: addressing, from_device: fromDevice } = input;
      return reply.code(201).send({ id: sendMessage(world, from, { to, addressing, message, id, fromDevice }) });
    },
  );
};

const listRoutes = (server: ControlServer, world: World): void => {
  server.get(
    '/control/phones/:number/messages',
    {
      schema: {
        summary: 'What the person sees, oldest first; one chat, or all',
        params: numberParams,
        querystring: z.object({ with: numberSchema.optional() }),
        response: { 200: z.object({ data: z.array(messageSchema) }), 404: errorSchema },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      const chat = request.query.with;
      const seen = chat === undefined ? state.messages : state.messages.filter((message) => message.chat === chat);
      return { data: seen.map(viewMessage) };
    },
  );
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
  sendRoute(server, world);
  listRoutes(server, world);
  readRoute(server, world);
};
