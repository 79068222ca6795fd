/**
 * Small pure helpers that everything above may use: ids, waiting times, canonical JSON, names in snake_case, cursors, a lock by key, token
 * buckets, webhook signatures, kinds of addresses and of files, how loud a sound is, phone numbers. No word of the domain, no file, socket or clock, and no state beyond
 * what keeps ids in order: time and chance are handed in (ids and secrets draw on node:crypto). Imports nothing of ours.
 */
export {
  type AddressClass,
  type AddressVerdict,
  type AllowList,
  isListedHost,
  isLocalHost,
  isMetadataHost,
  parseAllowList,
  vetAddress,
} from './addresses.ts';
export { exponential, type Random, retryDelay } from './backoff.ts';
export { canonicalJson, sha256Hex } from './canonical-json.ts';
export { type CursorParts, type CursorShape, decodeCursor, encodeCursor } from './cursor.ts';
export { firstIdAt, type Id, type IdPrefix, isId, newId, timeOfId } from './ids.ts';
export { createKeyedLock, type KeyedLock, type Release } from './keyed-lock.ts';
export { createLoudness } from './loudness.ts';
export { type SniffedMedia, sniffMedia } from './media-types.ts';
export { findLink, readPagePreview } from './page-preview.ts';
export { listOtherSpellings, type Msisdn, normaliseMsisdn } from './phone-numbers.ts';
export { newWebhookSecret, signSluice, signStandard } from './signatures.ts';
export { snakeKeys, toSnakeCase } from './snake-keys.ts';
export { type BucketSize, refillBucket, type TokenBucket, takeToken, waitForTokens } from './token-bucket.ts';
