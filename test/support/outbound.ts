import type { OutboundContent, OutboundMessage } from '../../src/network/index.ts';

/** A message to a person, as the send loop hands it to a network to build. */
export const outbound = (content: OutboundContent, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  content,
  destination: '4915100000002@s.whatsapp.net',
  self: { phone: '4915100000001', lid: '900000000000001' },
  atMs: 1_700_000_000_000,
  ...more,
});
