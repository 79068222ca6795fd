import * as z from 'zod';
import { contactSchema, exampleContact, groupSchema } from '../render-group.ts';
import { exampleId } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const about = {
  group: z.object({ chat_id: groupSchema.shape.id, subject: groupSchema.shape.subject }),
  by: contactSchema.nullable().meta({ description: 'Who did it; null where nobody said.' }),
  by_me: z.boolean().meta({ description: 'True when the number itself did it, here or on its phone.' }),
};
const exampleAbout = {
  group: { chat_id: exampleId('cht'), subject: 'Bread lovers' },
  by: { ...exampleContact, name: 'Bakery Müller' },
  by_me: true,
};

const contacts = z.array(contactSchema).meta({ description: 'Whom it is about.' });
const count = groupSchema.shape.participants_count;
const people = [exampleContact];

const howOf = (words: string) =>
  z.string().meta({ description: `${words}; \`unknown\` when it happened while nobody was there to be told.` });

/** What `group.updated` can name: each as the group has it now. */
const { subject, description, announce, locked, kind } = groupSchema.shape;
const { picture_id: pictureId, join_approval: approval, disappearing_seconds: timer } = groupSchema.shape;
const changes = z
  .object({
    subject,
    description,
    picture_id: pictureId,
    announce,
    locked,
    join_approval: approval,
    member_add_mode: groupSchema.shape.member_add_mode,
    disappearing_seconds: timer,
    kind,
    community_id: groupSchema.shape.community_id,
  })
  .partial()
  .meta({ description: 'What is different, with its new value.' });

const tellPeople = (when: string) =>
  describeEvent(when, z.object({ ...about, contacts }), { ...exampleAbout, contacts: people });

export const groupEvents = {
  'group.created': describeEvent(
    'a new group was made, by the number itself or with it in it',
    z.object({ ...about, participants_count: count }),
    { ...exampleAbout, participants_count: 3 },
  ),
  'group.joined': describeEvent(
    'the number came into a group that was there already',
    z.object({ ...about, how: howOf('`added` by somebody, or `joined` by itself'), participants_count: count }),
    { ...exampleAbout, by: exampleContact, by_me: false, how: 'added', participants_count: 3 },
  ),
  'group.left': describeEvent(
    'the number is no longer in a group',
    z.object({ ...about, how: howOf('`left` by itself, `removed` by an admin, or the group has `ended`') }),
    { ...exampleAbout, how: 'left' },
  ),
  'group.updated': describeEvent(
    'subject, description, picture, timer or a setting of a group changed, or it came into a community or out of it',
    z.object({ ...about, changes }),
    { ...exampleAbout, changes: { subject: 'Bread lovers' } },
  ),
  'group.participant_added': describeEvent(
    'somebody else came into a group',
    z.object({ ...about, contacts, how: howOf('`added` by somebody, by `invite_link`, or as WhatsApp words it') }),
    { ...exampleAbout, contacts: people, how: 'added' },
  ),
  'group.participant_removed': describeEvent(
    'somebody else is no longer in a group',
    z.object({ ...about, contacts, how: howOf('`left` by themselves, or `removed` by an admin') }),
    { ...exampleAbout, contacts: people, how: 'removed' },
  ),
  'group.admin_promoted': tellPeople('somebody became an admin of a group'),
  'group.admin_demoted': tellPeople('somebody is no longer an admin of a group'),
  'group.join_requested': describeEvent(
    'somebody asks to be let into a group whose admins decide; only admins are told',
    z.object({
      ...about,
      contacts,
      method: z.string().nullable().meta({ description: 'How, in the words of WhatsApp, such as `invite_link`.' }),
    }),
    { ...exampleAbout, by: exampleContact, by_me: false, contacts: people, method: 'invite_link' },
  ),
  'group.join_request_ended': describeEvent(
    'a request to be let in is over without a yes',
    z.object({ ...about, contacts, how: z.string().meta({ description: '`withdrawn` or `rejected`.' }) }),
    { ...exampleAbout, contacts: people, how: 'rejected' },
  ),
  'group.invite_changed': describeEvent(
    'there is a new invite link, and the old one leads nowhere',
    z.object({ ...about, code: z.string(), link: z.string() }),
    { ...exampleAbout, code: 'AbCdEfGhIjKlMnOpQrStUv', link: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' },
  ),
};
