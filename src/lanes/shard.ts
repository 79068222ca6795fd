import { createHash } from 'node:crypto';

/** How many slices the lanes are cut into; fixed for the life of an installation. */
const shards = 1024;

/** The slice that everything about one instance or endpoint falls into. */
export const shardOf = (scopeId: string): number =>
  createHash('sha256').update(scopeId).digest().readUInt32BE(0) % shards;
