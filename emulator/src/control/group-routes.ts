import { z } from 'zod';
import { changeGroup, createGroup, type GroupChange, leaveGroup } from '../groups/change-group.ts';
import {
  acceptInvitation,
  decideRequests,
  findByInvitation,
  findByInvite,
  type JoinOutcome,
  joinGroup,
  withdrawRequest,
} from '../groups/membership.ts';
import type { MemberResult } from '../groups/outcome.ts';
import { setGroupPicture } from '../groups/picture.ts';
import { PICTURE_BYTES_MAX } from '../people/picture.ts';
import type { Group } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireGroup, requireOnline } from './lookup.ts';
import { errorSchema, numberParams, numberSchema } from './schemas.ts';
import type { ControlServer } from './server.ts';

const MEMBERS_AT_ONCE_MAX = 1024;
const SECONDS_MAX = 365 * 86_400;
export const DESCRIPTION_CHARS_MAX = 2048;

const problems = { 404: errorSchema, 409: errorSchema };
export const groupParams = z.object({ group: z.string().max(64) });
export const subjectSchema = z.string().min(1).max(100);
const numbersSchema = z.array(numberSchema).max(MEMBERS_AT_ONCE_MAX);
const resultSchema = z.object({
  data: z.array(
    z.object({
      number: z.string(),
      code: z.number(),
      /** For somebody who does not want to be added: the code of an invitation that they can accept. */
      invitation: z.string().optional(),
    }),
  ),
});

const createInput = z.strictObject({ by: numberSchema, subject: subjectSchema, members: numbersSchema.default([]) });
const patchInput = z.strictObject({
  /** The person who does it on their phone. */
  by: numberSchema,
  subject: subjectSchema.optional(),
  /** Empty takes it away. */
  description: z.string().max(DESCRIPTION_CHARS_MAX).optional(),
  announce: z.boolean().optional(),
  restrict: z.boolean().optional(),
  admins_add: z.boolean().optional(),
  /** Whether admins decide about those who follow the invite link. */
  approval: z.boolean().optional(),
  disappearing_seconds: z.number().int().min(0).max(SECONDS_MAX).optional(),
});
const memberInput = z.strictObject({
  by: numberSchema,
  action: z.enum(['add', 'remove', 'promote', 'demote']),
  numbers: numbersSchema.min(1),
});

const requestInput = z.strictObject({
  by: numberSchema,
  action: z.enum(['approve', 'reject', 'withdraw']),
  numbers: numbersSchema.optional(),
});
const pictureInput = z.strictObject({
  by: numberSchema,
  /** Base64; empty takes the picture away. */
  data: z.string().max(Math.ceil(PICTURE_BYTES_MAX / 3) * 4),
});

export const groupSchema = z.object({
  group: z.string(),
  subject: z.string(),
  description: z.string().nullable(),
  creator: z.string(),
  created_at: z.string(),
  announce: z.boolean(),
  restrict: z.boolean(),
  admins_add: z.boolean(),
  disappearing_seconds: z.number(),
  is_community: z.boolean(),
  /** The community that the group is in. */
  community: z.string().nullable(),
  approval: z.boolean(),
  /** Who waits to be let in. */
  requests: z.array(z.string()),
  has_picture: z.boolean(),
  invite_code: z.string(),
  members: z.array(z.object({ number: z.string(), role: z.enum(['member', 'admin', 'superadmin']) })),
});

export const viewGroup = (group: Group) => ({
  group: group.jid,
  subject: group.subject,
  description: group.description?.text ?? null,
  creator: group.creator,
  created_at: new Date(group.createdAt * 1000).toISOString(),
  announce: group.announce,
  restrict: group.restrict,
  admins_add: group.adminsAdd,
  disappearing_seconds: group.disappearingSeconds,
  is_community: group.isCommunity ?? false,
  community: group.community ?? null,
  approval: group.approval,
  requests: [...group.requests.keys()],
  has_picture: group.picture !== undefined,
  invite_code: group.inviteCode,
  members: [...group.members].map(([number, role]) => ({ number, role })),
});

const viewResult = ({ state, code, invitation }: MemberResult) => ({
  number: state.account.number,
  code,
  invitation: invitation?.code,
});

/** What became of each person; nobody when somebody has only asked. */
export const requireDone = (outcome: JoinOutcome): MemberResult[] => {
  if (outcome.kind === 'changed') return outcome.results;
  if (outcome.kind === 'asked') return [];
  if (outcome.text === 'not-a-member') throw new ControlError('not_a_member', 'the person is not in this group');
  throw new ControlError('not_allowed', `WhatsApp refuses this with ${outcome.code} ${outcome.text}`);
};

const readChanges = (input: z.infer<typeof patchInput>): GroupChange[] => {
  const { subject, description, announce, restrict, admins_add: adminsAdd, approval } = input;
  const { disappearing_seconds: seconds } = input;
  const changes: (GroupChange | undefined)[] = [
    subject === undefined ? undefined : { kind: 'subject', subject },
    description === undefined ? undefined : { kind: 'description', text: description || undefined },
    announce === undefined ? undefined : { kind: 'announce', on: announce },
    restrict === undefined ? undefined : { kind: 'restrict', on: restrict },
    adminsAdd === undefined ? undefined : { kind: 'admins_add', on: adminsAdd },
    approval === undefined ? undefined : { kind: 'approval', on: approval },
    seconds === undefined ? undefined : { kind: 'timer', seconds },
  ];
  return changes.filter((change) => change !== undefined);
};

const listRoutes = (server: ControlServer, world: World): void => {
  server.get(
    '/control/groups',
    { schema: { summary: 'List groups', response: { 200: z.object({ data: z.array(groupSchema) }) } } },
    async () => ({ data: [...world.groups.values()].map(viewGroup) }),
  );
  server.get(
    '/control/groups/:group',
    { schema: { summary: 'One group', params: groupParams, response: { 200: groupSchema, 404: errorSchema } } },
    async (request) => viewGroup(requireGroup(world, request.params.group)),
  );
  server.post(
    '/control/groups',
    {
      schema: {
        summary: 'A person founds a group on the phone',
        body: createInput,
        response: { 201: groupSchema.extend({ results: resultSchema.shape.data }), ...problems },
      },
    },
    async (request, reply) => {
      const { by, subject, members } = request.body;
      const people = members.map((number) => requireAccount(world, number));
      const { group, results } = createGroup(world, requireOnline(world, by), subject, people);
      return reply.code(201).send({ ...viewGroup(group), results: results.map(viewResult) });
    },
  );
};

const changeRoutes = (server: ControlServer, world: World): void => {
  server.patch(
    '/control/groups/:group',
    {
      schema: {
        summary: 'A member changes the group’s subject, description or settings',
        params: groupParams,
        body: patchInput,
        response: { 200: groupSchema, ...problems },
      },
    },
    async (request) => {
      const group = requireGroup(world, request.params.group);
      const actor = requireOnline(world, request.body.by);
      for (const change of readChanges(request.body)) requireDone(changeGroup(world, group, actor, change));
      return viewGroup(group);
    },
  );
  server.post(
    '/control/groups/:group/members',
    {
      schema: {
        summary: 'A member adds, removes, promotes or demotes people; each with the code that WhatsApp answers',
        params: groupParams,
        body: memberInput,
        response: { 200: resultSchema, ...problems },
      },
    },
    async (request) => {
      const group = requireGroup(world, request.params.group);
      const { by, action, numbers } = request.body;
      const people = numbers.map((number) => requireAccount(world, number));
      const outcome = changeGroup(world, group, requireOnline(world, by), { kind: 'members', action, people });
      return { data: requireDone(outcome).map(viewResult) };
    },
  );
  server.post(
    '/control/groups/:group/invite',
    {
      schema: {
        summary: 'An admin makes a new invite link; the old one ends',
        params: groupParams,
        body: z.strictObject({ by: numberSchema }),
        response: { 200: z.object({ invite_code: z.string() }), 404: errorSchema, 409: errorSchema },
      },
    },
    async (request) => {
      const group = requireGroup(world, request.params.group);
      requireDone(changeGroup(world, group, requireOnline(world, request.body.by), { kind: 'invite' }));
      return { invite_code: group.inviteCode };
    },
  );
};

const requestRoute = (server: ControlServer, world: World): void => {
  server.post(
    '/control/groups/:group/requests',
    {
      schema: {
        summary: 'An admin lets in, or turns away, those who have asked; or somebody withdraws the own request',
        params: groupParams,
        body: requestInput,
        response: { 200: resultSchema, ...problems },
      },
    },
    async (request) => {
      const group = requireGroup(world, request.params.group);
      const { by, action, numbers } = request.body;
      const actor = requireOnline(world, by);
      if (action === 'withdraw') {
        if (!withdrawRequest(world, group, actor)) throw new ControlError('not_allowed', 'there is no such request');
        return { data: [{ number: by, code: 200 }] };
      }
      const people = (numbers ?? [...group.requests.keys()]).map((number) => requireAccount(world, number));
      return { data: requireDone(decideRequests(world, group, actor, action, people)).map(viewResult) };
    },
  );
};

const pictureRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/groups/:group/picture';
  server.get(
    path,
    { schema: { summary: 'The group’s picture, its bytes', params: groupParams } },
    async (request, reply) => {
      const { picture } = requireGroup(world, request.params.group);
      const bytes = picture === undefined ? undefined : await world.media.blobs.read(picture);
      if (!bytes) throw new ControlError('media_not_found', 'the group has no picture');
      return reply.type('image/jpeg').send(bytes);
    },
  );
  server.put(
    path,
    {
      bodyLimit: PICTURE_BYTES_MAX * 2,
      schema: {
        summary: 'A member sets the group’s picture from base64; empty takes it away',
        params: groupParams,
        body: pictureInput,
        response: { 200: groupSchema, ...problems },
      },
    },
    async (request) => {
      const group = requireGroup(world, request.params.group);
      const bytes = Buffer.from(request.body.data, 'base64');
      const actor = requireOnline(world, request.body.by);
      requireDone(setGroupPicture(world, group, actor, bytes.length ? bytes : undefined));
      return viewGroup(group);
    },
  );
};

const memberRoutes = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones/:number/join',
    {
      schema: {
        summary:
          'The person follows an invite link, or accepts an invitation of their own; where admins decide, that is a request',
        params: numberParams,
        body: z.strictObject({ code: z.string().min(1).max(64) }),
        response: { 200: groupSchema, ...problems },
      },
    },
    async (request) => {
      const person = requireOnline(world, request.params.number);
      const { code } = request.body;
      const group = findByInvite(world, code);
      const inviting = findByInvitation(world, person, code);
      if (group) requireDone(joinGroup(world, group, person));
      else if (inviting) requireDone(acceptInvitation(world, inviting, person, code));
      const found = group ?? inviting;
      if (!found) throw new ControlError('group_not_found', 'this invite link leads nowhere');
      return viewGroup(found);
    },
  );
  server.post(
    '/control/phones/:number/leave',
    {
      schema: {
        summary: 'The person leaves a group',
        params: numberParams,
        body: z.strictObject({ group: z.string().max(64) }),
        response: { 204: z.null(), 404: errorSchema, 409: errorSchema },
      },
    },
    async (request, reply) => {
      const group = requireGroup(world, request.body.group);
      requireDone(leaveGroup(world, group, requireOnline(world, request.params.number)));
      return reply.code(204).send(null);
    },
  );
};

/** Groups: what there is, and what people do about them on their phones. */
export const addGroupRoutes = (server: ControlServer, world: World): void => {
  listRoutes(server, world);
  changeRoutes(server, world);
  memberRoutes(server, world);
  requestRoute(server, world);
  pictureRoutes(server, world);
};
