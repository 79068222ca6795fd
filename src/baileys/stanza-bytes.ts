import { type BinaryNode, decodeDecompressedBinaryNode, encodeBinaryNode } from 'baileys';
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS, TAGS } from 'baileys/lib/WABinary/constants.js';

const flagsBytes = 1;

/**
 * A stanza as the bytes of its binary XML, uncompressed. What came off the wire can be encoded again; should one ever not
 * be, its tag and attributes are kept rather than the line lost over it.
 */
export function encodeStanza(node: BinaryNode): Uint8Array {
  try {
    return encodeBinaryNode(node);
  } catch {
    return encodeBinaryNode({ tag: node.tag, attrs: { ...node.attrs, sluice_content: 'not_encodable' } });
  }
}

/** Throws on bytes that `encodeStanza` did not make. Baileys' own decoder is asynchronous only because of compression. */
export function decodeStanza(bytes: Uint8Array): BinaryNode {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(flagsBytes);
  return decodeDecompressedBinaryNode(body, { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS, TAGS });
}

export function childrenOf(node: BinaryNode | undefined): readonly BinaryNode[] {
  return Array.isArray(node?.content) ? node.content : [];
}

export function childOf(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return childrenOf(node).find((child) => child.tag === tag);
}

export function textOf(node: BinaryNode | undefined): string | undefined {
  if (typeof node?.content === 'string') return node.content;
  return node?.content instanceof Uint8Array ? Buffer.from(node.content).toString('utf8') : undefined;
}

/** WhatsApp gives seconds; a stanza without a usable time counts as of when it came. Milliseconds. */
export function timeOf(node: BinaryNode, receivedAtMs: number): number {
  const seconds = Number(node.attrs.t);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1000 : receivedAtMs;
}
