import type { WASocket } from 'baileys';

/** Asks WhatsApp to forget this device. True when it says that it did; it may also just close the stream. */
export async function removeDevice(socket: WASocket, timeoutMs: number): Promise<boolean> {
  const jid = socket.authState.creds.me?.id;
  if (jid === undefined) return false;
  try {
    const answer: unknown = await socket.query(
      {
        tag: 'iq',
        attrs: { to: '@s.whatsapp.net', type: 'set', xmlns: 'md' },
        content: [{ tag: 'remove-companion-device', attrs: { jid, reason: 'user_initiated' } }],
      },
      timeoutMs,
    );
    return answer !== undefined;
  } catch {
    return false;
  }
}
