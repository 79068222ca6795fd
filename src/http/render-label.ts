import * as z from 'zod';
import { type LabelView, labelColors } from '../domain/labels/index.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const labelExample = {
  id: exampleId('lbl'),
  instance_id: exampleId('ins'),
  name: 'New order',
  color: 4,
  created_at: exampleTime,
  updated_at: exampleTime,
};

export const labelSchema = z
  .object({
    id: idOut('lbl', 'The label.'),
    instance_id: idOut('ins', 'The instance that it belongs to.'),
    name: z.string(),
    color: z.int().meta({ description: `A place in the palette of the app, 0 to ${labelColors - 1}.` }),
    created_at: timeOut('When it was first heard of.'),
    updated_at: timeOut('When it last changed.'),
  })
  .meta({ id: 'Label', examples: [labelExample] });

/** The domain shows a label itself, since events carry the same view; a test holds it against the schema. */
export function renderLabel(view: LabelView): z.output<typeof labelSchema> {
  return view;
}
