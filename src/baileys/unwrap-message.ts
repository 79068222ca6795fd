import type { proto } from 'baileys';

/** Fields that only hold another message. */
const wrappers = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'associatedChildMessage',
  'groupMentionedMessage',
  'groupStatusMessage',
  'groupStatusMessageV2',
  'groupStatusMentionMessage',
  'statusMentionMessage',
  'statusAddYours',
  'lottieStickerMessage',
  'pollCreationMessageV4',
  'pollCreationOptionImageMessage',
  'eventCoverImage',
  'botInvokeMessage',
  'botTaskMessage',
  'botForwardedMessage',
  'limitSharingMessage',
  'questionMessage',
  'questionReplyMessage',
] as const satisfies readonly (keyof proto.IMessage)[];

const viewOnceWrappers = new Set<string>(['viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension']);

// Honest clients nest three deep: an edit of a view-once message in a disappearing chat.
const depthMax = 8;

export type Unwrapped = {
  readonly message: proto.IMessage;
  /** In a wrapper that says so; some types say it themselves. */
  readonly viewOnce: boolean;
};

/** The message inside of those that only hold one. What is nested too deep comes as the wrapper that it is. */
export function unwrapMessage(message: proto.IMessage): Unwrapped {
  let inner = message;
  let viewOnce = false;
  for (let depth = 0; depth < depthMax; depth += 1) {
    const wrapper = wrappers.find((name) => inner[name]?.message);
    const next = wrapper === undefined ? undefined : inner[wrapper]?.message;
    if (wrapper === undefined || !next) break;
    viewOnce ||= viewOnceWrappers.has(wrapper);
    inner = next;
  }
  return { message: inner, viewOnce };
}
