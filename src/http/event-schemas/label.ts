import * as z from 'zod';
import { labelExample, labelSchema } from '../render-label.ts';
import { exampleId, idOut } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const labelData = z.object({ label: labelSchema });
const attachedData = labelData.extend({ chat_id: idOut('cht', 'The chat.') });

const tellLabel = (when: string) => describeEvent(when, labelData, { label: labelExample });
const tellAttached = (when: string) =>
  describeEvent(when, attachedData, { label: labelExample, chat_id: exampleId('cht') });

/** Each tells of what was done through this API as well as on a device of the number. */
export const labelEvents = {
  'label.created': tellLabel('a business has a new label'),
  'label.updated': tellLabel('a label has another name or colour'),
  'label.deleted': tellLabel('a label was deleted, and is on no chat any more'),
  'label.attached': tellAttached('a label was put on a chat'),
  'label.detached': tellAttached('a label was taken off a chat; of a label that is deleted only that is told'),
};
