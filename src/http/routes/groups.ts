import * as z from 'zod';
import { recordAudit } from '../../domain/audit/index.ts';
import {
  forgetGroup,
  type GroupFields,
  listGroups,
  listParticipants,
  recordOwnGroup,
  requireCommunity,
  requireGroup,
  viewGroup,
} from '../../domain/groups/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { resolveMember } from '../../domain/messages/index.ts';
import { GatewayError } from '../../platform/index.ts';
import {
  askAboutGroup,
  askedErrors,
  auditGroup,
  groupErrors,
  readGroupAccess,
  readOwnGroupAccess,
} from '../ask-group.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { readPeople } from '../read-recipient.ts';
import {
  descriptionCharsMax,
  disappearingSeconds,
  groupExample,
  groupSchema,
  groupWithParticipantsSchema,
  participantsMax,
  personResultSchema,
  renderGroup,
  renderGroupWithParticipants,
  subjectCharsMax,
} from '../render-group.ts';
import { renderResults, requireAskable } from '../render-results.ts';
import { idIn, idOut, pageOf, pageQuery, readPage, renderPage } from '../schemas.ts';
import { instanceParams, readInstanceId } from './instances.ts';

export const groupParams = instanceParams.extend({ chat_id: idOut('cht', 'The group.') });

export const subject = z.string().min(1).max(subjectCharsMax);

/** Somebody as a request names them. */
const personIn = z.string().min(1).max(64);

export const peopleIn = (most: number) =>
  z.array(personIn).min(1).max(most).meta({ description: 'Phone numbers with country code, or contact ids.' });

const patchBody = z
  .strictObject({
    subject: subject.optional(),
    description: z.string().max(descriptionCharsMax).nullable().optional().meta({ description: 'Null takes it away.' }),
    announce: z.boolean().optional().meta({ description: 'Only admins write in it.' }),
    locked: z.boolean().optional().meta({ description: 'Only admins change subject, description, picture and timer.' }),
    join_approval: z.boolean().optional().meta({ description: 'Admins decide about those who come by link.' }),
    member_add_mode: z.enum(['all', 'admins']).optional().meta({ description: 'Who may add people.' }),
    disappearing_seconds: z
      .union(disappearingSeconds.map((seconds) => z.literal(seconds)))
      .optional()
      .meta({ description: 'After how long messages disappear; 0 for never.' }),
  })
  .refine((body) => Object.keys(body).length > 0, { message: 'Must name something to change' })
  .meta({ examples: [{ subject: 'Bread lovers', announce: true }] });

export function addGroupRoutes(edge: Edge): void {
  addListRoutes(edge);
  addCreateRoute(edge);
  addSingleRoutes(edge);
  addPatchRoute(edge);
}

function addListRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/groups',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'listGroups',
        summary: 'List groups',
        description: 'From what is on record here, those that the number has left included; WhatsApp is not asked.',
        tags: ['Groups'],
        params: instanceParams,
        querystring: z.strictObject({
          ...pageQuery,
          member: z
            .enum(['true', 'false'])
            .optional()
            .meta({ description: 'Only those that the number is in, or only those that it is not in any more.' }),
        }),
        response: { 200: pageOf(groupSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const caller = edge.callerOf(request);
      const { id: instanceId } = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const member = query.member === undefined ? undefined : query.member === 'true';
      const rows = await listGroups(deps.db.read, caller, { ...readPage('cht', query), instanceId, member });
      return renderPage(rows, query.limit, renderGroup);
    },
  );

  app.post(
    '/v1/instances/:id/groups/sync',
    {
      config: { errors: askedErrors },
      schema: {
        operationId: 'syncGroups',
        summary: 'Compare the groups on record with those that WhatsApp has',
        description:
          'This happens by itself after each connection. What is different comes as events, and the list follows a moment after the answer.',
        tags: ['Groups'],
        params: instanceParams,
        response: {
          202: z
            .object({ groups: z.number().int().meta({ description: 'As many as WhatsApp says the number is in.' }) })
            .meta({ examples: [{ groups: 12 }] }),
        },
      },
    },
    async (request, reply) => {
      const instance = await requireInstance(deps.db.read, edge.callerOf(request), readInstanceId(request.params.id));
      const groups = await deps.networkAccess.ask(instance, 'list_groups', {});
      return reply.code(202).send({ groups: groups.length });
    },
  );
}

const inCommunityErrors = ['community_not_found', 'not_in_group', 'group_admin_required'] as const;

function addCreateRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/groups',
    {
      config: {
        replays: true,
        errors: [...askedErrors, ...inCommunityErrors, 'recipient_invalid', 'no_valid_participant'],
      },
      schema: {
        operationId: 'createGroup',
        summary: 'Make a group',
        description:
          'The answer says what became of each person: who lets nobody add them gets an invitation, which is for you to send. With an Idempotency-Key a second group is not made by a request that is sent again after its answer.',
        tags: ['Groups'],
        params: instanceParams,
        body: z
          .strictObject({
            subject,
            participants: peopleIn(participantsMax - 1),
            community_id: idIn('cht', 'A community of which the number is an admin, to make it in.').optional(),
          })
          .meta({ examples: [{ subject: 'Bread lovers', participants: ['+49 170 12345678'] }] }),
        response: {
          201: z
            .object({ group: groupSchema, results: z.array(personResultSchema) })
            .meta({ examples: [{ group: groupExample, results: [] }] }),
        },
      },
    },
    async (request, reply) =>
      answerCreation(edge, request, reply, 201, async () => {
        const caller = edge.callerOf(request);
        const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
        deps.networkAccess.requireCapability(instance, 'create_group');
        const { subject, community_id: communityId } = request.body;
        const community = communityId && (await requireCommunity(deps.db.read, instance, communityId));
        const people = await readPeople(deps, caller, instance, request.body.participants);
        const within = community ? { community: community.address } : {};
        const input = { subject, people: requireAskable(people), ...within };
        const { group, results } = await askAboutGroup(deps.networkAccess)(instance, 'create_group', input);
        return async (tx) => {
          // The notice of it comes as well, and finds what is on record already.
          const id = await recordOwnGroup(tx, instance, group, resolveMember);
          await recordAudit(tx, caller, { action: 'group.created', target: id, instanceId: instance.id });
          return {
            group: renderGroup(await viewGroup(tx, await requireGroup(tx, instance, id))),
            results: await renderResults(tx, instance, people, results, 'added'),
          };
        };
      }),
  );
}

function addSingleRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/groups/:chat_id',
    {
      config: { errors: ['instance_not_found', 'group_not_found'] },
      schema: {
        operationId: 'readGroup',
        summary: 'Read a group and who is in it',
        tags: ['Groups'],
        params: groupParams,
        response: { 200: groupWithParticipantsSchema },
      },
    },
    async (request) => {
      const { instance, group } = await readGroupAccess(edge, request);
      const participants = await listParticipants(deps.db.read, instance, group.chat_id);
      return renderGroupWithParticipants(await viewGroup(deps.db.read, group), participants);
    },
  );

  app.delete(
    '/v1/instances/:id/groups/:chat_id',
    {
      config: { errors: ['instance_not_found', 'group_not_found', 'still_in_group'] },
      schema: {
        operationId: 'deleteGroup',
        summary: 'Take a group off the list that the number has left',
        description: 'Its messages stay on record.',
        tags: ['Groups'],
        params: groupParams,
        response: { 204: z.undefined().describe('It is no longer listed.') },
      },
    },
    async (request, reply) => {
      const { caller, instance, group } = await readGroupAccess(edge, request);
      await deps.db.tx((tx) => forgetGroup(tx, caller, instance, group.chat_id));
      return reply.code(204).send();
    },
  );
}

type Patch = z.output<typeof patchBody>;

/** In the order in which WhatsApp is asked, one by one: each with its name and what it sets. */
function listChanges(body: Patch): (readonly [string, Partial<GroupFields>])[] {
  const { subject, description, announce, locked } = body;
  const { join_approval: joinApproval, member_add_mode: memberAddMode, disappearing_seconds: timer } = body;
  const changes: (readonly [string, Partial<GroupFields>] | undefined)[] = [
    subject === undefined ? undefined : ['subject', { subject }],
    description === undefined ? undefined : ['description', { description: description || null }],
    announce === undefined ? undefined : ['announce', { announce }],
    locked === undefined ? undefined : ['locked', { locked }],
    joinApproval === undefined ? undefined : ['join_approval', { joinApproval }],
    memberAddMode === undefined ? undefined : ['member_add_mode', { memberAddMode }],
    timer === undefined ? undefined : ['disappearing_seconds', { disappearingSeconds: timer }],
  ];
  return changes.filter((change) => change !== undefined);
}

function addPatchRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.patch(
    '/v1/instances/:id/groups/:chat_id',
    {
      config: { errors: groupErrors },
      schema: {
        operationId: 'patchGroup',
        summary: 'Change the subject, the description or the settings of a group',
        description:
          'WhatsApp is asked for one after the other, in the order in which the schema lists them; what follows the first refusal is not done, and the details of the error say what was. The group on record follows a moment later, with `group.updated`.',
        tags: ['Groups'],
        params: groupParams,
        body: patchBody,
        response: {
          200: z
            .object({ changed: z.array(z.string()).meta({ description: 'What WhatsApp has done.' }) })
            .meta({ examples: [{ changed: ['subject', 'announce'] }] }),
        },
      },
    },
    async (request) => {
      const access = await readOwnGroupAccess(edge, request);
      const ask = askAboutGroup(deps.networkAccess);
      const { address } = access.group;
      const changed: string[] = [];
      try {
        for (const [name, fields] of listChanges(request.body)) {
          await ask(access.instance, 'change_group', { address, fields });
          changed.push(name);
        }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        throw new GatewayError(error.code, { ...error.details, changed }, { cause: error });
      } finally {
        if (changed.length > 0) await deps.db.tx((tx) => auditGroup(tx, access, 'group.changed', { fields: changed }));
      }
      return { changed };
    },
  );
}
