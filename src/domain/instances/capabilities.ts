import type { Capability } from '../../network/index.ts';

/** What each capability of a network means, for the documentation. */
export const capabilityMeanings: Readonly<Record<Capability, string>> = {
  link_by_qr: 'Link a number by a QR code',
  link_by_code: 'Link a number by a code that is typed into the phone',
  look_up_recipients: 'Ask whether a phone number is on WhatsApp',
  send_text: 'Send texts',
  set_presence: 'Show the number as there, away, typing or recording',
};
