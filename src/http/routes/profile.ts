import * as z from 'zod';
import { type InstanceRow, recordProfile, requireInstance } from '../../domain/instances/index.ts';
import type { Edge } from '../edge.ts';
import { pictureBody } from '../picture-body.ts';
import { profileSchema, renderProfile, weekdays } from '../render-profile.ts';
import { askErrors } from './chats.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const aboutCharsMax = 139;
const nameCharsMax = 25;

const ownSchema = profileSchema
  .extend({
    name: z.string().nullable().meta({ description: 'What others are shown who have not saved the number.' }),
    phone_number: z.string().nullable(),
  })
  .meta({ id: 'OwnProfile' });

const profilePatch = z
  .strictObject({
    name: z.string().trim().min(1).max(nameCharsMax).optional(),
    about: z.string().max(aboutCharsMax).optional(),
  })
  .refine((body) => body.name !== undefined || body.about !== undefined, { message: 'Must change something' })
  .meta({ examples: [{ name: 'Bakery Müller', about: 'Baking since 1907' }] });

const minutes = z
  .int()
  .min(0)
  .max(24 * 60);

const openingDay = z.discriminatedUnion('mode', [
  z.strictObject({
    day: z.enum(weekdays),
    mode: z.literal('specific_hours'),
    open_minutes: minutes.meta({ description: 'Since midnight there.' }),
    close_minutes: minutes,
  }),
  z.strictObject({ day: z.enum(weekdays), mode: z.enum(['open_24h', 'appointment_only']) }),
]);

/** The lengths that WhatsApp takes, and a day's morning and afternoon. */
const businessPatch = z
  .strictObject({
    description: z.string().trim().min(1).max(512),
    address: z.string().trim().min(1).max(256),
    email: z.email().max(128),
    websites: z
      .array(z.url({ protocol: /^https?$/ }).max(256))
      .min(1)
      .max(2),
    hours: z.strictObject({
      timezone: z.string().refine(isTimezone, { message: 'Must be a time zone such as Europe/Berlin' }),
      days: z.array(openingDay).min(1).max(14),
    }),
  })
  .partial()
  .refine((body) => Object.values(body).some((value) => value !== undefined), { message: 'Must change something' })
  .meta({ examples: [{ description: 'Bread and cake', email: 'shop@bakery.example' }] });

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

const audience = z.enum(['all', 'contacts', 'contact_blacklist', 'none']);

const privacyFields = {
  last_seen: audience,
  online: z.enum(['all', 'match_last_seen']),
  picture: audience,
  about: audience,
  read_receipts: z.enum(['all', 'none']),
  groups_add: z.enum(['all', 'contacts', 'contact_blacklist']),
};

const privacySchema = z
  .object(Object.fromEntries(Object.keys(privacyFields).map((name) => [name, z.string().nullable()])))
  .meta({
    id: 'Privacy',
    examples: [
      {
        last_seen: 'contacts',
        online: 'match_last_seen',
        picture: 'all',
        about: 'all',
        read_receipts: 'all',
        groups_add: 'contacts',
      },
    ],
  });

const privacyPatch = z
  .strictObject({
    ...privacyFields,
    new_chats_timer_seconds: z
      .union([z.literal(0), z.literal(86_400), z.literal(604_800), z.literal(7_776_000)])
      .meta({ description: 'How long messages of chats stay that begin from now on; 0 for ever.' }),
  })
  .partial()
  .refine((body) => Object.values(body).some((value) => value !== undefined), { message: 'Must change something' })
  .meta({ examples: [{ last_seen: 'contacts', read_receipts: 'none' }] });

const config = { errors: ['instance_not_found', ...askErrors] } as const;

export function addProfileRoutes(edge: Edge): void {
  addOwnProfileRoutes(edge);
  addBusinessRoute(edge);
  addPictureRoutes(edge);
  addPrivacyRoutes(edge);
}

const requireAsked = ({ deps, callerOf }: Edge, request: { params: { id: string } }): Promise<InstanceRow> =>
  requireInstance(deps.db.read, callerOf(request), readInstanceId(request.params.id));

function addOwnProfileRoutes(edge: Edge): void {
  const { app, deps } = edge;

  const readOwn = async (instance: InstanceRow): Promise<z.output<typeof ownSchema>> => {
    const contact = { ...(instance.phone && { phone: instance.phone }), ...(instance.lid && { lid: instance.lid }) };
    const profile = await deps.networkAccess.ask(instance, 'read_profile', { contact });
    return { name: instance.profile_name, phone_number: instance.phone, ...renderProfile(profile) };
  };

  app.get(
    '/v1/instances/:id/profile',
    {
      config,
      schema: {
        operationId: 'readProfile',
        summary: 'Read what the number shows of itself',
        tags: ['Profile'],
        params: instanceParams,
        response: { 200: ownSchema },
      },
    },
    async (request) => readOwn(await requireAsked(edge, request)),
  );

  app.patch(
    '/v1/instances/:id/profile',
    {
      config,
      schema: {
        operationId: 'changeProfile',
        summary: "Change the number's name or what it says about itself",
        tags: ['Profile'],
        params: instanceParams,
        body: profilePatch,
        response: { 204: z.undefined().describe('WhatsApp has taken it.') },
      },
    },
    async (request, reply) => {
      const instance = await requireAsked(edge, request);
      const { name, about } = request.body;
      const input = { ...(name !== undefined && { name }), ...(about !== undefined && { about }) };
      await deps.networkAccess.ask(instance, 'set_profile', input);
      const fields = Object.keys(input);
      await deps.db.tx((tx) => recordProfile(tx, edge.callerOf(request), instance.id, { fields, name }));
      return reply.code(204).send();
    },
  );
}

/** As the network is told it. */
function renderHours({ timezone, days }: NonNullable<z.output<typeof businessPatch>['hours']>) {
  return {
    timezone,
    days: days.map((one) =>
      one.mode === 'specific_hours'
        ? { day: one.day, mode: one.mode, openMinutes: one.open_minutes, closeMinutes: one.close_minutes }
        : one,
    ),
  };
}

function addBusinessRoute(edge: Edge): void {
  const { app, deps } = edge;

  app.patch(
    '/v1/instances/:id/profile/business',
    {
      config,
      schema: {
        operationId: 'changeBusinessProfile',
        summary: 'Change what the number tells of itself as a business',
        description: 'What is left out stays as it is; `websites` and `hours` are changed as a whole.',
        tags: ['Profile'],
        params: instanceParams,
        body: businessPatch,
        response: { 204: z.undefined().describe('WhatsApp has taken it.') },
      },
    },
    async (request, reply) => {
      const instance = await requireAsked(edge, request);
      const { description, address, email, websites, hours } = request.body;
      const input = {
        ...(description !== undefined && { description }),
        ...(address !== undefined && { address }),
        ...(email !== undefined && { email }),
        ...(websites && { websites }),
        ...(hours && { hours: renderHours(hours) }),
      };
      await deps.networkAccess.ask(instance, 'set_business_profile', input);
      const fields = Object.keys(input).map((field) => `business.${field}`);
      await deps.db.tx((tx) => recordProfile(tx, edge.callerOf(request), instance.id, { fields }));
      return reply.code(204).send();
    },
  );
}

function addPictureRoutes(edge: Edge): void {
  const { app, deps } = edge;

  const setPicture = async (request: { params: { id: string } }, jpeg: string | null): Promise<void> => {
    const instance = await requireAsked(edge, request);
    await deps.networkAccess.ask(instance, 'set_profile_picture', { jpeg });
    await deps.db.tx((tx) => recordProfile(tx, edge.callerOf(request), instance.id, { fields: ['picture'] }));
  };

  app.put(
    '/v1/instances/:id/profile/picture',
    {
      config,
      schema: {
        operationId: 'setProfilePicture',
        summary: "Change the number's picture",
        tags: ['Profile'],
        params: instanceParams,
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
    '/v1/instances/:id/profile/picture',
    {
      config,
      schema: {
        operationId: 'removeProfilePicture',
        summary: "Take the number's picture away",
        tags: ['Profile'],
        params: instanceParams,
        response: { 204: z.undefined().describe('It is gone.') },
      },
    },
    async (request, reply) => {
      await setPicture(request, null);
      return reply.code(204).send();
    },
  );
}

function addPrivacyRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/profile/privacy',
    {
      config,
      schema: {
        operationId: 'readPrivacy',
        summary: 'Read who may see what of the number',
        tags: ['Profile'],
        params: instanceParams,
        response: { 200: privacySchema },
      },
    },
    async (request) => {
      const answer = await deps.networkAccess.ask(await requireAsked(edge, request), 'read_privacy', {});
      return {
        last_seen: answer.lastSeen,
        online: answer.online,
        picture: answer.picture,
        about: answer.about,
        read_receipts: answer.readReceipts,
        groups_add: answer.groupsAdd,
      };
    },
  );

  app.patch(
    '/v1/instances/:id/profile/privacy',
    {
      config,
      schema: {
        operationId: 'changePrivacy',
        summary: 'Set who may see what of the number, and how long messages of new chats stay',
        description: 'Several changes are made one after the other; when one of them fails, those before it hold.',
        tags: ['Profile'],
        params: instanceParams,
        body: privacyPatch,
        response: { 204: z.undefined().describe('WhatsApp has taken it.') },
      },
    },
    async (request, reply) => {
      const instance = await requireAsked(edge, request);
      const { body } = request;
      await deps.networkAccess.ask(instance, 'set_privacy', {
        ...(body.last_seen && { lastSeen: body.last_seen }),
        ...(body.online && { online: body.online }),
        ...(body.picture && { picture: body.picture }),
        ...(body.about && { about: body.about }),
        ...(body.read_receipts && { readReceipts: body.read_receipts }),
        ...(body.groups_add && { groupsAdd: body.groups_add }),
        ...(body.new_chats_timer_seconds !== undefined && { newChatsTimer: body.new_chats_timer_seconds }),
      });
      const fields = Object.keys(body);
      await deps.db.tx((tx) => recordProfile(tx, edge.callerOf(request), instance.id, { fields }));
      return reply.code(204).send();
    },
  );
}
