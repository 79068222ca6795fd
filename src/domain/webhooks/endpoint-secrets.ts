import type { Id } from '../../lib/index.ts';
import type { Vault } from '../../platform/index.ts';
import type { EndpointRow } from './endpoints.sql.ts';

/** What a sealed secret is and whose, so that one cannot be passed off as another. */
export const secretAad = (id: Id<'end'>): string => `endpoint:${id}`;

/** Every secret that signs at this time, the newest first. */
export function openSecrets(
  vault: Vault,
  endpoint: Pick<EndpointRow, 'id' | 'sealed_secret' | 'sealed_previous_secret' | 'previous_secret_until'>,
  nowMs: number,
): readonly string[] {
  const overlaps = (endpoint.previous_secret_until ?? 0) > nowMs;
  const previous = overlaps ? endpoint.sealed_previous_secret : null;
  const sealed = previous ? [endpoint.sealed_secret, previous] : [endpoint.sealed_secret];
  return sealed.map((one) => vault.decrypt(one, secretAad(endpoint.id)).toString());
}
