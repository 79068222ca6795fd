import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { type Endpoint, seenInstanceIds, toEndpoint } from './endpoint.ts';
import { type EndpointRow, selectEndpoint, selectEndpoints } from './endpoints.sql.ts';

/** Newest first, those before `before`. */
export async function listEndpoints(
  from: Tx | Reader,
  caller: Caller,
  page: { readonly before: Id<'end'> | null; readonly limit: number },
): Promise<Endpoint[]> {
  const rows = await selectEndpoints(from, caller.customerId, { ...page, instanceIds: seenInstanceIds(caller) });
  return rows.map(toEndpoint);
}

/** An endpoint that this caller may see; undefined when there is none, whoever else may have it. */
export async function readEndpoint(from: Tx | Reader, caller: Caller, id: Id<'end'>): Promise<Endpoint | undefined> {
  const row = await readEndpointRow(from, caller, id);
  return row && toEndpoint(row);
}

/** An endpoint that this caller may see; throws `endpoint_not_found`, whoever else may have it. */
export async function requireEndpoint(from: Tx | Reader, caller: Caller, id: Id<'end'>): Promise<Endpoint> {
  return toEndpoint(await requireEndpointRow(from, caller, id));
}

export async function requireEndpointRow(from: Tx | Reader, caller: Caller, id: Id<'end'>): Promise<EndpointRow> {
  const row = await readEndpointRow(from, caller, id);
  if (!row) throw new GatewayError('endpoint_not_found', { id });
  return row;
}

export async function readEndpointRow(
  from: Tx | Reader,
  caller: Caller,
  id: Id<'end'>,
): Promise<EndpointRow | undefined> {
  const row = await selectEndpoint(from, caller.customerId, id);
  const seen = seenInstanceIds(caller);
  return seen === null || row?.instance_ids === seen ? row : undefined;
}
