import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { exampleId, idIn } from '../schemas.ts';
import {
  everyBody,
  exampleTo,
  present,
  readPeople,
  replyTo,
  requireShortEnough,
  storyAudience,
  words,
} from './every-body.ts';
import { mentions } from './text.ts';

const waveformValuesMax = 64;

const file = {
  ...everyBody,
  ...replyTo,
  media_id: idIn('med', 'A file that was uploaded, or that came in. This or `url`.').optional(),
  url: z.string().min(1).max(2_048).optional().meta({ description: 'Where to fetch it from, before the answer.' }),
};
const caption = { caption: words.optional(), mentions };
const once = { view_once: z.literal(true).optional().meta({ description: 'It can be opened once.' }) };

const imageBody = z.strictObject({ ...file, ...storyAudience, ...caption, ...once, type: z.literal('image') });
const videoBody = z.strictObject({ ...file, ...storyAudience, ...caption, ...once, type: z.literal('video') });
const gifBody = z.strictObject({ ...file, ...caption, type: z.literal('gif') });
const videoNoteBody = z.strictObject({ ...file, type: z.literal('video_note') });
const audioBody = z.strictObject({ ...file, type: z.literal('audio') });
const voiceBody = z.strictObject({
  ...file,
  ...storyAudience,
  ...once,
  type: z.literal('voice'),
  waveform: z
    .array(z.number().int().min(0).max(100))
    .max(waveformValuesMax)
    .optional()
    .meta({ description: 'How loud it is over its length, as phones draw it.' }),
});
const documentBody = z.strictObject({
  ...file,
  ...caption,
  type: z.literal('document'),
  filename: z.string().min(1).max(255).optional(),
});
const stickerBody = z.strictObject({ ...file, type: z.literal('sticker') });

const exampleOf = (type: string, more: object = {}) => ({
  examples: [{ to: exampleTo, type, media_id: exampleId('med'), ...more }],
});

/** Messages with a file, each of its own type. */
export const fileBodies = [
  imageBody.meta(exampleOf('image', { caption: 'Fresh from the oven' })),
  videoBody.meta(exampleOf('video', { caption: 'How it is made' })),
  videoNoteBody.meta(exampleOf('video_note')),
  gifBody.meta(exampleOf('gif')),
  audioBody.meta(exampleOf('audio')),
  voiceBody.meta(exampleOf('voice')),
  documentBody.meta(exampleOf('document', { filename: 'invoice.pdf' })),
  stickerBody.meta(exampleOf('sticker')),
] as const;

type FileBody = z.output<(typeof fileBodies)[number]>;

type SaidFile = Extract<Said['content'], { readonly mediaId: unknown }>;

/** A message whose file has to be fetched from a URL before it can be said which file it is. */
export type NamedFile = Omit<Said, 'content'> & {
  readonly content: Omit<SaidFile, 'mediaId'>;
  readonly url: string;
};

/** The same, once the file is one of ours. */
export const withFile = ({ url: _url, ...said }: NamedFile, mediaId: Id<'med'>): Said => ({
  ...said,
  content: { ...said.content, mediaId },
});

export function readFile(body: FileBody): Said | NamedFile {
  const { type, media_id: mediaId, url } = body;
  if ((mediaId === undefined) === (url === undefined)) {
    const problem = 'Give either media_id or url';
    throw new GatewayError('invalid_request', { in: 'body', fields: [{ field: 'media_id', problem }] });
  }
  const said = 'caption' in body ? body.caption : undefined;
  const content = present({
    type,
    caption: said === undefined ? undefined : requireShortEnough(said),
    viewOnce: 'view_once' in body ? body.view_once : undefined,
    filename: 'filename' in body ? body.filename : undefined,
    waveform: 'waveform' in body ? body.waveform : undefined,
  });
  const people = 'mentions' in body ? { mentions: readPeople(body.mentions ?? []) } : {};
  return mediaId === undefined
    ? { ...people, content, url: url ?? '' }
    : { ...people, content: { ...content, mediaId } };
}
