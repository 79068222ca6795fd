import * as z from 'zod';
import type { AuditRow } from '../domain/audit/index.ts';
import { exampleId, exampleTime, idOut, renderTime, timeOut } from './schemas.ts';

export const auditEventSchema = z
  .object({
    id: idOut('aud', 'The audit event.'),
    actor: z.string().meta({ description: '`key:<id>`, `admin` or `system`.' }),
    action: z.string(),
    target: z.string().meta({ description: 'The id of what it was done to.' }),
    instance_id: idOut('ins', 'The instance that it concerns.').nullable(),
    correlation_id: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
    at: timeOut('When it was done.'),
  })
  .meta({
    id: 'AuditEvent',
    examples: [
      {
        id: exampleId('aud'),
        actor: `key:${exampleId('key')}`,
        action: 'instance.created',
        target: exampleId('ins'),
        instance_id: exampleId('ins'),
        correlation_id: exampleId('req'),
        detail: {},
        at: exampleTime,
      },
    ],
  });

export const renderAuditEvent = (row: AuditRow): z.output<typeof auditEventSchema> => ({
  id: row.id,
  actor: row.actor,
  action: row.action,
  target: row.target,
  instance_id: row.instance_id,
  correlation_id: row.correlation_id,
  detail: asDetail(row.detail),
  at: renderTime(row.at),
});

/** Only `recordAudit` writes this column. */
function asDetail(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}
