import * as z from 'zod';
import { askAboutGroup, auditGroup, groupErrors, readOwnGroupAccess } from '../ask-group.ts';
import type { Edge } from '../edge.ts';
import { pictureBody } from '../picture-body.ts';
import { groupParams } from './groups.ts';

type Asked = Parameters<typeof readOwnGroupAccess>[1];

export function addGroupPictureRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const ask = askAboutGroup(deps.networkAccess);
  const config = { errors: groupErrors };

  const setPicture = async (asked: Asked, jpeg: string | null): Promise<void> => {
    const access = await readOwnGroupAccess(edge, asked);
    await ask(access.instance, 'set_group_picture', { address: access.group.address, jpeg });
    const action = jpeg === null ? 'group.picture_removed' : 'group.picture_set';
    await deps.db.tx((tx) => auditGroup(tx, access, action));
  };

  app.get(
    '/v1/instances/:id/groups/:chat_id/picture',
    {
      config,
      schema: {
        operationId: 'readGroupPicture',
        summary: 'Ask where the picture of a group is',
        tags: ['Groups'],
        params: groupParams,
        response: {
          200: z
            .object({
              picture_id: z.string().nullable(),
              url: z.string().nullable().meta({ description: "On WhatsApp's servers, for a while; null without one." }),
            })
            .meta({ examples: [{ picture_id: '1699', url: 'https://pps.whatsapp.net/v/t61/…' }] }),
        },
      },
    },
    async (request) => {
      const { instance, group } = await readOwnGroupAccess(edge, request);
      const picture = await ask(instance, 'read_group_picture', { address: group.address });
      return { picture_id: picture?.id ?? null, url: picture?.url ?? null };
    },
  );

  app.put(
    '/v1/instances/:id/groups/:chat_id/picture',
    {
      config,
      schema: {
        operationId: 'setGroupPicture',
        summary: 'Set the picture of a group',
        tags: ['Groups'],
        params: groupParams,
        body: pictureBody,
        response: { 204: z.undefined().describe('WhatsApp has taken it.') },
      },
    },
    async (request, reply) => {
      await setPicture(request, request.body.jpeg);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/v1/instances/:id/groups/:chat_id/picture',
    {
      config,
      schema: {
        operationId: 'removeGroupPicture',
        summary: 'Take the picture of a group away',
        tags: ['Groups'],
        params: groupParams,
        response: { 204: z.undefined().describe('It is gone.') },
      },
    },
    async (request, reply) => {
      await setPicture(request, null);
      return reply.code(204).send();
    },
  );
}
