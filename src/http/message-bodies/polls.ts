import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import { exampleId, idIn } from '../schemas.ts';
import { everyBody, exampleTo, replyTo } from './every-body.ts';

const questionCharsMax = 255;
const optionCharsMax = 100;
const optionsMin = 2;
const optionsMax = 12;

const option = z.string().min(1).max(optionCharsMax);
const areDistinct = (options: readonly string[]): boolean => new Set(options).size === options.length;
const distinct = { message: 'Must not have the same option twice' };

export const pollBody = z
  .strictObject({
    ...everyBody,
    ...replyTo,
    type: z.literal('poll'),
    question: z.string().min(1).max(questionCharsMax),
    options: z.array(option).min(optionsMin).max(optionsMax).refine(areDistinct, distinct),
    selectable: z.number().int().min(0).max(optionsMax).default(1).meta({
      description: 'How many options one person may choose; 0 for as many as there are.',
    }),
  })
  .refine(({ options, selectable }) => selectable <= options.length, {
    path: ['selectable'],
    message: 'Must not be more than there are options',
  })
  .meta({
    examples: [{ to: exampleTo, type: 'poll', question: 'Which bread?', options: ['Rye', 'Wheat'], selectable: 1 }],
  });

export function readPoll({ type, question, options, selectable }: z.output<typeof pollBody>): Said {
  return { content: { type, question, options, selectable } };
}

export const pollVoteBody = z
  .strictObject({
    ...everyBody,
    type: z.literal('poll_vote'),
    message_id: idIn('msg', 'The poll.'),
    options: z.array(option).max(optionsMax).refine(areDistinct, distinct).meta({
      description: 'As the poll has them; none takes the vote back.',
    }),
  })
  .meta({ examples: [{ to: exampleTo, type: 'poll_vote', message_id: exampleId('msg'), options: ['Rye'] }] });

export function readPollVote({ type, message_id: messageId, options }: z.output<typeof pollVoteBody>): Said {
  return { content: { type, messageId, options } };
}
