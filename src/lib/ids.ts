import { randomBytes } from 'node:crypto';

/** Every kind of id there is. A prefix is API: it is never renamed and never reused. */
export type IdPrefix =
  | 'cus'
  | 'key'
  | 'ins'
  | 'msg'
  | 'con'
  | 'cht'
  | 'med'
  | 'evt'
  | 'end'
  | 'dlv'
  | 'att'
  | 'pau'
  | 'tpl'
  | 'ntc'
  | 'aud'
  | 'par'
  | 'req'
  | 'job'
  | 'wrk'
  | 'inb'
  | 'rpl'
  | 'cll'
  | 'lbl';

declare const idBrand: unique symbol;

/** A prefixed ULID, such as `msg_01J9Z3V8Q4T6W0X2Y5B7C9D1E3`. Opaque: nobody but this file looks inside. */
export type Id<P extends IdPrefix> = `${P}_${string}` & { readonly [idBrand]: P };

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeMaxMs = 2 ** 48 - 1;
const timeChars = 10;
const halfRange = 2 ** 40;
const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Milliseconds whose last id is remembered. Callers that hold a transaction's time mint ids for several at once. */
const recentMsMax = 256;

/** The 80 random bits as two halves of 40, so that plain numbers carry them. */
type Tail = { high: number; low: number };
const recentTails = new Map<number, Tail>();

/**
 * Ids made in one process for the same millisecond sort in the order in which they were made, also when callers with
 * different times take turns. Across processes and milliseconds they sort by time.
 */
export function newId<P extends IdPrefix>(prefix: P, nowMs: number): Id<P> {
  if (!Number.isInteger(nowMs) || nowMs < 0 || nowMs > timeMaxMs) {
    throw new Error(`an id needs a time in whole milliseconds, got ${nowMs}`);
  }
  const tail = nextTail(nowMs);
  return asId(prefix, `${base32(nowMs, timeChars)}${base32(tail.high, 8)}${base32(tail.low, 8)}`);
}

/** True for a well-formed id of this kind; says nothing about whether such a thing exists. */
export function isId<P extends IdPrefix>(prefix: P, value: unknown): value is Id<P> {
  return (
    typeof value === 'string' && value.startsWith(`${prefix}_`) && ulidPattern.test(value.slice(prefix.length + 1))
  );
}

/** Sorts before every id that was or will be made from this millisecond on, and behind those made earlier. */
export const firstIdAt = <P extends IdPrefix>(prefix: P, ms: number): Id<P> =>
  asId(prefix, base32(Math.min(Math.max(Math.floor(ms), 0), timeMaxMs), timeChars).padEnd(26, '0'));

/** When an id was made, in milliseconds since the epoch. */
export function timeOfId(id: Id<IdPrefix>): number {
  const time = id.slice(id.indexOf('_') + 1).slice(0, timeChars);
  return [...time].reduce((sum, letter) => sum * 32 + alphabet.indexOf(letter), 0);
}

function nextTail(nowMs: number): Tail {
  const tail = recentTails.get(nowMs);
  if (tail === undefined) {
    const fresh = randomTail();
    recentTails.set(nowMs, fresh);
    forgetOldest();
    return fresh;
  }
  tail.low += 1;
  if (tail.low === halfRange) {
    tail.low = 0;
    tail.high += 1;
  }
  return tail;
}

/** The top bit stays clear: half the range is left to count up in, so a millisecond never runs out of ids. */
function randomTail(): Tail {
  const bytes = randomBytes(10);
  return { high: bytes.readUIntBE(0, 5) % (halfRange / 2), low: bytes.readUIntBE(5, 5) };
}

function forgetOldest(): void {
  if (recentTails.size <= recentMsMax) return;
  for (const oldest of recentTails.keys()) {
    recentTails.delete(oldest);
    return;
  }
}

function base32(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** The brand exists in types only; this is the one place that puts it on. */
function asId<P extends IdPrefix>(prefix: P, ulid: string): Id<P> {
  return `${prefix}_${ulid}` as Id<P>;
}
