import type { SendOutcome } from '../network/index.ts';

/** What WhatsApp's server ack of a message means. Codes that are not known refuse this message alone. */
export function outcomeOfAck(attrs: Readonly<Record<string, string>>, nowMs: number): SendOutcome {
  const { error, t } = attrs;
  if (error === undefined) {
    const seconds = Number(t);
    return { kind: 'accepted', atMs: Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1000 : nowMs };
  }
  const detail = `WhatsApp answered ${error}`;
  switch (error) {
    case '463':
      return { kind: 'refused', code: 'account_restricted', scope: 'instance', detail };
    case '475':
      return { kind: 'refused', code: 'new_chat_limit', scope: 'instance', detail };
    case '429':
      return { kind: 'refused', code: 'rate_limited', scope: 'instance', detail };
    default:
      return { kind: 'refused', code: 'rejected_by_whatsapp', scope: 'message', detail };
  }
}
