import * as z from 'zod';
import { endpointSchema } from '../render-endpoint.ts';
import { exampleId } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const { id: endpointId, url, disabled_reason: reason } = endpointSchema.shape;

export const endpointEvents = {
  'endpoint.disabled': describeEvent(
    'another of your endpoints answered 410 and gets nothing more',
    z.object({ endpoint_id: endpointId, url, reason }),
    { endpoint_id: exampleId('end'), url: 'https://hooks.example.com/whatsapp', reason: 'gone' },
  ),
  'endpoint.test': describeEvent('you asked for it', z.object({ endpoint_id: endpointId, text: z.string() }), {
    endpoint_id: exampleId('end'),
    text: 'This is a test. Nothing happened.',
  }),
};
