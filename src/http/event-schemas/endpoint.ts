import * as z from 'zod';
import { endpointSchema } from '../render-endpoint.ts';
import { exampleId, exampleTime, timeOut } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const { id: endpointId, url, disabled_reason: reason } = endpointSchema.shape;
const unansweredSince = timeOut('Since when no delivery has got through.');

const failing = z.object({ endpoint_id: endpointId, url, unanswered_since: unansweredSince });
const failingExample = {
  endpoint_id: exampleId('end'),
  url: 'https://hooks.example.com/whatsapp',
  unanswered_since: exampleTime,
};

export const endpointEvents = {
  'endpoint.failing': describeEvent(
    'a delivery to another of your endpoints has failed for good, the first since one got through',
    failing,
    failingExample,
  ),
  'endpoint.recovered': describeEvent('a delivery to it got through again', failing, failingExample),
  'endpoint.disabled': describeEvent(
    'another of your endpoints answered 410, or nothing with a 2xx for days, and gets nothing more',
    z.object({ endpoint_id: endpointId, url, reason, unanswered_since: unansweredSince.optional() }),
    { endpoint_id: exampleId('end'), url: 'https://hooks.example.com/whatsapp', reason: 'gone' },
  ),
  'endpoint.test': describeEvent('you asked for it', z.object({ endpoint_id: endpointId, text: z.string() }), {
    endpoint_id: exampleId('end'),
    text: 'This is a test. Nothing happened.',
  }),
};
