import { z } from 'zod';
import { readMessages } from '../phones/receipts.ts';
import { postStory, storiesOn } from '../phones/stories.ts';
import { STORIES } from '../wire/jids.ts';
import type { World } from '../world/world.ts';
import { composeMessage, requireMessage } from './compose-message.ts';
import { requireAccount, requireOnline } from './lookup.ts';
import { messageParams, messageSchema, SEND_BODY_BYTES_MAX, storyInput } from './message-schemas.ts';
import { viewMessage } from './message-views.ts';
import { errorSchema, numberParams } from './schemas.ts';
import { bringFile } from './send-routes.ts';
import type { ControlServer } from './server.ts';

const problems = { 404: errorSchema, 409: errorSchema, 422: errorSchema };

/** Stories: what people show for a day. They are deleted and reacted to as messages are. */
export const addStoryRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/stories';
  server.get(
    path,
    {
      schema: {
        summary: 'The stories that the phone shows, the person’s own among them, oldest first',
        params: numberParams,
        response: { 200: z.object({ data: z.array(messageSchema) }), 404: errorSchema },
      },
    },
    async (request) => ({ data: storiesOn(requireAccount(world, request.params.number)).map(viewMessage) }),
  );
  server.post(
    path,
    {
      bodyLimit: SEND_BODY_BYTES_MAX,
      schema: {
        summary: 'The person posts a story; without `to` for the address book and everybody there is a chat with',
        params: numberParams,
        body: storyInput,
        response: { 201: z.object({ id: z.string() }), ...problems },
      },
    },
    async (request, reply) => {
      const author = requireOnline(world, request.params.number);
      const { data: _file, to, id, ...asked } = request.body;
      const audience = to?.map((number) => requireAccount(world, number));
      const media = await bringFile(world, request.body);
      const destination = { chat: STORIES, jid: STORIES, addressing: 'lid' as const };
      const input = { ...asked, to: STORIES, via: 'lid' as const, media };
      const message = composeMessage(world, author, destination, input, asked.text);
      return reply.code(201).send({ id: postStory(world, author, { message, id, audience }) });
    },
  );
  server.post(
    `${path}/:id/view`,
    {
      schema: {
        summary: 'The person looks at a story; who posted it learns of it, unless read receipts are off',
        params: messageParams,
        response: { 200: messageSchema, ...problems },
      },
    },
    async (request) => {
      const viewer = requireOnline(world, request.params.number);
      const story = requireMessage(viewer, request.params.id, STORIES);
      readMessages(world, viewer, { chat: STORIES, ids: [story.id] });
      return viewMessage(story);
    },
  );
};
