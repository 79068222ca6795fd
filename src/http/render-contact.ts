import * as z from 'zod';
import { exampleId, idOut } from './schemas.ts';

export const contactExample = {
  id: exampleId('con'),
  phone_number: '4917012345678',
  lid: null,
  name: null,
  saved_name: null,
};

/** The domain shows a contact itself, since events carry the same view. */
export const contactSchema = z.object({
  id: idOut('con', 'The contact.'),
  phone_number: z.string().nullable().meta({ description: 'Digits with country code, where it is known.' }),
  lid: z.string().nullable().meta({ description: 'Its id within WhatsApp that is no number, where it is known.' }),
  name: z.string().nullable().meta({ description: 'What the person calls themselves.' }),
  saved_name: z.string().nullable().meta({ description: 'What the address book of a phone of yours calls them.' }),
});
