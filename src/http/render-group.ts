import * as z from 'zod';
import { type GroupView, inviteLink, type ParticipantView } from '../domain/groups/index.ts';
import { messageSchema } from './render-message.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const groupRoles = ['member', 'admin', 'superadmin'] as const;

/** WhatsApp's own limits, in UTF-16 units. */
export const subjectCharsMax = 100;
export const descriptionCharsMax = 2_048;
/** The number itself is one of them. */
export const participantsMax = 1_024;

/** How long messages may stay, in seconds; WhatsApp takes no others. */
export const disappearingSeconds = [0, 86_400, 604_800, 7_776_000] as const;

export const contactSchema = messageSchema.shape.contact.unwrap();
export const exampleContact = {
  id: exampleId('con'),
  phone_number: '4917012345678',
  lid: '882322046174512',
  name: 'Ana',
  saved_name: null,
};

const role = z.enum(groupRoles);

const fields = {
  id: idOut('cht', 'The group: the id of its chat, which messages are sent to.'),
  instance_id: idOut('ins', 'The instance whose number it is about.'),
  kind: z.string().meta({ description: '`group`, `community`, or `announcements` of a community.' }),
  subject: z.string().nullable().meta({ description: 'What it is called; null while that is not known yet.' }),
  description: z.string().nullable(),
  picture_id: z
    .string()
    .nullable()
    .meta({ description: 'Changes with the picture; null where none has been set since.' }),
  announce: z.boolean().meta({ description: 'Only admins write in it.' }),
  locked: z.boolean().meta({ description: 'Only admins change subject, description, picture and timer.' }),
  join_approval: z.boolean().meta({ description: 'Admins decide about those who want to join by link.' }),
  member_add_mode: z.string().meta({ description: 'Who may add people: `all` or `admins`.' }),
  disappearing_seconds: z.number().int().meta({ description: 'After how long messages disappear; 0 for never.' }),
  role: role.nullable().meta({ description: 'What the number itself is in it; null when it is not in it.' }),
  created_by: contactSchema.nullable(),
  created_at: timeOut('When it was made.').nullable(),
  community_id: idOut('cht', 'The community that it is in.').nullable(),
  participants_count: z.number().int().meta({ description: 'The number itself included.' }),
  updated_at: timeOut('When something about it last changed here.'),
};

export const groupExample = {
  id: exampleId('cht'),
  instance_id: exampleId('ins'),
  kind: 'group',
  subject: 'Bread lovers',
  description: 'What comes out of the oven, and when.',
  picture_id: null,
  announce: false,
  locked: true,
  join_approval: false,
  member_add_mode: 'admins',
  disappearing_seconds: 0,
  role: 'superadmin' as const,
  created_by: { ...exampleContact, name: 'Bakery Müller' },
  created_at: exampleTime,
  community_id: null,
  participants_count: 3,
  updated_at: exampleTime,
};

export const groupSchema = z.object(fields).meta({ id: 'Group', examples: [groupExample] });

const participantSchema = z.object({
  contact: contactSchema,
  role,
  is_me: z.boolean().meta({ description: 'True for the number itself.' }),
});

export const groupWithParticipantsSchema = z
  .object({ ...fields, participants: z.array(participantSchema).meta({ description: 'Admins first.' }) })
  .meta({
    id: 'GroupWithParticipants',
    examples: [{ ...groupExample, participants: [{ contact: exampleContact, role: 'member', is_me: false }] }],
  });

/** The domain shows a group itself, since one view serves lists and single groups; the schema is held against it by tests. */
export const renderGroup = (view: GroupView): z.output<typeof groupSchema> => view as z.output<typeof groupSchema>;

export const renderGroupWithParticipants = (
  view: GroupView,
  participants: readonly ParticipantView[],
): z.output<typeof groupWithParticipantsSchema> => ({ ...renderGroup(view), participants: [...participants] });

export const personResultSchema = z
  .object({
    to: z.string().meta({ description: 'The person as the request named them.' }),
    contact: contactSchema.nullable().meta({ description: 'Null for a number that is not on WhatsApp.' }),
    result: z.string().meta({
      description:
        'What was asked for (`added`, `removed`, `promoted`, `demoted`, `approved`, `rejected`), or why not: `already_in`, `not_in_group`, `not_on_whatsapp`, `not_requested`, `invitation_required`, `recently_left`, `group_full`, `not_allowed`, `refused`.',
    }),
    invitation: z
      .object({ code: z.string(), expires_at: timeOut('Until when it can be accepted.') })
      .optional()
      .meta({
        description: 'With `invitation_required`: the person lets nobody add them, and may come by themselves.',
      }),
  })
  .meta({ id: 'PersonResult' });

export const personResultsSchema = z
  .object({ results: z.array(personResultSchema).meta({ description: 'In the order of the request.' }) })
  .meta({
    id: 'PersonResults',
    examples: [{ results: [{ to: '+49 170 12345678', contact: exampleContact, result: 'added' }] }],
  });

export const inviteSchema = z.object({ code: z.string(), link: z.string() }).meta({
  id: 'GroupInvite',
  examples: [{ code: 'AbCdEfGhIjKlMnOpQrStUv', link: inviteLink('AbCdEfGhIjKlMnOpQrStUv') }],
});
