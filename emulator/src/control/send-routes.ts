import type { z } from 'zod';
import { isOutboxFull } from '../clients/outbox.ts';
import { isAdmin, isGroupJid, isMember, membersOf } from '../groups/groups.ts';
import { isMediaKind } from '../media/sealed-media.ts';
import { uploadMedia } from '../phones/media.ts';
import { sendMessage } from '../phones/send-message.ts';
import { sendToGroup } from '../phones/send-to-many.ts';
import { postStory } from '../phones/stories.ts';
import { STORIES } from '../wire/jids.ts';
import { jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import type { Destination } from './compose-extras.ts';
import { composeMessage, requireMessage, type SendInput } from './compose-message.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireGroup, requireOnline } from './lookup.ts';
import {
  changeSchema,
  editInput,
  inChat,
  messageParams,
  reactionInput,
  SEND_BODY_BYTES_MAX,
  sendInput,
  sentSchema,
  voteInput,
} from './message-schemas.ts';
import { errorSchema, numberParams } from './schemas.ts';
import type { ControlServer } from './server.ts';

/** Messages sent in one go before other work gets its turn. */
const SEND_PORTION = 50;

const sendOne = (world: World, from: AccountState, input: SendInput, text: string): string => {
  const group = world.groups.get(input.to);
  if (group) {
    const message = composeMessage(world, from, { chat: group.jid, jid: group.jid, addressing: 'lid' }, input, text);
    return sendToGroup(world, from, group, { message, id: input.id, fromDevice: input.from_device });
  }
  if (input.to === STORIES) {
    const target = input.target === undefined ? undefined : requireMessage(from, input.target, STORIES);
    const message = composeMessage(world, from, { chat: STORIES, jid: STORIES, addressing: 'lid' }, input, text);
    return postStory(world, from, { message, target });
  }
  const to = world.accounts.get(input.to);
  if (!to) throw new ControlError('recipient_not_found', `${input.to} is not on WhatsApp`);
  const destination: Destination = { chat: input.to, jid: jidOf(to, input.via), addressing: input.via };
  const message = composeMessage(world, from, destination, input, text);
  const { id, via: addressing, from_device: fromDevice } = input;
  return sendMessage(world, from, { to, addressing, message, id, fromDevice });
};

const sendMany = async (world: World, from: AccountState, input: SendInput, count: number) => {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    ids.push(sendOne(world, from, { ...input, id: undefined }, input.text.replaceAll('{n}', n.toString())));
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

/** Everyone whose clients get a copy; refuses when the sender may not write there. */
const requireReceivers = (world: World, from: AccountState, to: string): AccountState[] => {
  if (to === STORIES) return [];
  if (!isGroupJid(to)) {
    const receiver = world.accounts.get(to);
    if (!receiver) throw new ControlError('recipient_not_found', `${to} is not on WhatsApp`);
    return [receiver];
  }
  const group = requireGroup(world, to);
  if (!isMember(group, from)) throw new ControlError('not_a_member', 'the person is not in this group');
  if (group.isCommunity) throw new ControlError('not_allowed', 'nobody writes to a community itself');
  if (group.announce && !isAdmin(group, from)) throw new ControlError('not_allowed', 'only admins may write here');
  return membersOf(world, group);
};

/** A phone that can send that many to this recipient right now. */
const requireSender = (world: World, number: string, to: string, count = 1, fromDevice = 0): AccountState => {
  const from = requireAccount(world, number);
  const receivers = requireReceivers(world, from, to);
  requireOnline(world, number);
  for (const receiver of receivers) requireRoom(receiver, count);
  const device = from.devices.get(fromDevice);
  if (!device || device.kind === 'client') throw new ControlError('client_not_found', 'not a device of this phone');
  return from;
};

const ONE_PIXEL = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

type FileInput = Pick<z.infer<typeof sendInput>, 'kind' | 'seconds' | 'raw' | 'data' | 'mime_type' | 'file_name'> &
  Partial<Pick<z.infer<typeof sendInput>, 'message' | 'thumbnail' | 'waveform' | 'animated'>>;

/** Takes an outgoing file to the media host, as the phone does before it sends the message. */
export const bringFile = async (world: World, input: FileInput) => {
  const { kind, seconds, raw, data = kind === 'image' ? ONE_PIXEL : undefined } = input;
  if (!isMediaKind(kind) || raw !== undefined || input.message) return undefined;
  if (data === undefined) throw new ControlError('invalid_message', `${kind} needs data, the file in base64`);
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== data) {
    throw new ControlError('invalid_message', 'data is not base64');
  }
  const mimeType = input.mime_type ?? (data === ONE_PIXEL ? 'image/gif' : undefined);
  const announced = await uploadMedia(world, { kind, bytes, mimeType, fileName: input.file_name, seconds });
  const { thumbnail, waveform, animated } = input;
  return {
    ...announced,
    jpegThumbnail: thumbnail === undefined ? undefined : Buffer.from(thumbnail, 'base64'),
    waveform: waveform === undefined ? undefined : Buffer.from(waveform, 'base64'),
    animated,
  };
};

const sendRoute = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones/:number/messages',
    {
      bodyLimit: SEND_BODY_BYTES_MAX,
      schema: {
        summary: 'The phone sends a message; with `count` it sends that many',
        params: numberParams,
        body: sendInput,
        response: { 201: sentSchema, 404: errorSchema, 409: errorSchema, 422: errorSchema },
      },
    },
    async (request, reply) => {
      const { data: _file, ...asked } = request.body;
      const from = requireSender(world, request.params.number, asked.to, asked.count, asked.from_device);
      const input: SendInput = { ...asked, media: await bringFile(world, request.body) };
      if (input.count !== undefined) {
        return reply.code(201).send({ ids: await sendMany(world, from, input, input.count) });
      }
      return reply.code(201).send({ id: sendOne(world, from, input, input.text) });
    },
  );
};

type Change = Pick<SendInput, 'kind'> & Partial<SendInput>;

/** Sends what changes a message into the chat that the message is in. */
const sendChange = (world: World, number: string, id: string, chat: string | undefined, change: Change) => {
  const target = requireMessage(requireAccount(world, number), id, chat);
  const from = requireSender(world, number, target.chat);
  const input: SendInput = { to: target.chat, via: target.addressing, text: '', target: id, ...change };
  return { id: sendOne(world, from, input, input.text) };
};

const changeRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/messages/:id' as const;
  const response = { 200: changeSchema, 404: errorSchema, 409: errorSchema, 422: errorSchema };
  const shared = { params: messageParams, querystring: inChat, response };
  server.put(
    `${path}/reaction`,
    {
      schema: {
        summary: 'The person reacts to a message; an empty emoji takes it back',
        body: reactionInput,
        ...shared,
      },
    },
    async ({ params, query, body }) =>
      sendChange(world, params.number, params.id, query.with, { kind: 'reaction', text: body.emoji }),
  );
  server.patch(
    path,
    { schema: { summary: 'The person edits a message of theirs, within 15 minutes', body: editInput, ...shared } },
    async ({ params, query, body }) =>
      sendChange(world, params.number, params.id, query.with, { kind: 'edit', text: body.text }),
  );
  server.delete(
    path,
    { schema: { summary: 'The person deletes a message of theirs for everyone', ...shared } },
    async ({ params, query }) => sendChange(world, params.number, params.id, query.with, { kind: 'delete' }),
  );
  server.put(
    `${path}/vote`,
    { schema: { summary: 'The person votes in a poll; no options take the vote back', body: voteInput, ...shared } },
    async ({ params, query, body }) =>
      sendChange(world, params.number, params.id, query.with, { kind: 'vote', options: body.options }),
  );
};

/** What people do on their phones that becomes a message. */
export const addSendRoutes = (server: ControlServer, world: World): void => {
  sendRoute(server, world);
  changeRoutes(server, world);
};
