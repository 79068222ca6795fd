import * as z from 'zod';
import { recordAudit } from '../../domain/audit/index.ts';
import { resolveChat } from '../../domain/contacts/index.ts';
import { inviteLink } from '../../domain/groups/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { askAboutGroup, askedErrors, auditGroup, groupErrors, readOwnGroupAccess } from '../ask-group.ts';
import type { Edge } from '../edge.ts';
import { groupExample, groupSchema, inviteSchema } from '../render-group.ts';
import { exampleId, exampleTime, idOut, renderTimeOrNull, timeOut } from '../schemas.ts';
import { groupParams } from './groups.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const linkPattern = /^(?:https?:\/\/)?chat\.whatsapp\.com\/(?:invite\/)?([\w-]{10,64})(?:[?/].*)?$/;
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
          message: 'Must be a link such as https://chat.whatsapp.com/AbCd, or its code',
        });
        return z.NEVER;
      }),
  })
  .meta({ examples: [{ invite: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' }] });

const { kind, subject, description, announce, locked, join_approval: joinApproval } = groupSchema.shape;

const previewSchema = z
  .object({
    kind,
    subject: subject.unwrap(),
    description,
    announce,
    locked,
    join_approval: joinApproval,
    participants_count: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'As far as WhatsApp shows them to strangers.' }),
    created_at: timeOut('When it was made.').nullable(),
  })
  .meta({
    id: 'GroupPreview',
    examples: [
      {
        kind: 'group',
        subject: groupExample.subject,
        description: groupExample.description,
        announce: false,
        locked: true,
        join_approval: false,
        participants_count: 3,
        created_at: exampleTime,
      },
    ],
  });

const joinedSchema = z
  .object({
    chat_id: idOut('cht', 'The group.'),
    result: z.enum(['joined', 'asked']).meta({ description: '`asked` where admins decide who is let in.' }),
  })
  .meta({ examples: [{ chat_id: exampleId('cht'), result: 'joined' }] });

/** How people come into a group by themselves, and out of it. */
export function addGroupEntryRoutes(edge: Edge): void {
  addInviteRoutes(edge);
  addJoinRoutes(edge);
  addLeaveRoute(edge);
}

function addInviteRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const renderInvite = ({ code }: { code: string }) => ({ code, link: inviteLink(code) });

  app.get(
    '/v1/instances/:id/groups/:chat_id/invite',
    {
      config: { errors: groupErrors },
      schema: {
        operationId: 'readGroupInvite',
        summary: 'Ask for the invite link of a group',
        tags: ['Groups'],
        params: groupParams,
        response: { 200: inviteSchema },
      },
    },
    async (request) => {
      const { instance, group } = await readOwnGroupAccess(edge, request);
      const ask = askAboutGroup(deps.networkAccess);
      return renderInvite(await ask(instance, 'read_group_invite', { address: group.address }));
    },
  );

  app.post(
    '/v1/instances/:id/groups/:chat_id/invite/revoke',
    {
      config: { errors: groupErrors },
      schema: {
        operationId: 'revokeGroupInvite',
        summary: 'End the invite link of a group; the answer has the new one',
        tags: ['Groups'],
        params: groupParams,
        response: { 200: inviteSchema },
      },
    },
    async (request) => {
      const access = await readOwnGroupAccess(edge, request);
      const ask = askAboutGroup(deps.networkAccess);
      const invite = await ask(access.instance, 'renew_group_invite', { address: access.group.address });
      await deps.db.tx((tx) => auditGroup(tx, access, 'group.invite_revoked'));
      return renderInvite(invite);
    },
  );
}

/** A link that leads nowhere is refused as unacceptable, and one to a group that the number is in as a conflict. */
function explainInvite(error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.code !== 'refused_by_whatsapp') return error;
  const { reason } = error.details ?? {};
  const options = { cause: error };
  if (reason === 'conflict') return new GatewayError('already_in_group', undefined, options);
  if (reason === 'invalid' || reason === 'not_found') {
    return new GatewayError('group_invite_not_found', undefined, options);
  }
  return error;
}

function addJoinRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/groups/preview',
    {
      config: { errors: [...askedErrors, 'group_invite_not_found'] },
      schema: {
        operationId: 'previewGroup',
        summary: 'Ask which group an invite link leads to',
        tags: ['Groups'],
        params: instanceParams,
        body: inviteBody,
        response: { 200: previewSchema },
      },
    },
    async (request) => {
      const instance = await requireInstance(deps.db.read, edge.callerOf(request), readInstanceId(request.params.id));
      const input = { code: request.body.invite };
      const info = await deps.networkAccess.ask(instance, 'read_group_by_invite', input).catch((error: unknown) => {
        throw explainInvite(error);
      });
      return {
        kind: info.kind,
        subject: info.subject,
        description: info.description,
        announce: info.announce,
        locked: info.locked,
        join_approval: info.joinApproval,
        participants_count: info.size ?? (info.members.length > 0 ? info.members.length : null),
        created_at: renderTimeOrNull(info.createdAtMs ?? null),
      };
    },
  );

  app.post(
    '/v1/instances/:id/groups/join',
    {
      config: { errors: [...askedErrors, 'group_invite_not_found', 'already_in_group'] },
      schema: {
        operationId: 'joinGroup',
        summary: 'Join a group by its invite link',
        description: '`group.joined` comes when the number is in it, and the group is listed from then on.',
        tags: ['Groups'],
        params: instanceParams,
        body: inviteBody,
        response: { 200: joinedSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const input = { code: request.body.invite };
      const { address, result } = await deps.networkAccess
        .ask(instance, 'join_group', input)
        .catch((error: unknown) => {
          throw explainInvite(error);
        });
      return deps.db.tx(async (tx) => {
        const chatId = await resolveChat(tx, caller.customerId, instance.id, { kind: 'group', address });
        const action = result === 'joined' ? 'group.joined' : 'group.join_requested';
        await recordAudit(tx, caller, { action, target: chatId, instanceId: instance.id });
        return { chat_id: chatId, result };
      });
    },
  );
}

function addLeaveRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/groups/:chat_id/leave',
    {
      config: { errors: groupErrors },
      schema: {
        operationId: 'leaveGroup',
        summary: 'Leave a group',
        description: 'It stays listed with `role` null until it is deleted; `group.left` comes when it is done.',
        tags: ['Groups'],
        params: groupParams,
        response: { 204: z.undefined().describe('WhatsApp has done it.') },
      },
    },
    async (request, reply) => {
      const access = await readOwnGroupAccess(edge, request);
      await askAboutGroup(deps.networkAccess)(access.instance, 'leave_group', { address: access.group.address });
      await deps.db.tx((tx) => auditGroup(tx, access, 'group.left'));
      return reply.code(204).send();
    },
  );
}
