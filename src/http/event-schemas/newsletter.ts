import * as z from 'zod';
import { newsletterExample, newsletterSchema } from '../render-newsletter.ts';
import { describeEvent } from './describe-event.ts';

const newsletterData = z.object({ newsletter: newsletterSchema });

const tellNewsletter = (when: string, change: Partial<z.output<typeof newsletterSchema>>) =>
  describeEvent(when, newsletterData, { newsletter: { ...newsletterExample, ...change } });

const { name, description } = newsletterSchema.shape;

export const newsletterEvents = {
  'newsletter.created': tellNewsletter('a newsletter of the number was made', { role: 'owner' }),
  'newsletter.followed': tellNewsletter('the number follows a newsletter from now on', {}),
  'newsletter.updated': describeEvent(
    'the name or the description of a newsletter has changed, or was found to have',
    newsletterData.extend({
      changes: z
        .object({ name, description })
        .partial()
        .meta({ description: 'What is different, with its new value.' }),
    }),
    { newsletter: newsletterExample, changes: { name: newsletterExample.name } },
  ),
  'newsletter.unfollowed': tellNewsletter('the number does not follow a newsletter any more', {
    role: 'guest',
    muted: null,
  }),
  'newsletter.deleted': tellNewsletter('the number has deleted a newsletter of its own', { role: 'owner' }),
};
