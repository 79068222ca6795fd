import { proto } from 'baileys';
import type { InboundContent } from '../network/index.ts';
import { type Bounds, nameCharsMax, present, textCharsMax, wholeOf } from './bounds.ts';

const optionsMax = 64;

/** The names of a poll's options, in its order. */
export function pollOptionsOf(poll: proto.Message.IPollCreationMessage, bounds: Bounds): readonly string[] {
  return bounds.list(poll.options, optionsMax).map(({ optionName }) => bounds.text(optionName, nameCharsMax) ?? '');
}

export function pollOf(poll: proto.Message.IPollCreationMessage, bounds: Bounds): InboundContent {
  const quiz = poll.pollType === proto.Message.PollType.QUIZ;
  return present({
    type: 'poll' as const,
    question: bounds.text(poll.name, textCharsMax) ?? '',
    options: pollOptionsOf(poll, bounds),
    selectable: wholeOf(poll.selectableOptionsCount) ?? 0,
    quiz: quiz ? present({ correctOption: bounds.text(poll.correctAnswer?.optionName, nameCharsMax) }) : undefined,
  });
}

/** What was chosen of buttons, of a list or of what a form asked; undefined when the message is no such answer. */
export function replyOf(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const { buttonsResponseMessage: button, templateButtonReplyMessage: template, listResponseMessage: row } = message;
  if (button) return buttonReplyOf(button.selectedButtonId, button.selectedDisplayText, bounds);
  if (template) return buttonReplyOf(template.selectedId, template.selectedDisplayText, bounds);
  if (row) {
    const reply = {
      id: bounds.text(row.singleSelectReply?.selectedRowId, nameCharsMax),
      title: bounds.text(row.title, nameCharsMax),
      description: bounds.text(row.description, nameCharsMax),
    };
    return { type: 'list_reply', reply: present(reply) };
  }
  return message.interactiveResponseMessage ? formReplyOf(message.interactiveResponseMessage, bounds) : undefined;
}

const buttonReplyOf = (id: unknown, title: unknown, bounds: Bounds): InboundContent => ({
  type: 'button_reply',
  reply: present({ id: bounds.text(id, nameCharsMax), title: bounds.text(title, nameCharsMax) }),
});

function formReplyOf(message: proto.Message.IInteractiveResponseMessage, bounds: Bounds): InboundContent {
  const flow = message.nativeFlowResponseMessage;
  const answer = bounds.text(flow?.paramsJson, textCharsMax);
  return present({
    type: 'interactive_reply' as const,
    reply: present({
      id: bounds.text(idIn(answer), nameCharsMax),
      title: bounds.text(message.body?.text, nameCharsMax),
    }),
    flow: flow ? present({ name: bounds.text(flow.name, nameCharsMax), answer }) : undefined,
  });
}

/** Buttons of the newer kind answer with JSON that has the button's id. */
function idIn(answer: string | undefined): unknown {
  if (answer === undefined) return undefined;
  try {
    return Reflect.get(Object(JSON.parse(answer)), 'id');
  } catch {
    return undefined;
  }
}
