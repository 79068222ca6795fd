/** A name of ours as the API and receivers read it: `mimeType` becomes `mime_type`. */
export function toSnakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** The same plain JSON with all of its members' names in snake_case. For names that we gave, not for what others may name. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [toSnakeCase(name), snakeKeys(member)]));
}
