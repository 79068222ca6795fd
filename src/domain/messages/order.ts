import { GatewayError } from '../../platform/index.ts';
import type { MessageRow } from './messages.ts';

/** By what WhatsApp tells the details of an order that came in; throws `message_unsuitable` for every other message. */
export function requireOrder(row: MessageRow): { readonly orderId: string; readonly token: string } {
  const { id, token } = row.type === 'order' ? asOrder(row.content) : {};
  if (id !== undefined && token !== undefined) return { orderId: id, token };
  const problem = row.type === 'order' ? 'The order came without what opens it' : 'It is no order';
  throw new GatewayError('message_unsuitable', { id: row.id, problem });
}

/** Kept as it was interpreted, where either may have been missing. */
function asOrder(content: string): { readonly id?: string; readonly token?: string } {
  const { order } = JSON.parse(content) as { order?: { id?: string; token?: string } };
  return order ?? {};
}
