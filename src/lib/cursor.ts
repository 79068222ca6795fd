type PartKinds = { string: string; number: number };

/** What a list sorts by, in order: `['string']` for an id, `['number', 'string']` for a time and an id. */
export type CursorShape = readonly (keyof PartKinds)[];

export type CursorParts<S extends CursorShape> = { -readonly [K in keyof S]: PartKinds[S[K]] };

/** Wide enough for a place in a list of somebody else's, whose words are not ours to shorten. */
const cursorCharsMax = 4_096;

/** The place of a row in a list, as text that a caller hands back unread. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The parts of a cursor of this shape; undefined for anything that `encodeCursor` would not have written. */
export function decodeCursor<const S extends CursorShape>(cursor: string, shape: S): CursorParts<S> | undefined {
  if (cursor.length > cursorCharsMax) return undefined;
  const parts = readParts(cursor);
  if (parts === undefined || !fits(parts, shape) || encodeCursor(parts) !== cursor) return undefined;
  return parts;
}

function readParts(cursor: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function fits<S extends CursorShape>(parts: unknown[], shape: S): parts is CursorParts<S> & (string | number)[] {
  return parts.length === shape.length && shape.every((kind, index) => typeof parts[index] === kind);
}
