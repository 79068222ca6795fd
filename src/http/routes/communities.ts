import * as z from 'zod';
import { findChat } from '../../domain/contacts/index.ts';
import {
  type GroupInfo,
  recordOwnGroup,
  requireCommunity,
  requireGroup,
  requireOwnGroup,
  viewGroup,
} from '../../domain/groups/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { resolveMember } from '../../domain/messages/index.ts';
import type { Id } from '../../lib/index.ts';
import { type ErrorCode, GatewayError } from '../../platform/index.ts';
import { askAboutGroup, askedErrors, auditGroup, groupErrors, readGroupId } from '../ask-group.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { descriptionCharsMax, groupExample, groupSchema, renderGroup } from '../render-group.ts';
import { exampleId, idOut, requirePathId } from '../schemas.ts';
import { subject } from './groups.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const communityParams = instanceParams.extend({ chat_id: idOut('cht', 'The community.') });
const linkParams = communityParams.extend({ group_id: idOut('cht', 'The group.') });

const { kind } = groupSchema.shape;

const communityGroupSchema = z
  .object({
    id: idOut('cht', 'The group; null for one that is not on record here, as when the number is not in it.').nullable(),
    kind,
    subject: z.string(),
    participants_count: z.number().int().nullable().meta({ description: 'Null where WhatsApp does not say it.' }),
  })
  .meta({ id: 'CommunityGroup' });

const communityErrors = [
  ...askedErrors,
  'community_not_found',
  'not_in_group',
  'group_admin_required',
] as const satisfies readonly ErrorCode[];

export function addCommunityRoutes(edge: Edge): void {
  addCreateRoute(edge);
  addListRoute(edge);
  addLinkRoutes(edge);
}

async function readCommunityAccess(
  { deps, callerOf }: Edge,
  asked: { readonly params: { readonly id: string; readonly chat_id: string } },
) {
  const caller = callerOf(asked);
  const instance = await requireInstance(deps.db.read, caller, readInstanceId(asked.params.id));
  const chatId = requirePathId('cht', asked.params.chat_id, 'community_not_found');
  return { caller, instance, community: await requireCommunity(deps.db.read, instance, chatId) };
}

function addCreateRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/communities',
    {
      config: { replays: true, errors: askedErrors },
      schema: {
        operationId: 'createCommunity',
        summary: 'Make a community',
        description:
          'WhatsApp makes its group for announcements with it, and one for everybody to talk in; both follow with `group.created`. With an Idempotency-Key a second community is not made by a request that is sent again after its answer.',
        tags: ['Groups'],
        params: instanceParams,
        body: z
          .strictObject({ subject, description: z.string().max(descriptionCharsMax).nullable().default(null) })
          .meta({ examples: [{ subject: 'Our street', description: 'All of us.' }] }),
        response: { 201: groupSchema },
      },
    },
    async (request, reply) =>
      answerCreation(edge, request, reply, 201, async () => {
        const caller = edge.callerOf(request);
        const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
        const input = { subject: request.body.subject, description: request.body.description || null };
        const info = await deps.networkAccess.ask(instance, 'create_community', input);
        return async (tx) => {
          const id = await recordOwnGroup(tx, instance, info, resolveMember);
          const group = await requireGroup(tx, instance, id);
          await auditGroup(tx, { caller, instance, group }, 'community.created');
          return renderGroup(await viewGroup(tx, group));
        };
      }),
  );
}

function addListRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/communities/:chat_id/groups',
    {
      config: { errors: communityErrors },
      schema: {
        operationId: 'listCommunityGroups',
        summary: 'Ask for the groups of a community',
        description: 'Those that the number is not in as well.',
        tags: ['Groups'],
        params: communityParams,
        response: {
          200: z.object({ data: z.array(communityGroupSchema) }).meta({
            examples: [
              {
                data: [{ id: exampleId('cht'), kind: 'group', subject: groupExample.subject, participants_count: 3 }],
              },
            ],
          }),
        },
      },
    },
    async (request) => {
      const { instance, community } = await readCommunityAccess(edge, request);
      const ask = askAboutGroup(deps.networkAccess);
      const infos = await ask(instance, 'list_community_groups', { address: community.address });
      return deps.db.tx(async (tx) => {
        const data: z.output<typeof communityGroupSchema>[] = [];
        for (const info of infos) {
          data.push(renderInfo(info, await findChat(tx, instance.customer_id, instance.id, info)));
        }
        return { data };
      });
    },
  );
}

const renderInfo = (info: GroupInfo, id: Id<'cht'> | undefined): z.output<typeof communityGroupSchema> => ({
  id: id ?? null,
  kind: info.kind,
  subject: info.subject,
  participants_count: info.size ?? null,
});

const linkRoutes = [
  {
    method: 'PUT',
    linked: true,
    operationId: 'linkGroup',
    summary: 'Put a group into a community; the number has to be an admin of both',
    conflict: 'group_in_community',
    action: 'group.linked',
  },
  {
    method: 'DELETE',
    linked: false,
    operationId: 'unlinkGroup',
    summary: 'Take a group out of a community',
    conflict: 'group_not_in_community',
    action: 'group.unlinked',
  },
] as const;

function addLinkRoutes(edge: Edge): void {
  const { app, deps } = edge;
  for (const { method, linked, operationId, summary, conflict, action } of linkRoutes) {
    app.route({
      method,
      url: '/v1/instances/:id/communities/:chat_id/groups/:group_id',
      config: { errors: [...groupErrors, 'community_not_found', conflict] },
      schema: {
        operationId,
        summary,
        description: 'The group on record follows a moment later, with `group.updated`.',
        tags: ['Groups'],
        params: linkParams,
        response: { 204: z.undefined().describe('WhatsApp has done it.') },
      },
      handler: async (request, reply) => {
        const { caller, instance, community } = await readCommunityAccess(edge, request);
        const group = await requireOwnGroup(deps.db.read, instance, readGroupId(request.params.group_id));
        const input = { community: community.address, address: group.address, linked };
        await askAboutGroup(deps.networkAccess)(instance, 'link_group', input).catch((error: unknown) => {
          const isConflict = error instanceof GatewayError && error.details?.reason === 'conflict';
          throw isConflict ? new GatewayError(conflict, undefined, { cause: error }) : error;
        });
        const detail = { community: community.chat_id };
        await deps.db.tx((tx) => auditGroup(tx, { caller, instance, group }, action, detail));
        return reply.code(204).send();
      },
    });
  }
}
