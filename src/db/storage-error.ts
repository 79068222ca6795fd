import { GatewayError } from '../platform/index.ts';

/** SQLite's primary result codes for "this cannot be kept": I/O error, full disk, read-only file, locked or corrupt file. */
const storageCodes = new Set([5, 6, 8, 10, 11, 13, 14, 26]);

/** Wraps, once, what the disk did to us; everything else (a broken statement, a broken constraint) is returned as it is. */
export function asStorageError(error: unknown): unknown {
  if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') {
    if (storageCodes.has(error.errcode & 0xff)) return new GatewayError('storage_unavailable', {}, { cause: error });
  }
  return error;
}
