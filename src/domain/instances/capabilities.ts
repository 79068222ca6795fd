import type { Capability } from '../../network/index.ts';

/** What each capability of a network means, for the documentation. */
export const capabilityMeanings: Readonly<Record<Capability, string>> = {
  link_by_qr: 'Link a number by a QR code',
  link_by_code: 'Link a number by a code that is typed into the phone',
  look_up_recipients: 'Ask whether a phone number is on WhatsApp',
  send_text: 'Send texts, with mentions',
  send_location: 'Send places',
  send_contacts: 'Send contact cards',
  send_poll: 'Ask in a poll',
  send_poll_vote: 'Vote in a poll',
  send_reaction: 'React to messages',
  send_edit: 'Change what was sent',
  send_delete: 'Take a message back for everyone',
  send_forward: 'Forward messages',
  set_presence: 'Show the number as there, away, typing or recording',
};
