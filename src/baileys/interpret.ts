import type { BinaryNode } from 'baileys';
import type { InboundRecord, InboundUpdate } from '../network/index.ts';
import { appStateTag } from './app-state.ts';
import { interpretAppState } from './interpret-app-state.ts';
import { interpretCall } from './interpret-call.ts';
import { interpretGroupNotice, isGroupNotice } from './interpret-group-notice.ts';
import { interpretMessage } from './interpret-message.ts';
import { interpretMexNotice, isMexNotice } from './interpret-newsletter-notice.ts';
import { interpretReceipt } from './interpret-receipt.ts';
import { decodeStanza } from './stanza-bytes.ts';

/**
 * Says what a journaled stanza means. Pure, so that the receive loop can ask again after a crash; a stranger chooses most
 * of the bytes, so whatever cannot be read is `ignored` with the reason and stays in the journal.
 */
export function interpret(record: InboundRecord): readonly InboundUpdate[] {
  try {
    return interpretStanza(decodeStanza(record.stanza), record);
  } catch (error) {
    return [{ kind: 'ignored', why: `unreadable: ${error instanceof Error ? error.message : 'unknown'}` }];
  }
}

function interpretStanza(node: BinaryNode, record: InboundRecord): readonly InboundUpdate[] {
  if (node.tag === 'message') return interpretMessage(node, record);
  if (node.tag === 'receipt') return [interpretReceipt(node, record)];
  if (node.tag === 'call') return [interpretCall(node, record)];
  if (node.tag === appStateTag) return interpretAppState(node, record);
  if (node.tag === 'notification' && isGroupNotice(node)) return interpretGroupNotice(node, record);
  if (node.tag === 'notification' && isMexNotice(node)) return interpretMexNotice(node, record);
  return [{ kind: 'ignored', why: `${node.tag} ${node.attrs.type ?? ''}`.trimEnd() }];
}
