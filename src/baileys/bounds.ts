/** WhatsApp's limit of a text, in UTF-16 units. */
export const textCharsMax = 65_536;
/** Of names, titles, ids and addresses: no client lets anybody write more. */
export const nameCharsMax = 1024;

/** Takes what a stranger wrote within bounds, and remembers whether anything was too long for them. */
export type Bounds = {
  /** Undefined for what is no text or an empty one; what it gives is well-formed and no longer than `charsMax`. */
  text(value: unknown, charsMax: number): string | undefined;
  /** The first `countMax` of a list; none of what is no list. */
  list<T>(values: readonly T[] | null | undefined, countMax: number): readonly T[];
  exceeded(): boolean;
};

export function createBounds(): Bounds {
  let exceeded = false;
  return {
    text: (value, charsMax) => {
      if (typeof value !== 'string' || value === '') return undefined;
      if (value.length > charsMax) exceeded = true;
      return value.slice(0, charsMax).toWellFormed();
    },
    list: (values, countMax) => {
      if (!Array.isArray(values)) return [];
      if (values.length > countMax) exceeded = true;
      return values.slice(0, countMax);
    },
    exceeded: () => exceeded,
  };
}

/** A whole number that JSON can hold, and that is none below zero; undefined for anything else. */
export function wholeOf(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The same, where nought means that nothing is said. */
export function countOf(value: unknown): number | undefined {
  return wholeOf(value) || undefined;
}

/** A number within bounds; undefined for anything else, so that nothing reaches JSON that it has not. */
export function numberIn(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}

const timeMaxMs = 8.64e15;

/** ISO-8601 in UTC; undefined for nought and for what is no time that a date can hold. */
export function timeTextOf(ms: number | undefined): string | undefined {
  return ms === undefined || ms === 0 || ms > timeMaxMs ? undefined : new Date(ms).toISOString();
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same fields without those that are undefined. */
export function present<T extends object>(fields: T): Present<T> {
  return withoutUndefined(fields) as Present<T>;
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
