import { z } from 'zod';
import { createCommunity, linkGroup } from '../groups/communities.ts';
import type { World } from '../world/world.ts';
import {
  DESCRIPTION_CHARS_MAX,
  groupParams,
  groupSchema,
  requireDone,
  subjectSchema,
  viewGroup,
} from './group-routes.ts';
import { requireGroup, requireOnline } from './lookup.ts';
import { errorSchema, numberSchema } from './schemas.ts';
import type { ControlServer } from './server.ts';

const problems = { 404: errorSchema, 409: errorSchema };

/** Communities: groups that hold others together. Otherwise they are groups like any. */
export const addCommunityRoutes = (server: ControlServer, world: World): void => {
  server.post(
    '/control/communities',
    {
      schema: {
        summary: 'A person founds a community, with groups for announcements and for everybody to talk in',
        body: z.strictObject({
          by: numberSchema,
          subject: subjectSchema,
          description: z.string().max(DESCRIPTION_CHARS_MAX).default(''),
        }),
        response: { 201: groupSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { by, subject, description } = request.body;
      const given = { subject, description, hasGeneralChat: true };
      return reply.code(201).send(viewGroup(createCommunity(world, requireOnline(world, by), given)));
    },
  );
  server.put(
    '/control/groups/:group/community',
    {
      schema: {
        summary: 'An admin of both puts a group into a community, or takes it out with null',
        params: groupParams,
        body: z.strictObject({ by: numberSchema, community: z.string().max(64).nullable() }),
        response: { 200: groupSchema, ...problems },
      },
    },
    async (request) => {
      const group = requireGroup(world, request.params.group);
      const { by, community } = request.body;
      const parent = requireGroup(world, community ?? group.community ?? '');
      requireDone(linkGroup(world, parent, requireOnline(world, by), group, community !== null));
      return viewGroup(group);
    },
  );
};
