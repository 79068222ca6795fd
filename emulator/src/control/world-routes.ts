import { z } from 'zod';
import { forgetOneTimeKeys } from '../clients/prekeys.ts';
import { FAULT_KINDS, FAULTS, type FaultInput } from '../faults/table.ts';
import { nowMs } from '../lib/clock.ts';
import { clientsOf } from '../world/accounts.ts';
import type { World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { errorSchema, faultInput, faultKindsSchema, faultSchema, statsSchema, waitingSchema } from './schemas.ts';
import type { ControlServer } from './server.ts';
import { viewStats } from './views.ts';

const LOW_KEYS_DEFAULT = 3;

/** Low keys show at once with clients that are online; others meet them at their next login. */
const strikeLowKeys = (world: World, input: FaultInput): void => {
  for (const state of world.accounts.values()) {
    for (const client of clientsOf(state)) {
      const struck =
        state.connections.has(client.id) && world.faults.strike('low_prekeys', state.account.number, client.id);
      if (struck) forgetOneTimeKeys(world, state, client.id, input.left ?? LOW_KEYS_DEFAULT);
    }
  }
};

const faultRoutes = (server: ControlServer, world: World): void => {
  server.post(
    '/control/faults',
    { schema: { summary: 'Make something go wrong', body: faultInput, response: { 201: faultSchema } } },
    async (request, reply) => {
      const fault = world.faults.create(request.body);
      if (fault.kind === 'low_prekeys') strikeLowKeys(world, fault);
      return reply.code(201).send(fault);
    },
  );
  server.get(
    '/control/faults',
    { schema: { summary: 'What is set to go wrong', response: { 200: z.object({ data: z.array(faultSchema) }) } } },
    async () => ({ data: world.faults.list() }),
  );
  server.get(
    '/control/fault-kinds',
    { schema: { summary: 'What can be made to go wrong, and with which fields', response: { 200: faultKindsSchema } } },
    async () => viewFaultKinds(),
  );
  server.delete(
    '/control/faults',
    { schema: { summary: 'Let everything go right again', response: { 204: z.null() } } },
    async (_request, reply) => {
      world.faults.endAll();
      return reply.code(204).send(null);
    },
  );
  server.delete(
    '/control/faults/:id',
    {
      schema: {
        summary: 'End one fault',
        params: z.object({ id: z.string() }),
        response: { 204: z.null(), 404: errorSchema },
      },
    },
    async (request, reply) => {
      if (!world.faults.end(request.params.id)) throw new ControlError('fault_not_found', 'there is no such fault');
      return reply.code(204).send(null);
    },
  );
};

const FIELDS = z.toJSONSchema(faultInput, { target: 'openapi-3.0' }).properties ?? {};

/** A fault's sentence has the names of its fields between backticks. */
const viewFaultKinds = () => ({
  data: FAULT_KINDS.map((kind) => {
    const named = [...FAULTS[kind].matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    return { kind, what: FAULTS[kind], fields: [...new Set(named)].filter((name) => name in FIELDS) };
  }),
  schemas: FIELDS,
});

const viewWaiting = (world: World) =>
  [...new Set(world.waiting.values())].map(({ platform, linkCode }) => ({
    platform,
    code_for: linkCode && linkCode.expiresAt > nowMs() ? linkCode.number : null,
  }));

const infoSchema = z.object({
  ws_url: z.string(),
  root_key: z.string(),
  media_url: z.string(),
  media_ca_path: z.string(),
  version: z.string(),
});
export type Info = z.infer<typeof infoSchema>;

export const addWorldRoutes = (server: ControlServer, world: World, readInfo: () => Info): void => {
  server.get(
    '/control/info',
    {
      schema: {
        summary: 'Where clients connect, and the root key and the certificate that their trust starts from',
        response: { 200: infoSchema },
      },
    },
    async () => readInfo(),
  );
  server.get('/control/stats', { schema: { summary: 'Totals', response: { 200: statsSchema } } }, async () =>
    viewStats(world),
  );
  server.get(
    '/control/waiting',
    {
      schema: {
        summary: 'Clients that show a QR code or an eight-character code now, and wait to be linked',
        response: { 200: z.object({ data: z.array(waitingSchema) }) },
      },
    },
    async () => ({ data: viewWaiting(world) }),
  );
  faultRoutes(server, world);
};
