import type { Id } from '../../lib/index.ts';
import type { Vault } from '../../platform/index.ts';

/** Headers that an endpoint's owner wants with every delivery, such as a token of theirs. */
export type OwnHeaders = Readonly<Record<string, string>>;

const aad = (id: Id<'end'>, name: string): string => `endpoint:${id}:header:${name}`;

/** As they are stored: names in clear, to be shown, and each value sealed. Null when there are none. */
export function sealHeaders(vault: Vault, id: Id<'end'>, headers: OwnHeaders): string | null {
  const sealed = Object.entries(headers).map(([name, value]) => [
    name,
    vault.encrypt(value, aad(id, name)).toString('base64'),
  ]);
  return sealed.length === 0 ? null : JSON.stringify(Object.fromEntries(sealed));
}

export const openHeaders = (vault: Vault, id: Id<'end'>, stored: string | null): OwnHeaders =>
  Object.fromEntries(
    Object.entries(parse(stored)).map(([name, sealed]) => [
      name,
      vault.decrypt(Buffer.from(sealed, 'base64'), aad(id, name)).toString(),
    ]),
  );

export const headerNamesOf = (stored: string | null): readonly string[] => Object.keys(parse(stored));

/** The column holds what `sealHeaders` wrote. */
function parse(stored: string | null): Record<string, string> {
  return stored === null ? {} : (JSON.parse(stored) as Record<string, string>);
}
