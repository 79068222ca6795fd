import type { WASocket } from 'baileys';
import { expect, test } from 'vitest';
import { askWhatsApp } from './ask.ts';

test('a number without a name is told so instead of being shown to nobody', async () => {
  const sent: unknown[] = [];
  const socket = asSocket({
    authState: { creds: { me: { id: '1@s.whatsapp.net' } } },
    sendPresenceUpdate: async (...update: unknown[]) => void sent.push(update),
  });
  const ask = (presence: 'available' | 'typing', destination?: string) =>
    askWhatsApp(socket, 'set_presence', { presence, ...(destination && { destination }) }, 1_000, {
      caughtUp: Promise.resolve(),
    });
  expect(await ask('available')).toMatchObject({ kind: 'refused', code: 'conflict' });
  expect(await ask('typing', '2@s.whatsapp.net')).toMatchObject({ kind: 'done' });
  expect(sent).toEqual([['composing', '2@s.whatsapp.net']]);
});

/** Only what this request touches. */
function asSocket(parts: object): WASocket {
  return parts as WASocket;
}
