import { z } from 'zod';
import {
  changeSettings,
  chatDeletion,
  chatLabel,
  chatSettings,
  contact,
  hiding,
  label,
  messageLabel,
  star,
} from '../phones/change-settings.ts';
import type { AccountState, World } from '../world/world.ts';
import { requireMessage } from './compose-message.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireGroup, requireOnline } from './lookup.ts';
import { chatSchema, inChat, messageParams, messageSchema } from './message-schemas.ts';
import { viewChats, viewMessage } from './message-views.ts';
import { chatIdSchema, errorSchema, numberParams, numberSchema } from './schemas.ts';
import type { ControlServer } from './server.ts';

const LABEL_COLORS = 20;

const problems = { 404: errorSchema, 409: errorSchema };
const chatParams = numberParams.extend({ chat: chatIdSchema });
const labelParams = numberParams.extend({ label: z.string().regex(/^\d{1,6}$/) });
const chatInput = z.strictObject({
  pinned: z.boolean().optional(),
  archived: z.boolean().optional(),
  /** In milliseconds, -1 for ever; null is not muted. */
  muted_until: z.number().int().min(-1).nullable().optional(),
  /** Marks the chat as unread or read; POST .../read reads the messages. */
  unread: z.boolean().optional(),
});
const contactsSchema = z.object({ data: z.array(z.object({ number: z.string(), name: z.string() })) });
const labelInput = z.strictObject({
  name: z.string().min(1).max(100),
  color: z
    .number()
    .int()
    .min(0)
    .max(LABEL_COLORS - 1)
    .default(0),
});
const labeledInput = z.strictObject({ labeled: z.boolean().default(true) });
const labelsSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      color: z.number(),
      chats: z.array(z.string()),
      messages: z.array(z.string()),
    }),
  ),
});

/** The person changes settings, unless there have been too many changes already. */
export const changeOrRefuse = (
  world: World,
  state: AccountState,
  settings: Parameters<typeof changeSettings>[2],
): void => {
  if (!changeSettings(world, state, settings)) {
    throw new ControlError('not_allowed', 'the settings of this phone have been changed too often');
  }
};

const requireChat = (world: World, chat: string): string =>
  chat.includes('@') ? requireGroup(world, chat).jid : requireAccount(world, chat).account.number;

const chatRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/chats/:chat';
  server.patch(
    path,
    {
      schema: {
        summary: 'The person pins, archives, mutes or marks a chat; linked clients learn of it',
        params: chatParams,
        body: chatInput,
        response: { 200: chatSchema, ...problems },
      },
    },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      const chat = requireChat(world, request.params.chat);
      const { muted_until: mutedUntil, ...rest } = request.body;
      changeOrRefuse(world, state, chatSettings(world, state, chat, { ...rest, mutedUntil }));
      const view = viewChats(state).find((one) => one.chat === chat);
      if (!view) throw new ControlError('recipient_not_found', `there is no chat with ${chat}`);
      return view;
    },
  );
  server.delete(
    path,
    {
      schema: {
        summary: 'The person deletes a chat, for all devices',
        params: chatParams,
        response: { 204: z.null(), ...problems },
      },
    },
    async (request, reply) => {
      const state = requireOnline(world, request.params.number);
      changeOrRefuse(world, state, [chatDeletion(world, state, requireChat(world, request.params.chat))]);
      return reply.code(204).send(null);
    },
  );
};

const messageRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/messages/:id';
  const shared = { params: messageParams, querystring: inChat };
  server.put(
    `${path}/star`,
    {
      schema: {
        summary: 'The person stars a message, or no longer',
        ...shared,
        body: z.strictObject({ starred: z.boolean() }),
        response: { 200: messageSchema, ...problems },
      },
    },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      const message = requireMessage(state, request.params.id, request.query.with);
      changeOrRefuse(world, state, [star(world, message, request.body.starred)]);
      return viewMessage(message);
    },
  );
  server.post(
    `${path}/hide`,
    {
      schema: {
        summary: 'The person deletes a message on the own devices only',
        ...shared,
        response: { 204: z.null(), ...problems },
      },
    },
    async (request, reply) => {
      const state = requireOnline(world, request.params.number);
      changeOrRefuse(world, state, [hiding(world, requireMessage(state, request.params.id, request.query.with))]);
      return reply.code(204).send(null);
    },
  );
};

const contactRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/contacts';
  const contactParams = numberParams.extend({ other: numberSchema });
  const viewContacts = ({ account }: AccountState) => ({
    data: Object.entries(account.contacts ?? {}).map(([number, name]) => ({ number, name })),
  });
  const name = (number: string, other: string, called: string | undefined) => {
    const state = requireOnline(world, number);
    changeOrRefuse(world, state, [contact(requireAccount(world, other), called)]);
    return viewContacts(state);
  };
  const response = { 200: contactsSchema, ...problems };
  server.get(
    path,
    { schema: { summary: 'The person’s address book', params: numberParams, response } },
    async (request) => viewContacts(requireAccount(world, request.params.number)),
  );
  server.put(
    `${path}/:other`,
    {
      schema: {
        summary: 'The person puts somebody into the address book, or gives them another name there',
        params: contactParams,
        body: z.strictObject({ name: z.string().min(1).max(100) }),
        response,
      },
    },
    async ({ params, body }) => name(params.number, params.other, body.name),
  );
  server.delete(
    `${path}/:other`,
    { schema: { summary: 'The person takes somebody out of the address book', params: contactParams, response } },
    async ({ params }) => name(params.number, params.other, undefined),
  );
};

const labelRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/labels';
  const response = { 200: labelsSchema, ...problems };
  const viewLabels = ({ account }: AccountState) => ({
    data: Object.entries(account.labels ?? {}).map(([id, one]) => ({ id, ...one })),
  });
  const requireLabel = (state: AccountState, id: string) => {
    const found = state.account.labels?.[id];
    if (!found) throw new ControlError('label_not_found', `there is no label ${id}`);
    return found;
  };
  server.get(
    path,
    { schema: { summary: 'The labels of a business', params: numberParams, response } },
    async (request) => viewLabels(requireAccount(world, request.params.number)),
  );
  server.put(
    `${path}/:label`,
    { schema: { summary: 'Make a label, or change it', params: labelParams, body: labelInput, response } },
    async ({ params, body }) => {
      const state = requireOnline(world, params.number);
      changeOrRefuse(world, state, [label(params.label, body.name, body.color, false)]);
      return viewLabels(state);
    },
  );
  server.delete(
    `${path}/:label`,
    { schema: { summary: 'Delete a label', params: labelParams, response } },
    async ({ params }) => {
      const state = requireOnline(world, params.number);
      const { name, color } = requireLabel(state, params.label);
      changeOrRefuse(world, state, [label(params.label, name, color, true)]);
      return viewLabels(state);
    },
  );
  server.put(
    `${path}/:label/chats/:chat`,
    {
      schema: {
        summary: 'Put a label on a chat, or take it off',
        params: labelParams.extend({ chat: chatIdSchema }),
        body: labeledInput,
        response,
      },
    },
    async ({ params, body }) => {
      const state = requireOnline(world, params.number);
      requireLabel(state, params.label);
      changeOrRefuse(world, state, [chatLabel(world, params.label, requireChat(world, params.chat), body.labeled)]);
      return viewLabels(state);
    },
  );
  server.put(
    `${path}/:label/messages/:id`,
    {
      schema: {
        summary: 'Put a label on a message, or take it off',
        params: labelParams.extend({ id: messageParams.shape.id }),
        body: labeledInput,
        response,
      },
    },
    async ({ params, body }) => {
      const state = requireOnline(world, params.number);
      requireLabel(state, params.label);
      const message = requireMessage(state, params.id);
      changeOrRefuse(world, state, [messageLabel(world, params.label, message, body.labeled)]);
      return viewLabels(state);
    },
  );
};

/** What the person sets on the phone and shares with the linked clients. */
export const addSettingsRoutes = (server: ControlServer, world: World): void => {
  chatRoutes(server, world);
  messageRoutes(server, world);
  contactRoutes(server, world);
  labelRoutes(server, world);
};
