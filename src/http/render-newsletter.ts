import * as z from 'zod';
import { type NewsletterInfo, type NewsletterView, newsletterLink } from '../domain/newsletters/index.ts';
import { exampleId, exampleTime, idOut, renderTimeOrNull, timeOut } from './schemas.ts';

const role = z.enum(['owner', 'admin', 'subscriber', 'guest']).nullable().meta({
  description: 'What the number is to it; a `guest` does not follow it. Null while that is not known.',
});

const described = {
  description: z.string().nullable(),
  invite_link: z.string().nullable().meta({ description: 'Where people find it.' }),
  role,
};

const live = {
  subscribers_count: z.number().int().nullable().meta({ description: 'Null where WhatsApp does not say it.' }),
  verified: z.boolean().meta({ description: 'WhatsApp has made sure of who is behind it.' }),
  created_at: timeOut('When it was made.').nullable(),
};

const fields = {
  id: idOut('cht', 'The newsletter: the id of its chat, which messages are sent to.'),
  instance_id: idOut('ins', 'The instance whose number it is about.'),
  name: z.string().nullable().meta({ description: 'Null while nothing is known but that something came from it.' }),
  ...described,
  muted: z.boolean().nullable().meta({ description: 'Null while that is not known.' }),
  updated_at: timeOut('When something about it last changed here.'),
};

export const newsletterExample = {
  id: exampleId('cht'),
  instance_id: exampleId('ins'),
  name: 'Bread of the day',
  description: 'What comes out of the oven, and when.',
  invite_link: newsletterLink('0029VaAbCdEfGhIjKlMnOp'),
  role: 'subscriber' as const,
  muted: false,
  updated_at: exampleTime,
};

const liveExample = { subscribers_count: 120, verified: false, created_at: exampleTime };

export const newsletterSchema = z.object(fields).meta({ id: 'Newsletter', examples: [newsletterExample] });

export const newsletterDetailsSchema = z
  .object({ ...fields, ...live })
  .meta({ id: 'NewsletterDetails', examples: [{ ...newsletterExample, ...liveExample }] });

const { name, description, invite_link: link } = newsletterExample;

export const newsletterPreviewSchema = z.object({ name: z.string(), ...described, ...live }).meta({
  id: 'NewsletterPreview',
  examples: [{ name: name, description, invite_link: link, role: 'guest', ...liveExample }],
});

/** The domain shows a newsletter itself, for events too; the schema is held against it by tests. */
export const renderNewsletter = (view: NewsletterView): z.output<typeof newsletterSchema> =>
  view as z.output<typeof newsletterSchema>;

const renderLive = ({ subscribers, verified, createdAtMs }: NewsletterInfo) => ({
  subscribers_count: subscribers,
  verified,
  created_at: renderTimeOrNull(createdAtMs ?? null),
});

export const renderNewsletterDetails = (
  view: NewsletterView,
  info: NewsletterInfo,
): z.output<typeof newsletterDetailsSchema> => ({ ...renderNewsletter(view), ...renderLive(info) });

export const renderNewsletterPreview = (info: NewsletterInfo): z.output<typeof newsletterPreviewSchema> => ({
  name: info.name,
  description: info.description,
  invite_link: newsletterLink(info.inviteCode),
  role: info.role,
  ...renderLive(info),
});
