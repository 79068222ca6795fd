import * as z from 'zod';
import { mediaExample, mediaSchema } from '../render-media.ts';
import { exampleId } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const mediaData = z.object({ media: mediaSchema });

const inbound = {
  ...mediaExample,
  instance_id: exampleId('ins'),
  message_id: exampleId('msg'),
  source: 'inbound' as const,
};
const missing = { state: 'failed' as const, sha256: null, expires_at: null, error: { code: 'media_gone' } };

export const mediaEvents = {
  'media.ready': describeEvent('the file of a message was fetched and can be downloaded', mediaData, {
    media: inbound,
  }),
  'media.failed': describeEvent(
    'the file of a message could not be fetched; the code is in its `error`, and it can be asked for again',
    mediaData,
    { media: { ...inbound, ...missing } },
  ),
};
