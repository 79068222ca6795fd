import * as z from 'zod';
import { messageExample, messageSchema } from '../render-message.ts';
import { describeEvent } from './describe-event.ts';

export const contactEvents = {
  'contact.updated': describeEvent(
    'more is known of a contact, or two turned out to be one',
    z.object({
      contact: messageSchema.shape.contact,
      merged_contact_ids: z.array(z.string()).meta({ description: 'Ids that now stand for this contact, too.' }),
    }),
    { contact: messageExample.contact, merged_contact_ids: [] },
  ),
};
