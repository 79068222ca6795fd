import * as z from 'zod';
import { instanceSchema } from '../render-instance.ts';
import { exampleTime, timeOut } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const { state, phone_number: phoneNumber } = instanceSchema.shape;

const stateFields = {
  state,
  reason: z.string().nullable().meta({ description: 'Why it is in this state, for machines. Never renamed.' }),
  meaning: z.string().optional().meta({ description: 'The reason in a sentence; left out when there is none.' }),
  what_to_do: z.string().optional().meta({ description: 'What to do about it; left out when there is no reason.' }),
  phone_number: phoneNumber,
};

const stateData = z.object(stateFields);

type Explained = Pick<z.output<typeof stateData>, 'reason' | 'meaning' | 'what_to_do'>;

const tellState = (when: string, name: z.output<typeof state>, explained: Explained) =>
  describeEvent(when, stateData, { state: name, ...explained, phone_number: '4917012345678' });

const restrictedData = z.object({
  ...stateFields,
  code: z.string().nullable().meta({ description: 'The number that WhatsApp gives the restriction.' }),
  expires_at: timeOut('When it is lifted, if that is known.').nullable(),
});

export const instanceEvents = {
  'instance.linked': describeEvent(
    'a phone scanned the QR code',
    z.object({
      phone_number: z.string(),
      lid: z.string().nullable().meta({ description: 'Its id within WhatsApp, where that is known.' }),
      name: z.string().nullable().meta({ description: 'The name of its profile.' }),
    }),
    { phone_number: '4917012345678', lid: '882322046174512', name: 'Bakery Müller' },
  ),
  'instance.profile_changed': describeEvent(
    'the number has another name, given through this API or on one of its devices',
    z.object({ name: z.string().meta({ description: 'The name of its profile.' }), phone_number: phoneNumber }),
    { name: 'Bakery Müller', phone_number: '4917012345678' },
  ),
  'instance.connected': tellState('the connection is open, and what waited leaves', 'connected', { reason: null }),
  'instance.reconnecting': tellState('the connection was lost and is tried again by itself', 'reconnecting', {
    reason: 'network',
    meaning: 'The line to WhatsApp dropped or could not be opened.',
    what_to_do: 'Nothing; it is tried again with growing pauses.',
  }),
  'instance.disconnected': tellState('it is not connected and somebody has to act', 'disconnected', {
    reason: 'stopped_by_user',
    meaning: 'It was disconnected on request.',
    what_to_do: 'POST …/connect to connect it again; one that is linked needs no new QR code.',
  }),
  'instance.qr_required': tellState('the first QR code of a round can be scanned', 'qr_required', {
    reason: 'waiting_for_scan',
    meaning: 'A QR code is shown and waits for a scan.',
    what_to_do: 'GET …/qr and scan it with WhatsApp > Linked devices.',
  }),
  'instance.restricted': describeEvent(
    'WhatsApp stops the number from sending, or from starting chats',
    restrictedData,
    {
      state: 'restricted',
      reason: 'account_restricted',
      meaning: 'WhatsApp restricts this number from starting chats (463).',
      what_to_do: 'Wait until it is lifted; the message that met it has failed, those behind it are held.',
      phone_number: '4917012345678',
      code: '463',
      expires_at: exampleTime,
    },
  ),
  'instance.failed': tellState('no retry helps until somebody acts', 'failed', {
    reason: 'forbidden',
    meaning: 'WhatsApp refuses this number (403): it is banned or blocked.',
    what_to_do: 'Open WhatsApp on the phone and read what it says there.',
  }),
  'instance.unlinked': describeEvent(
    'it was unlinked on request',
    z.object({ reason: z.string(), phone_number: phoneNumber }),
    { reason: 'unlinked_by_request', phone_number: '4917012345678' },
  ),
  'instance.deleted': describeEvent(
    'it was deleted on request',
    z.object({ name: z.string(), phone_number: phoneNumber }),
    { name: 'Shop', phone_number: '4917012345678' },
  ),
  'qr.updated': describeEvent(
    'there is a new QR code',
    z.object({
      qr: z.string().meta({ description: 'What the code says, to draw it yourself.' }),
      expires_at: timeOut('When the next code replaces it.'),
    }),
    { qr: '2@…', expires_at: exampleTime },
  ),
};
