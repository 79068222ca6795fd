import * as z from 'zod';
import { type MediaRow, viewMedia } from '../domain/media/index.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const mediaStates = ['pending', 'not_fetched', 'ready', 'failed', 'expired'] as const;
export const mediaSources = ['upload', 'url', 'inbound', 'conversion'] as const;

const exampleHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export const mediaExample = {
  id: exampleId('med'),
  instance_id: null,
  message_id: null,
  source: 'upload' as const,
  state: 'ready' as const,
  mime_type: 'image/jpeg',
  filename: 'bread.jpg',
  bytes: 48_213,
  sha256: exampleHash,
  width: 1280,
  height: 960,
  error: null,
  created_at: exampleTime,
  expires_at: exampleTime,
};

export const mediaSchema = z
  .object({
    id: idOut('med', 'The media.'),
    instance_id: idOut(
      'ins',
      'The instance that received it, or that the key was bound to which uploaded it.',
    ).nullable(),
    message_id: idOut('msg', 'The message that brought it.').nullable(),
    source: z.enum(mediaSources),
    state: z.enum([...mediaStates, 'deleted']).meta({ description: 'Its content can be had while it is `ready`.' }),
    mime_type: z.string().meta({ description: 'By its own bytes where they tell, else as it was said to be.' }),
    filename: z.string().nullable(),
    bytes: z.number().int().nullable(),
    sha256: z.string().nullable().meta({ description: 'Of the content, in hex; null without content.' }),
    width: z.number().int().optional(),
    height: z.number().int().optional(),
    seconds: z.number().int().optional(),
    animated: z.boolean().optional(),
    error: z.object({ code: z.string() }).nullable().meta({ description: 'Why it could not be fetched.' }),
    created_at: timeOut('When it was uploaded, or its message came.'),
    expires_at: timeOut('When its content goes.').nullable(),
  })
  .meta({ id: 'Media', examples: [mediaExample] });

/** The domain shows a file itself, since events carry the same view; a test holds it against the schema. */
export function renderMedia(row: MediaRow): z.output<typeof mediaSchema> {
  return viewMedia(row) as unknown as z.output<typeof mediaSchema>;
}

export const mediaLinkSchema = z
  .object({
    url: z.string().meta({ description: 'Opens the content without a key. Below PUBLIC_URL where that is set.' }),
    expires_at: timeOut('When it stops to.'),
  })
  .meta({
    id: 'MediaLink',
    examples: [
      { url: `https://sluice.example.com/v1/media/${exampleId('med')}/shared?token=AbC`, expires_at: exampleTime },
    ],
  });
