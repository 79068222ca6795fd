import { proto } from 'baileys';
import { z } from 'zod';
import { randomMessageId } from '../lib/random.ts';
import {
  DESCRIPTION_CHARS_MAX,
  foundNewsletter,
  mayWrite,
  NAME_CHARS_MAX,
  roleIn,
  setFollowing,
  storeNewsletter,
} from '../newsletters/newsletters.ts';
import { publish, react } from '../newsletters/publish.ts';
import { describeMessage } from '../phones/describe-message.ts';
import type { Newsletter, NewsletterPost } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireOnline } from './lookup.ts';
import { errorSchema, numberSchema } from './schemas.ts';
import type { ControlServer } from './server.ts';

const jidParams = z.object({ newsletter: z.string().max(64) });
const postSchema = z.object({
  id: z.string(),
  server_id: z.number(),
  kind: z.string(),
  text: z.string().nullable(),
  at: z.string(),
  reactions: z.array(z.object({ from: z.string(), emoji: z.string() })),
});
const newsletterSchema = z.object({
  newsletter: z.string(),
  name: z.string(),
  description: z.string(),
  invite_code: z.string(),
  owner: z.string(),
  admins: z.array(z.string()),
  followers: z.array(z.string()),
});
const problems = { 404: errorSchema, 409: errorSchema };

const viewPost = ({ id, serverId, body, at, reactions }: NewsletterPost) => {
  const { kind, text } = describeMessage(proto.Message.decode(body));
  return {
    id,
    server_id: serverId,
    kind,
    text: text ?? null,
    at: new Date(at).toISOString(),
    reactions: [...reactions].map(([from, emoji]) => ({ from, emoji })),
  };
};

const viewNewsletter = ({ jid, name, description, inviteCode, owner, admins, followers }: Newsletter) => ({
  newsletter: jid,
  name,
  description,
  invite_code: inviteCode,
  owner,
  admins: [...admins],
  followers: [...followers.keys()],
});

const requireNewsletter = (world: World, jid: string): Newsletter => {
  const newsletter = world.newsletters.get(jid);
  if (!newsletter) throw new ControlError('newsletter_not_found', `there is no newsletter ${jid}`);
  return newsletter;
};

const postRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/newsletters/:newsletter/posts';
  server.get(
    path,
    {
      schema: {
        summary: 'What has been posted, oldest first',
        params: jidParams,
        response: { 200: z.object({ data: z.array(postSchema) }), 404: errorSchema },
      },
    },
    async (request) => ({ data: requireNewsletter(world, request.params.newsletter).posts.map(viewPost) }),
  );
  server.post(
    path,
    {
      schema: {
        summary: 'Who owns it, or an admin, posts a text on the phone',
        params: jidParams,
        body: z.strictObject({ by: numberSchema, text: z.string().min(1).max(65_536) }),
        response: { 201: postSchema, ...problems },
      },
    },
    async (request, reply) => {
      const newsletter = requireNewsletter(world, request.params.newsletter);
      const author = requireOnline(world, request.body.by);
      if (!mayWrite(newsletter, author)) throw new ControlError('not_allowed', 'the person may not write there');
      const body = Buffer.from(proto.Message.encode({ conversation: request.body.text }).finish());
      const post = publish(world, newsletter, { id: randomMessageId(), type: 'text', body });
      if (!post) throw new Error('a random id that is taken');
      return reply.code(201).send(viewPost(post));
    },
  );
  server.put(
    `${path}/:post/reaction`,
    {
      schema: {
        summary: 'A follower reacts to the post with this server_id; an empty emoji takes it back',
        params: jidParams.extend({ post: z.coerce.number().int() }),
        body: z.strictObject({ by: numberSchema, emoji: z.string().max(64) }),
        response: { 200: postSchema, ...problems },
      },
    },
    async (request) => {
      const newsletter = requireNewsletter(world, request.params.newsletter);
      const post = newsletter.posts.find(({ serverId }) => serverId === request.params.post);
      const person = requireOnline(world, request.body.by);
      if (!post) throw new ControlError('message_not_found', 'there is no such post');
      if (roleIn(newsletter, person) === 'GUEST')
        throw new ControlError('not_allowed', 'the person does not follow it');
      react(world, newsletter, post, person, request.body.emoji);
      return viewPost(post);
    },
  );
};

/** Newsletters, or channels: what there is, and what people do about them on their phones. */
export const addNewsletterRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/newsletters';
  server.get(
    path,
    { schema: { summary: 'List newsletters', response: { 200: z.object({ data: z.array(newsletterSchema) }) } } },
    async () => ({ data: [...world.newsletters.values()].map(viewNewsletter) }),
  );
  server.post(
    path,
    {
      schema: {
        summary: 'A person founds a newsletter on the phone',
        body: z.strictObject({
          by: numberSchema,
          name: z.string().min(1).max(NAME_CHARS_MAX),
          description: z.string().max(DESCRIPTION_CHARS_MAX).optional(),
        }),
        response: { 201: newsletterSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { by, name, description } = request.body;
      return reply.code(201).send(viewNewsletter(foundNewsletter(world, requireOnline(world, by), name, description)));
    },
  );
  server.put(
    `${path}/:newsletter/members/:number`,
    {
      schema: {
        summary: 'Somebody follows a newsletter, becomes an admin of it, or has no more to do with it',
        params: jidParams.extend({ number: numberSchema }),
        body: z.strictObject({ role: z.enum(['follower', 'admin', 'none']) }),
        response: { 200: newsletterSchema, ...problems },
      },
    },
    async (request) => {
      const newsletter = requireNewsletter(world, request.params.newsletter);
      const person = requireAccount(world, request.params.number);
      const { role } = request.body;
      if (roleIn(newsletter, person) === 'OWNER') throw new ControlError('not_allowed', 'the person owns it');
      newsletter.admins.delete(person.account.number);
      setFollowing(world, newsletter, person, role === 'follower');
      if (role === 'admin') newsletter.admins.add(person.account.number);
      storeNewsletter(world, newsletter);
      return viewNewsletter(newsletter);
    },
  );
  postRoutes(server, world);
};
