/**
 * Small pure helpers that everything above may use: ids, waiting times, canonical JSON, cursors, a lock by key. No word
 * of the domain, no state that outlives a process, no file, socket or clock: time and chance are handed in (ids and
 * secrets draw on node:crypto). Imports nothing of ours.
 */
export { exponential, jittered, type Random, retryDelay } from './backoff.ts';
export { canonicalJson, sha256Hex } from './canonical-json.ts';
export { type CursorParts, type CursorShape, decodeCursor, encodeCursor } from './cursor.ts';
export { type Id, type IdPrefix, isId, newId } from './ids.ts';
export { createKeyedLock, type KeyedLock, type Release } from './keyed-lock.ts';
