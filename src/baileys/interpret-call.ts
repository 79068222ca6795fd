import type { BinaryNode } from 'baileys';
import type { CallUpdate, InboundRecord, InboundUpdate } from '../network/index.ts';
import { identityOf } from './jids.ts';
import { childOf, childrenOf, timeOf } from './stanza-bytes.ts';

/** What a call stanza says; what devices work out among themselves about sound and network says nothing. */
export function interpretCall(node: BinaryNode, record: InboundRecord): InboundUpdate {
  const [word] = childrenOf(node);
  const what = word && whatOf(word);
  const networkId = word?.attrs['call-id'];
  const address = word?.attrs['call-creator'] ?? node.attrs.from;
  if (!what || !networkId || !address) return { kind: 'ignored', why: `call ${word?.tag ?? ''}`.trimEnd() };
  const { caller_pn: phone, 'group-jid': group } = word.attrs;
  const caller = identityOf([address, phone], what === 'offered' ? node.attrs.notify : undefined);
  if (caller.phone === undefined && caller.lid === undefined) return { kind: 'ignored', why: 'call of nobody' };
  const video = childOf(word, 'video') !== undefined;
  const atMs = timeOf(node, record.receivedAtMs);
  return { kind: 'call', networkId, address, caller, group: group ?? null, video, what, atMs };
}

const reasons: Readonly<Record<string, CallUpdate['what']>> = {
  accepted_elsewhere: 'accepted',
  rejected_elsewhere: 'rejected',
};

function whatOf({ tag, attrs }: BinaryNode): CallUpdate['what'] | undefined {
  switch (tag) {
    case 'offer':
    case 'offer_notice':
      return 'offered';
    case 'accept':
      return 'accepted';
    case 'reject':
      return 'rejected';
    case 'terminate':
      return reasons[attrs.reason ?? ''] ?? 'missed';
    default:
      return undefined;
  }
}
