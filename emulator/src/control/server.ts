import fastifySwagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { ControlError } from './errors.ts';

const BODY_BYTES_MAX = 8 * 1024 * 1024;

export type ControlServer = ReturnType<typeof typedServer>;

const typedServer = (server: FastifyInstance) => server.withTypeProvider<ZodTypeProvider>();

/** The HTTP side without its routes: schemas, errors and the OpenAPI document at /openapi.json. */
export const createControlServer = async (version: string): Promise<ControlServer> => {
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
