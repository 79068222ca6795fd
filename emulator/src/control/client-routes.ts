import { z } from 'zod';
import { deviceRemoved, replaced, streamError, unlinkClient } from '../server/unlink.ts';
import { clientsOf } from '../world/accounts.ts';
import type { Connection, World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireClient } from './lookup.ts';
import { clientParams, clientSchema, disconnectInput, errorSchema, numberParams } from './schemas.ts';
import type { ControlServer } from './server.ts';
import { viewClient } from './views.ts';

type DisconnectKind = z.infer<typeof disconnectInput>['kind'];

const DISCONNECTS: Record<DisconnectKind, (connection: Connection) => void> = {
  device_removed: (connection) => connection.end(deviceRemoved()),
  replaced: (connection) => connection.end(replaced()),
  restart_515: (connection) => connection.end(streamError(515)),
  unavailable_503: (connection) => connection.end(streamError(503)),
  drop: (connection) => connection.terminate(),
  half_open: (connection) => connection.mute(),
};

/** Linked clients: how they are, and the ways in which they lose their connection. */
export const addClientRoutes = (server: ControlServer, world: World): void => {
  server.get(
    '/control/phones/:number/clients',
    {
      schema: {
        summary: 'Clients linked to a phone',
        params: numberParams,
        response: { 200: z.array(clientSchema), 404: errorSchema },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      return clientsOf(state).map((device) => viewClient(state, device));
    },
  );
  server.post(
    '/control/phones/:number/clients/:device/disconnect',
    {
      schema: {
        summary: 'Disconnect a client in one of the ways the real server does; its link stays',
        params: clientParams,
        body: disconnectInput,
        response: { 202: z.object({ kind: z.string() }), 404: errorSchema, 409: errorSchema },
      },
    },
    async (request, reply) => {
      const { number, device } = request.params;
      const state = requireAccount(world, number);
      requireClient(state, device);
      const connection = state.connections.get(device);
      if (!connection) throw new ControlError('client_offline', 'this client is not connected');
      DISCONNECTS[request.body.kind](connection);
      return reply.code(202).send({ kind: request.body.kind });
    },
  );
  server.delete(
    '/control/phones/:number/clients/:device',
    {
      schema: {
        summary:
          'The person unlinks the client on the phone: it is told if it is online, its next login fails with 401',
        params: clientParams,
        response: { 204: z.null(), 404: errorSchema },
      },
    },
    async (request, reply) => {
      const state = requireAccount(world, request.params.number);
      requireClient(state, request.params.device);
      unlinkClient(world, state, request.params.device);
      return reply.code(204).send(null);
    },
  );
};
