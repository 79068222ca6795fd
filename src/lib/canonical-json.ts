import { createHash } from 'node:crypto';

const depthMax = 200;

/**
 * JSON text that is the same for the same value, whatever the order in which its members were written (the ordering and
 * numbers of RFC 8785). Members that are undefined are left out, as JSON does. Throws on what JSON cannot say and on
 * values nested deeper than 200.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** SHA-256 in lower-case hex. Text counts as its UTF-8 bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function write(value: unknown, depth: number): string {
  if (depth > depthMax) throw new Error(`JSON nested deeper than ${depthMax}`);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return writeNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  if (isPlainObject(value)) return writeObject(value, depth);
  throw new Error(`JSON has no ${typeof value}`);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`JSON has no ${value}`);
  return JSON.stringify(value);
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${write(value[name], depth + 1)}`);
  return `{${members.join(',')}}`;
}

/** A Date, a Map or a Buffer would silently hash as `{}`: only what JSON.parse or an object literal gives is let through. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
