import * as z from 'zod';
import { recordAudit } from '../../domain/audit/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { normaliseMsisdn } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { chooseType } from '../accepted-type.ts';
import type { Edge } from '../edge.ts';
import { drawPng, drawText } from '../qr-picture.ts';
import { readQr, requestLinkCode } from '../read-qr.ts';
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

const linkCodeSchema = z
  .object({
    code: z.string().meta({ description: 'Eight characters; WhatsApp shows them in two groups of four.' }),
    phone_number: z.string().meta({ description: 'The number that it is for, digits with country code.' }),
  })
  .meta({ id: 'LinkCode', examples: [{ code: 'ABCD1234', phone_number: '4917012345678' }] });

export function addQrRoutes(edge: Edge): void {
  const { app, deps } = edge;

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

  app.post(
    '/v1/instances/:id/link-code',
    {
      config: { errors: ['instance_not_found', 'no_qr', 'already_linked', 'not_supported', 'recipient_invalid'] },
      schema: {
        operationId: 'requestLinkCode',
        summary: 'A code to type into the phone instead of scanning',
        description:
          'For whoever has the phone and this screen in one hand: WhatsApp > Linked devices > Link with phone number. The instance must be connected and show QR codes; the code is good for as long as it does, and a further one replaces it.',
        tags: ['Instances'],
        params: instanceParams,
        body: z
          .strictObject({
            phone_number: z.string().min(1).max(64).meta({ description: 'Of the phone that is to be linked.' }),
          })
          .meta({ examples: [{ phone_number: '+49 170 12345678' }] }),
        response: { 200: linkCodeSchema },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      const id = readInstanceId(request.params.id);
      const { phone_number: to } = request.body;
      const number = normaliseMsisdn(to);
      if (!number.ok) throw new GatewayError('recipient_invalid', { to, problem: number.why });
      const instance = await requireInstance(deps.db.read, caller, id);
      deps.networkAccess.requireCapability(instance, 'link_by_code');
      const code = await requestLinkCode(edge, caller, id, number.msisdn);
      await deps.db.tx((tx) =>
        recordAudit(tx, caller, { action: 'instance.link_code_requested', target: id, instanceId: id }),
      );
      reply.header('cache-control', 'no-store');
      return { code, phone_number: number.msisdn };
    },
  );
}
