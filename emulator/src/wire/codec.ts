import { inflateSync } from 'node:zlib';
import { type BinaryNode, decodeDecompressedBinaryNode, encodeBinaryNode } from 'baileys';
import * as constants from 'baileys/lib/WABinary/constants.js';

const INFLATED_BYTES_MAX = 16 * 1024 * 1024;

/** Reads one stanza, inflating it first if its flag byte says so. Throws on garbage. */
export const decodeStanza = (bytes: Buffer): BinaryNode => {
  const flags = bytes[0] ?? 0;
  const body = flags & 2 ? inflateSync(bytes.subarray(1), { maxOutputLength: INFLATED_BYTES_MAX }) : bytes.subarray(1);
  return decodeDecompressedBinaryNode(body, constants);
};

export const encodeStanza = (node: BinaryNode): Buffer => encodeBinaryNode(node);
