import * as z from 'zod';
import { readProxy, requireInstance, setProxy } from '../../domain/instances/index.ts';
import { GatewayError, readProxyUrl } from '../../platform/index.ts';
import type { Edge } from '../edge.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const proxySchema = z
  .object({
    proxy: z
      .object({
        protocol: z.string(),
        host: z.string().meta({ description: 'Host and port.' }),
        username: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'Null for none. The password is never shown.' }),
  })
  .meta({
    id: 'InstanceProxy',
    examples: [{ proxy: { protocol: 'socks5', host: 'proxy.example.com:1080', username: 'shop' } }],
  });

export function addProxyRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const path = '/v1/instances/:id/proxy';

  app.get(
    path,
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'readProxy',
        summary: 'Read the proxy of an instance',
        tags: ['Instances'],
        params: instanceParams,
        response: { 200: proxySchema },
      },
    },
    async (request) => {
      const id = readInstanceId(request.params.id);
      return { proxy: readProxy(deps.vault, await requireInstance(deps.db.read, edge.callerOf(request), id)) };
    },
  );

  app.put(
    path,
    {
      config: { errors: ['instance_not_found', 'proxy_forbidden'] },
      schema: {
        operationId: 'setProxy',
        summary: 'Give an instance a proxy',
        description:
          'All that the instance says to WhatsApp goes through it, or not at all. A connection that is open is opened anew.',
        tags: ['Instances'],
        params: instanceParams,
        body: z
          .strictObject({
            url: z
              .string()
              .min(1)
              .max(2_048)
              .meta({ description: 'http://, https:// or socks5://, with user and password if it asks for them.' }),
          })
          .meta({ examples: [{ url: 'socks5://shop:secret@proxy.example.com:1080' }] }),
        response: { 200: proxySchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const id = readInstanceId(request.params.id);
      await requireInstance(deps.db.read, caller, id);
      const read = readProxyUrl(request.body.url);
      if (!read.ok) {
        throw new GatewayError('invalid_request', { in: 'body', fields: [{ field: 'url', problem: read.why }] });
      }
      const found = await deps.findAddress(read.url.hostname);
      if (!found.ok) throw new GatewayError('proxy_forbidden', { problem: found.why });
      return { proxy: await deps.db.tx((tx) => setProxy(tx, deps.vault, caller, { id, url: read.url })) };
    },
  );

  app.delete(
    path,
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'removeProxy',
        summary: 'Take the proxy of an instance away',
        description: 'It reaches WhatsApp directly from now on.',
        tags: ['Instances'],
        params: instanceParams,
        response: { 204: z.undefined().describe('It has no proxy.') },
      },
    },
    async (request, reply) => {
      const id = readInstanceId(request.params.id);
      await deps.db.tx((tx) => setProxy(tx, deps.vault, edge.callerOf(request), { id, url: null }));
      return reply.code(204).send();
    },
  );
}
