import * as z from 'zod';
import type { Tx } from '../../db/index.ts';
import type { Caller } from '../../domain/customers/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { recordFile } from '../../domain/media/index.ts';
import {
  acceptMessage,
  cancelMessage,
  fetchFileOf,
  listMessages,
  type NewMessage,
  readReceipts,
  readTimeline,
  requireMessage,
  rescheduleMessage,
  type Said,
} from '../../domain/messages/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { clientRef, type NamedFile, newMessageBody, readSaid, withFile } from '../message-bodies/index.ts';
import { readRecipient } from '../read-recipient.ts';
import { mediaSchema, renderMedia } from '../render-media.ts';
import {
  acceptedMessageSchema,
  messageSchema,
  messageStatuses,
  rawSchema,
  receiptsSchema,
  renderAcceptedMessage,
  renderMessage,
  renderRaw,
  timelineSchema,
} from '../render-message.ts';
import {
  exampleTime,
  idIn,
  idParams,
  pageOf,
  pageQuery,
  readPage,
  renderPage,
  requirePathId,
  timeIn,
} from '../schemas.ts';
import { type IncomingFiles, withFiles } from '../take-files.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const dayMs = 86_400_000;
const sendAheadMsMax = 366 * dayMs;

const listQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(messageStatuses).optional(),
  direction: z.enum(['in', 'out']).optional(),
  client_ref: clientRef.optional(),
  contact_id: idIn('con', 'Only those with this contact.').optional(),
  chat_id: idIn('cht', 'Only those of this chat.').optional(),
});

const messageParams = idParams('msg', 'The message.');
const readMessageId = (text: string) => requirePathId('msg', text, 'message_not_found');

export function addMessageRoutes(edge: Edge): void {
  addCollectionRoutes(edge);
  addSingleRoutes(edge);
}

function addCollectionRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/messages',
    {
      config: {
        replays: true,
        errors: [
          'instance_not_found',
          'recipient_invalid',
          'recipient_not_on_whatsapp',
          'text_too_long',
          'media_not_found',
          'media_not_available',
          'media_type_mismatch',
          'media_too_large',
          'conversion_unavailable',
          'media_url_forbidden',
          'media_url_failed',
          'contact_not_found',
          'not_in_this_chat',
          'message_not_found',
          'message_in_other_chat',
          'message_unsuitable',
          'message_not_sent',
          'message_deleted',
          'edit_too_late',
          'delete_too_late',
          'poll_options_invalid',
          'audience_empty',
          'not_connected',
          'lane_full',
          'limit_reached',
          'not_supported',
        ],
      },
      schema: {
        operationId: 'sendMessage',
        summary: 'Send a message',
        description:
          'A 202 is a promise: the message survives a crash and is sent once, in the order of acceptance. Without a connection it waits, and the answer says `held`. What becomes of it comes as events.',
        tags: ['Messages'],
        params: instanceParams,
        body: newMessageBody,
        response: { 202: acceptedMessageSchema },
      },
    },
    async (request, reply) => {
      const id = readInstanceId(request.params.id);
      const caller = edge.callerOf(request);
      const answer = (files: IncomingFiles) =>
        answerCreation(edge, request, reply, 202, async () => {
          const said = readSaid(request.body);
          const rest = readRest(request.body, deps.clock.now());
          const instance = await requireInstance(deps.db.read, caller, id);
          deps.networkAccess.requireCapability(instance, `send_${said.content.type}`);
          const recipient = await readRecipient(deps, caller, instance, request.body.to);
          const keep = 'url' in said ? await fetchFile(deps, caller, files, said) : async () => said;
          return async (tx) => {
            const current = await requireInstance(tx, caller, id);
            const how = {
              newNetworkId: deps.newNetworkId,
              laneDepthMax: deps.config.laneDepthMax,
              scheduledMax: deps.config.scheduledMax,
              convertsVoice: deps.convertsVoice,
            };
            return renderAcceptedMessage(
              await acceptMessage(tx, caller, current, { ...(await keep(tx)), ...rest, recipient }, how),
            );
          };
        });
      return withFiles(deps, caller, answer);
    },
  );

  app.get(
    '/v1/instances/:id/messages',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'listMessages',
        summary: 'List messages of an instance',
        tags: ['Messages'],
        params: instanceParams,
        querystring: listQuery,
        response: { 200: pageOf(messageSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const caller = edge.callerOf(request);
      const { id: instanceId } = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const { status, direction, client_ref: clientRef, contact_id: contactId, chat_id: chatId } = query;
      const filter = { ...readPage('msg', query), instanceId, status, direction, clientRef, contactId, chatId };
      return renderPage(await listMessages(deps.db.read, caller, filter), query.limit, renderMessage);
    },
  );
}

/** Fetches the file that a message names. The answer makes it media of the caller's, in the transaction of the message. */
async function fetchFile(
  deps: Edge['deps'],
  caller: Caller,
  files: IncomingFiles,
  named: NamedFile,
): Promise<(tx: Tx) => Promise<Said>> {
  const { config } = deps;
  const fetched = await files.fetch(named.url, {});
  const how = {
    source: 'url',
    quotaBytes: config.mediaQuotaBytes,
    keepMs: config.mediaKeepUploadsDays * dayMs,
  } as const;
  return async (tx) => withFile(named, (await recordFile(tx, caller, fetched, how)).id);
}

/** What goes for messages of every type. */
function readRest(
  body: z.output<typeof newMessageBody>,
  nowMs: number,
): Omit<NewMessage, 'recipient' | 'content' | 'replyTo' | 'mentions'> {
  return {
    to: body.to,
    clientRef: body.client_ref ?? null,
    ...readTimes(body, nowMs),
    requireConnected: body.require_connected,
  };
}

/** When it is to be sent and until when, which must make sense together. */
function readTimes(
  body: { readonly send_at?: number | null | undefined; readonly expires_at?: number | null | undefined },
  nowMs: number,
): { sendAtMs: number | null; expiresAtMs: number | null } {
  const sendAtMs = body.send_at ?? null;
  const expiresAtMs = body.expires_at ?? null;
  const fields = [
    ...(sendAtMs !== null && sendAtMs > nowMs + sendAheadMsMax
      ? [{ field: 'send_at', problem: 'Must be within a year' }]
      : []),
    ...(expiresAtMs !== null && expiresAtMs <= nowMs
      ? [{ field: 'expires_at', problem: 'Must be in the future' }]
      : []),
    ...(expiresAtMs !== null && sendAtMs !== null && expiresAtMs <= sendAtMs
      ? [{ field: 'expires_at', problem: 'Must be after send_at' }]
      : []),
  ];
  if (fields.length > 0) throw new GatewayError('invalid_request', { in: 'body', fields });
  return { sendAtMs, expiresAtMs };
}

function addSingleRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/messages/:id',
    {
      config: { errors: ['message_not_found'] },
      schema: {
        operationId: 'readMessage',
        summary: 'Read a message',
        tags: ['Messages'],
        params: messageParams,
        response: { 200: messageSchema },
      },
    },
    async (request) => {
      const { view } = await requireMessage(deps.db.read, edge.callerOf(request), readMessageId(request.params.id));
      return renderMessage(view);
    },
  );

  app.get(
    '/v1/messages/:id/timeline',
    {
      config: { errors: ['message_not_found'] },
      schema: {
        operationId: 'readTimeline',
        summary: 'Everything that happened to a message, oldest first',
        tags: ['Messages'],
        params: messageParams,
        response: { 200: timelineSchema },
      },
    },
    async (request) => {
      const entries = await readTimeline(deps.db.read, edge.callerOf(request), readMessageId(request.params.id));
      return { data: entries };
    },
  );

  app.post(
    '/v1/messages/:id/media/fetch',
    {
      config: { errors: ['message_not_found', 'media_not_found'] },
      schema: {
        operationId: 'fetchMessageMedia',
        summary: 'Have the file of a message fetched that is not here',
        description:
          'For files over the limit for those that are fetched by themselves, and for those that failed or expired. `media.ready` or `media.failed` tells how it ended.',
        tags: ['Media'],
        params: messageParams,
        response: { 202: mediaSchema },
      },
    },
    async (request, reply) => {
      const id = readMessageId(request.params.id);
      reply.code(202);
      return renderMedia(await deps.db.tx((tx) => fetchFileOf(tx, edge.callerOf(request), id)));
    },
  );

  app.patch(
    '/v1/messages/:id',
    {
      config: { errors: ['message_not_found', 'message_not_scheduled'] },
      schema: {
        operationId: 'rescheduleMessage',
        summary: 'Change when a scheduled message is sent',
        description: 'Only while it is `scheduled`. `send_at: null` sends it now.',
        tags: ['Messages'],
        params: messageParams,
        body: z
          .strictObject({
            send_at: timeIn('The new time; null for now.').nullable().optional(),
            expires_at: timeIn('After this it is not sent any more; null for never.').nullable().optional(),
          })
          .meta({ examples: [{ send_at: exampleTime }] }),
        response: { 200: messageSchema },
      },
    },
    async (request) => {
      const id = readMessageId(request.params.id);
      readTimes(request.body, deps.clock.now());
      const times = { sendAtMs: request.body.send_at, expiresAtMs: request.body.expires_at };
      return renderMessage(await deps.db.tx((tx) => rescheduleMessage(tx, edge.callerOf(request), id, times)));
    },
  );

  app.get(
    '/v1/messages/:id/receipts',
    {
      config: { errors: ['message_not_found'] },
      schema: {
        operationId: 'readReceipts',
        summary: 'Who has got and read a message',
        description:
          'Of what was written to a group, each person by themselves. Its status and times are those of the first: `delivered` means that it reached somebody.',
        tags: ['Messages'],
        params: messageParams,
        response: { 200: receiptsSchema },
      },
    },
    async (request) => {
      const id = readMessageId(request.params.id);
      return { data: [...(await readReceipts(deps.db.read, edge.callerOf(request), id))] };
    },
  );

  app.get(
    '/v1/messages/:id/raw',
    {
      config: { errors: ['message_not_found'] },
      schema: {
        operationId: 'readRawMessage',
        summary: "A message in WhatsApp's own words",
        description:
          'As it came in, or as it leaves on every attempt: for what this API has no field for. Its structure is WhatsApp’s and changes without notice.',
        tags: ['Messages'],
        params: messageParams,
        response: { 200: rawSchema },
      },
    },
    async (request) => {
      const { row } = await requireMessage(deps.db.read, edge.callerOf(request), readMessageId(request.params.id));
      return renderRaw(row.payload, deps.describeRaw);
    },
  );

  app.post(
    '/v1/messages/:id/cancel',
    {
      config: { errors: ['message_not_found', 'message_not_cancellable'] },
      schema: {
        operationId: 'cancelMessage',
        summary: 'Cancel a message that has not left yet',
        tags: ['Messages'],
        params: messageParams,
        response: { 200: messageSchema },
      },
    },
    async (request) => {
      const id = readMessageId(request.params.id);
      return renderMessage(await deps.db.tx((tx) => cancelMessage(tx, edge.callerOf(request), id)));
    },
  );
}
