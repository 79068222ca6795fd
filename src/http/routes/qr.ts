import * as z from 'zod';
import { chooseType } from '../accepted-type.ts';
import type { Edge } from '../edge.ts';
import { drawPng, drawText } from '../qr-picture.ts';
import { readQr } from '../read-qr.ts';
import { exampleTime, renderTime, timeOut } from '../schemas.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const qrSchema = z
  .object({
    qr: z.string().meta({ description: 'What the code says, to draw it yourself.' }),
    png: z.string().meta({ description: 'The code as a data URI, ready for <img src>.' }),
    expires_at: timeOut('When the next code replaces it.'),
    state: z.string(),
  })
  .meta({
    id: 'QrCode',
    examples: [{ qr: '2@…', png: 'data:image/png;base64,iVBORw0KGgo…', expires_at: exampleTime, state: 'qr_required' }],
  });

export function addQrRoutes(edge: Edge): void {
  const { app } = edge;

  app.get(
    '/v1/instances/:id/qr',
    {
      config: { errors: ['instance_not_found', 'no_qr', 'already_linked'] },
      schema: {
        operationId: 'readQr',
        summary: 'The QR code to scan',
        description:
          'Waits up to QR_WAIT_MS for one. With `Accept: image/png` the answer is the picture, with `Accept: text/plain` it is drawn for a terminal.',
        tags: ['Instances'],
        params: instanceParams,
        response: {
          200: {
            description: 'The code that is shown now.',
            content: {
              'application/json': { schema: qrSchema },
              'image/png': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) },
              'text/plain': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const id = readInstanceId(request.params.id);
      const { code, instance } = await readQr(edge, edge.callerOf(request), id);
      reply.header('cache-control', 'no-store');
      const type = chooseType(request.headers.accept, ['application/json', 'image/png', 'text/plain']);
      if (type === 'image/png') return reply.type(type).send(drawPng(code.qr));
      if (type === 'text/plain') return reply.type(`${type}; charset=utf-8`).send(drawText(code.qr));
      return {
        qr: code.qr,
        png: `data:image/png;base64,${drawPng(code.qr).toString('base64')}`,
        expires_at: renderTime(code.expiresAtMs),
        state: instance.state,
      };
    },
  );
}
