import fastifySwagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { ControlError } from './errors.ts';
import { requireNoForeignPage } from './guard.ts';

const BODY_BYTES_MAX = 8 * 1024 * 1024;

export type ControlServer = ReturnType<typeof typedServer>;

const typedServer = (server: FastifyInstance) => server.withTypeProvider<ZodTypeProvider>();

/**
 * The HTTP side without its routes: who may ask, schemas, errors and the OpenAPI document at /openapi.json. `host` is what it
 * will listen on.
 */
export const createControlServer = async (version: string, host: string): Promise<ControlServer> => {
  const server = fastify({ logger: false, bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  server.setValidatorCompiler(validatorCompiler);
  // Answers are built by typed views; checking each of fifty thousand rows again would only hold up the clients.
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  await server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice emulator', version, description: 'Phones, their messages, and what goes wrong.' },
    },
    transform: jsonSchemaTransform,
  });
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' });
    requireNoForeignPage(request.method, request.headers, host);
  });
  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof ControlError) {
      return reply.code(error.statusCode).send({ error: { code: error.code, message: error.message } });
    }
    const { statusCode, message } = error as { statusCode?: number; message: string };
    const code = hasZodFastifySchemaValidationErrors(error)
      ? 'invalid_request'
      : statusCode && statusCode < 500
        ? 'invalid_request'
        : 'internal';
    return reply.code(statusCode ?? 500).send({ error: { code, message } });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: { code: 'not_found', message: `there is no ${request.method} ${request.url}` } }),
  );
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  return typedServer(server);
};
