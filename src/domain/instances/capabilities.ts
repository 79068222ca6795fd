import type { Capability } from '../../network/index.ts';

/** What each capability of a network means, for the documentation. */
export const capabilityMeanings: Readonly<Record<Capability, string>> = {
  link_by_qr: 'Link a number by a QR code',
  link_by_code: 'Link a number by a code that is typed into the phone',
  look_up_recipients: 'Ask whether a phone number is on WhatsApp',
  send_stories: 'Post stories, to an audience',
  send_text: 'Send texts, with mentions',
  send_location: 'Send places',
  send_contacts: 'Send contact cards',
  send_poll: 'Ask in a poll',
  send_poll_vote: 'Vote in a poll',
  send_reaction: 'React to messages',
  send_edit: 'Change what was sent',
  send_delete: 'Take a message back for everyone',
  send_forward: 'Forward messages',
  read_profile: 'Read what somebody lets others see of themselves',
  list_blocked: 'List who is blocked',
  set_blocked: 'Block people',
  set_profile: "Change the number's own name and what it says about itself",
  set_profile_picture: "Change the number's own picture",
  read_privacy: 'Read who may see what of the number',
  set_privacy: 'Set who may see what of the number',
  change_chats: 'Archive, pin, mute, mark and delete chats',
  read_messages: 'Say that messages were read',
  set_chat_timer: 'Have new messages of a chat disappear after a time',
  set_presence: 'Show the number as there, away, typing or recording',
};
