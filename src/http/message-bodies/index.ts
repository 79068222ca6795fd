/**
 * What can be posted as a message: the body of every type, flat and told apart by `type`, and what it says in the domain's
 * words. A file a family of types; nothing here asks anybody or looks anything up.
 *
 * Imports domain/messages, platform and lib.
 */
import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import { contactsBody, locationBody, readContacts, readLocation } from './cards.ts';
import { deleteBody, editBody, forwardBody, reactionBody, readBare, readEdit, readReaction } from './changes.ts';
import { readPeople } from './every-body.ts';
import { fileBodies, type NamedFile, readFile } from './files.ts';
import { pollBody, pollVoteBody, readPoll, readPollVote } from './polls.ts';
import { readText, textBody } from './text.ts';

export { clientRef } from './every-body.ts';
export { type NamedFile, withFile } from './files.ts';

const bodies = [
  textBody,
  ...fileBodies,
  locationBody,
  contactsBody,
  pollBody,
  pollVoteBody,
  reactionBody,
  editBody,
  deleteBody,
  forwardBody,
] as const;

export const newMessageBody = z
  .discriminatedUnion('type', bodies)
  .meta({ examples: bodies.flatMap((body) => body.meta()?.examples ?? []) });

/** A file may be named by a URL, from which it has to be fetched first. */
export type SaidOrNamed = Said | NamedFile;

type NewMessageBody = z.output<typeof newMessageBody>;

/** What a body says, as far as it can be judged without asking anybody. */
export function readSaid(body: NewMessageBody): SaidOrNamed {
  const replyTo = 'reply_to' in body ? (body.reply_to ?? null) : null;
  const audience = 'audience' in body && body.audience !== undefined ? { audience: readPeople(body.audience) } : {};
  return { ...readOwnFields(body), ...audience, replyTo };
}

function readOwnFields(body: NewMessageBody): SaidOrNamed {
  switch (body.type) {
    case 'text':
      return readText(body);
    case 'image':
    case 'video':
    case 'video_note':
    case 'gif':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker':
      return readFile(body);
    case 'location':
      return readLocation(body);
    case 'contacts':
      return readContacts(body);
    case 'poll':
      return readPoll(body);
    case 'poll_vote':
      return readPollVote(body);
    case 'reaction':
      return readReaction(body);
    case 'edit':
      return readEdit(body);
    case 'delete':
    case 'forward':
      return readBare(body);
  }
}
