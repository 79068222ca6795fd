import { proto } from 'baileys';

/** A message in the network's own words: the protobuf as JSON, its bytes in base64. Null for what cannot be decoded. */
export function describeRaw(raw: Uint8Array): unknown {
  try {
    return proto.Message.decode(raw).toJSON();
  } catch {
    return null;
  }
}
