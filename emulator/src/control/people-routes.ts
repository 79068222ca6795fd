import { z } from 'zod';
import { nowMs } from '../lib/clock.ts';
import { PICTURE_BYTES_MAX, setPicture } from '../people/picture.ts';
import { setAvailable, setTyping } from '../people/presence.ts';
import { PRIVACY_VALUES, privacyOf, setBlocked, setPrivacy } from '../people/privacy.ts';
import { setRestriction } from '../people/restriction.ts';
import type { AccountState, World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireOnline } from './lookup.ts';
import { chatIdSchema, errorSchema, numberParams, numberSchema, presenceSchema } from './schemas.ts';
import { sendFile } from './send-file.ts';
import type { ControlServer } from './server.ts';
import { viewPresence } from './views.ts';

const RESTRICTION_SECONDS_MAX = 365 * 86_400;

const presenceInput = z.strictObject({ available: z.boolean() });
const typingInput = z.strictObject({ with: chatIdSchema, state: z.enum(['composing', 'recording', 'paused']) });
const blockInput = z.strictObject({ number: numberSchema, blocked: z.boolean() });
const blocksSchema = z.object({ blocked: z.array(z.string()) });
const privacySchema = z.record(z.string(), z.string());
const pictureInput = z.strictObject({ data: z.string().max(Math.ceil(PICTURE_BYTES_MAX / 3) * 4) });
const problems = { 404: errorSchema, 409: errorSchema };

const viewPrivacy = (state: AccountState): Record<string, string> =>
  Object.fromEntries(Object.keys(PRIVACY_VALUES).map((category) => [category, privacyOf(state, category)]));

const presenceRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/presence';
  const response = { 200: presenceSchema, ...problems };
  server.get(
    path,
    { schema: { summary: 'Whether the person is there, on any device, and types', params: numberParams, response } },
    async (request) => viewPresence(requireAccount(world, request.params.number)),
  );
  server.put(
    path,
    {
      schema: {
        summary: 'The person looks at the phone, or puts it away',
        params: numberParams,
        body: presenceInput,
        response,
      },
    },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      setAvailable(world, state, 0, request.body.available);
      return viewPresence(state);
    },
  );
  server.put(
    '/control/phones/:number/typing',
    { schema: { summary: 'The person types, speaks, or stops', params: numberParams, body: typingInput, response } },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      const { with: chat, state: typing } = request.body;
      if (!setTyping(world, state, chat, typing)) {
        throw new ControlError('recipient_not_found', `the person has no chat with ${chat}`);
      }
      return viewPresence(state);
    },
  );
};

const privacyRoutes = (server: ControlServer, world: World): void => {
  const blocks = '/control/phones/:number/blocks';
  const viewBlocks = (state: AccountState) => ({ blocked: state.account.blocked ?? [] });
  server.get(
    blocks,
    { schema: { summary: 'Whom the person has blocked', params: numberParams, response: { 200: blocksSchema } } },
    async (request) => viewBlocks(requireAccount(world, request.params.number)),
  );
  server.put(
    blocks,
    {
      schema: {
        summary: 'The person blocks or unblocks somebody',
        params: numberParams,
        body: blockInput,
        response: { 200: blocksSchema, ...problems },
      },
    },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      setBlocked(world, state, requireAccount(world, request.body.number), request.body.blocked);
      return viewBlocks(state);
    },
  );
  const privacy = '/control/phones/:number/privacy';
  server.get(
    privacy,
    { schema: { summary: 'What the person lets others see', params: numberParams, response: { 200: privacySchema } } },
    async (request) => viewPrivacy(requireAccount(world, request.params.number)),
  );
  server.patch(
    privacy,
    {
      schema: {
        summary: 'The person changes what others may see, by WhatsApp’s names: readreceipts, last, profile ...',
        params: numberParams,
        body: privacySchema,
        response: { 200: privacySchema, 422: errorSchema, ...problems },
      },
    },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      for (const [category, value] of Object.entries(request.body)) {
        if (setPrivacy(world, state, category, value)) continue;
        throw new ControlError('invalid_setting', `${category} cannot be ${value}`);
      }
      return viewPrivacy(state);
    },
  );
};

const restrictionRoute = (server: ControlServer, world: World): void => {
  server.put(
    '/control/phones/:number/restriction',
    {
      schema: {
        summary: 'WhatsApp lets the account start no new chats for so many seconds, 463 is the answer; 0 lifts it',
        params: numberParams,
        body: z.strictObject({
          seconds: z.number().int().min(0).max(RESTRICTION_SECONDS_MAX),
          type: z.string().max(64).default('DEFAULT'),
        }),
        response: { 200: z.object({ until: z.string().nullable() }), ...problems },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      const { seconds, type } = request.body;
      const until = Math.floor(nowMs() / 1000) + seconds;
      setRestriction(world, state, seconds ? { until, type } : undefined);
      return { until: seconds ? new Date(until * 1000).toISOString() : null };
    },
  );
};

const pictureRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/picture';
  server.get(
    path,
    { schema: { summary: 'The person’s profile picture, its bytes', params: numberParams } },
    async (request, reply) => {
      const { picture } = requireAccount(world, request.params.number).account;
      const bytes = picture === undefined ? undefined : await world.media.blobs.read(picture);
      if (!bytes) throw new ControlError('media_not_found', 'the person has no picture');
      return sendFile(reply, 'image/jpeg', bytes);
    },
  );
  server.put(
    path,
    {
      bodyLimit: PICTURE_BYTES_MAX * 2,
      schema: {
        summary: 'The person sets a profile picture from base64; empty takes it away',
        params: numberParams,
        body: pictureInput,
        response: { 204: z.null(), ...problems },
      },
    },
    async (request, reply) => {
      const state = requireOnline(world, request.params.number);
      const bytes = Buffer.from(request.body.data, 'base64');
      await setPicture(world, state, bytes.length ? bytes : undefined);
      return reply.code(204).send(null);
    },
  );
};

/** What people are to one another besides messages. */
export const addPeopleRoutes = (server: ControlServer, world: World): void => {
  presenceRoutes(server, world);
  privacyRoutes(server, world);
  restrictionRoute(server, world);
  pictureRoutes(server, world);
};
