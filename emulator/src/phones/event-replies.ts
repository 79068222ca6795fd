import { proto } from 'baileys';
import { nowMs } from '../lib/clock.ts';
import { type Ballot, openAnswer, sealAnswer } from './sealed-answers.ts';

/** Whether people come to an event. */

export const EVENT_REPLIES = ['going', 'not_going', 'maybe'] as const;
export type EventReply = (typeof EVENT_REPLIES)[number];

const { EventResponseType } = proto.Message.EventResponseMessage;
const CODES: Record<EventReply, proto.Message.EventResponseMessage.EventResponseType> = {
  going: EventResponseType.GOING,
  not_going: EventResponseType.NOT_GOING,
  maybe: EventResponseType.MAYBE,
};

export const sealReply = (secret: Buffer, ballot: Ballot, reply: EventReply) => {
  const plain = proto.Message.EventResponseMessage.encode({ response: CODES[reply], timestampMs: nowMs() }).finish();
  return sealAnswer(secret, ballot, 'Event Response', plain);
};

/** What somebody has answered; undefined if it is not theirs. */
export const openReply = (
  secret: Buffer,
  ballot: Ballot,
  sealed: proto.Message.IEncEventResponseMessage,
): EventReply | undefined => {
  try {
    const { response } = proto.Message.EventResponseMessage.decode(
      openAnswer(secret, ballot, 'Event Response', sealed),
    );
    return EVENT_REPLIES.find((reply) => CODES[reply] === response);
  } catch {
    return undefined;
  }
};
