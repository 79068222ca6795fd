import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { WA_CERT_DETAILS } from 'baileys';
import type { Network } from '../network/index.ts';
import { requestKinds } from './ask.ts';
import { describeRaw } from './describe-raw.ts';
import { hardenLibraries } from './harden-libraries.ts';
import { interpret } from './interpret.ts';
import { lidJid, storyJid } from './jids.ts';
import { openSealed } from './open-sealed.ts';
import type { BaileysOptions } from './options.ts';
import { buildPayload, newMessageId } from './payload.ts';
import { outboundTypes } from './payloads/content.ts';
import { probeServer } from './probe.ts';
import { openSession } from './session.ts';

const fingerprintDigits = 16;
/** Of the key that WhatsApp's own servers are certified by. */
const whatsappFingerprint = '8f5c9b6298054550';

/** WhatsApp Web behind the port. `options.rootKey` is taken for the whole process: Baileys has one place for it. */
export function createBaileysNetwork(options: BaileysOptions): Network {
  hardenLibraries();
  if (options.rootKey !== undefined) {
    if (options.rootKey.byteLength !== 32) throw new Error('The root key must have 32 bytes.');
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(options.rootKey);
  }
  // A socket keeps the context that it was made in for all that it ever does, so it is made outside of any.
  const outside = AsyncLocalStorage.snapshot();
  return {
    name: 'whatsapp_web',
    capabilities: new Set([
      'link_by_qr',
      'link_by_code',
      'look_up_recipients',
      'send_stories',
      ...outboundTypes.map((type) => `send_${type}` as const),
      ...requestKinds,
    ]),
    storyAddress: storyJid,
    root: nameOfRoot(WA_CERT_DETAILS.PUBLIC_KEY),
    probe: (timeoutMs) => probeServer(options.url, timeoutMs),
    connect: (host) => outside(() => openSession(options, host)),
    newMessageId,
    destinationOf: ({ lid }) => (lid === undefined ? undefined : lidJid(lid)),
    buildPayload,
    interpret,
    describeRaw,
    openSealed,
  };
}

function nameOfRoot(rootKey: Uint8Array): string {
  const fingerprint = createHash('sha256').update(rootKey).digest('hex').slice(0, fingerprintDigits);
  return fingerprint === whatsappFingerprint ? 'whatsapp' : fingerprint;
}
