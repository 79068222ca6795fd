import { createHash } from 'node:crypto';
import { type BinaryNode, decodeMessageNode } from 'baileys';
import type { Identity, InboundCapture } from '../network/index.ts';
import { envelopeOf } from './envelope.ts';
import { stablePersonKey } from './jids.ts';
import { childrenOf, encodeStanza } from './stanza-bytes.ts';

const decryptable = new Set(['pkmsg', 'msg', 'skmsg']);

// A retry resend carries the id of the first try and other ciphertexts; its parts must not take the places of that one's.
const positionsPerTry = 100;

export type StanzaPart = {
  readonly hash: string;
  /** Written by one of our own devices. */
  readonly fromMe: boolean;
  /** What the plaintext adds to the journal; the stanza's last part completes it. */
  captureOf(plaintext: Uint8Array): InboundCapture;
  /** Undefined while later parts may still say what the message is. */
  failureOf(reason: string): InboundCapture | undefined;
  /** To be called once, when this part was kept or given up. */
  end(): void;
};

export type MessageStanza = {
  readonly ciphertexts: readonly Uint8Array[];
  /** Resolves when each part was kept or given up. */
  readonly ended: Promise<void>;
  partOf(ciphertext: Uint8Array): StanzaPart | undefined;
  /** For a stanza that Baileys refused before it asked to decrypt it. */
  refusal(): InboundCapture;
};

/**
 * The encrypted parts of a message stanza, or undefined when Baileys will not ask to decrypt any: then it is recorded as
 * it is. One record a message: a redelivery, a duplicate and a resend by another device of ours have the same key.
 */
export function openMessageStanza(node: BinaryNode, self: Identity): MessageStanza | undefined {
  const parts = encryptedPartsOf(node, self);
  if (parts.length === 0) return undefined;
  const dedupeKey = messageKeyOf(node, self);
  const stanza = encodeStanza(node);
  const { fromMe } = envelopeOf(node, self);
  const ended = Promise.withResolvers<void>();
  let open = parts.length;

  const opened = parts.map(({ ciphertext, position }): readonly [Uint8Array, StanzaPart] => {
    const hash = createHash('sha256').update(ciphertext).digest('hex');
    const last = (): boolean => open === 1;
    return [
      ciphertext,
      {
        hash,
        fromMe,
        captureOf: (plaintext) => ({
          dedupeKey,
          kind: 'message',
          stanza,
          parts: [{ position, ciphertextHash: hash, plaintext }],
          complete: last(),
        }),
        failureOf: (failure) =>
          last()
            ? { dedupeKey: `${dedupeKey}!${hash}`, kind: 'message', stanza, parts: [], complete: true, failure }
            : undefined,
        end: () => {
          open -= 1;
          if (open === 0) ended.resolve();
        },
      },
    ];
  });
  const byCiphertext = new Map(opened);
  return {
    ciphertexts: parts.map((part) => part.ciphertext),
    ended: ended.promise,
    partOf: (bytes) => byCiphertext.get(bytes),
    refusal: () => ({
      dedupeKey: `${dedupeKey}!refused`,
      kind: 'message',
      stanza,
      parts: [],
      complete: true,
      failure: 'refused',
    }),
  };
}

/** A record of a stanza that is journaled as it came: receipts, notifications, calls, and messages without encryption. */
export function plainCaptureOf(node: BinaryNode, kind: InboundCapture['kind'], self: Identity): InboundCapture {
  const stanza = encodeStanza(node);
  const dedupeKey =
    kind === 'message'
      ? `${messageKeyOf(node, self)}!plain`
      : `${kind}|${plainKeyOf(node)}|${sha256(withoutOffline(node))}`;
  return { dedupeKey, kind, stanza, parts: [], complete: true };
}

/** Receipts for one message come many times over, by type and device: the id alone does not tell them apart. */
function plainKeyOf(node: BinaryNode): string {
  const { id = '', type = '', from = '', participant = '' } = node.attrs;
  return [id, type, from, participant].join('|');
}

/** The same stanza comes with and without its mark of having waited, and with another count of it. */
function withoutOffline(node: BinaryNode): Uint8Array {
  const { offline: _, ...attrs } = node.attrs;
  return encodeStanza({ ...node, attrs });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Ids are chosen by the sender, so one sender's must not hide another's. */
function messageKeyOf(node: BinaryNode, self: Identity): string {
  const { author, contact, chat } = envelopeOf(node, self);
  const where = chat === 'person' ? stablePersonKey(contact) : (node.attrs.from ?? '');
  return ['message', where, stablePersonKey(author), node.attrs.id ?? ''].join('|');
}

function encryptedPartsOf(node: BinaryNode, self: Identity): { ciphertext: Uint8Array; position: number }[] {
  const children = childrenOf(node);
  const first = children.find((child) => child.tag === 'enc');
  // Baileys refuses bots' messages and malformed envelopes before it decrypts anything.
  if (first?.attrs.type === 'msmsg' || !isAddressed(node, self)) return [];
  return children.flatMap((child, index) => {
    if (child.tag !== 'enc' || !decryptable.has(child.attrs.type ?? '') || !(child.content instanceof Uint8Array))
      return [];
    return [{ ciphertext: child.content, position: positionsPerTry * retryCountOf(child) + index }];
  });
}

function retryCountOf(enc: BinaryNode): number {
  const count = Number(enc.attrs.count);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function isAddressed(node: BinaryNode, self: Identity): boolean {
  try {
    decodeMessageNode(node, `${self.phone ?? ''}@s.whatsapp.net`, `${self.lid ?? ''}@lid`);
    return true;
  } catch {
    return false;
  }
}
