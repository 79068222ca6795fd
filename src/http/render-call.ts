import * as z from 'zod';
import type { CallView } from '../domain/calls/index.ts';
import { contactExample, contactSchema } from './render-contact.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const callExample = {
  id: exampleId('cll'),
  instance_id: exampleId('ins'),
  contact: { ...contactExample, name: 'Ada' },
  chat_id: null,
  video: false,
  state: 'ringing' as const,
  offered_at: exampleTime,
  ended_at: null,
};

export const callSchema = z
  .object({
    id: idOut('cll', 'The call.'),
    instance_id: idOut('ins', 'The instance that is called.'),
    contact: contactSchema.meta({ description: 'Who calls.' }),
    chat_id: idOut('cht', 'The group that is called; null for a call to this number alone.').nullable(),
    video: z.boolean(),
    state: z.enum(['ringing', 'accepted', 'rejected', 'missed']).meta({
      description: '`accepted` and `rejected` also when it was done on another device of the number.',
    }),
    offered_at: timeOut('When it began to ring.'),
    ended_at: timeOut('When it stopped to ring.').nullable(),
  })
  .meta({ id: 'Call', examples: [callExample] });

/** The domain shows a call itself, since events carry the same view; a test holds it against the schema. */
export function renderCall(view: CallView): z.output<typeof callSchema> {
  return view as z.output<typeof callSchema>;
}
