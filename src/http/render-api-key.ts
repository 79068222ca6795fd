import * as z from 'zod';
import type { ApiKeyRow } from '../domain/customers/index.ts';
import { exampleId, exampleTime, idOut, renderTime, renderTimeOrNull, timeOut } from './schemas.ts';

const fields = {
  id: idOut('key', 'The API key.'),
  customer_id: idOut('cus', 'Whose it is.'),
  instance_id: idOut('ins', 'Set when the key is bound to one instance and sees no other.').nullable(),
  name: z.string(),
  prefix: z.string().meta({ description: 'The first characters of the key, to tell keys apart.' }),
  created_at: timeOut('When it was made.'),
  expires_at: timeOut('From when on it is refused.').nullable(),
  revoked_at: timeOut('Since when it is refused.').nullable(),
  last_used_at: timeOut('When it was last used, to the minute.').nullable(),
};

const example = {
  id: exampleId('key'),
  customer_id: exampleId('cus'),
  instance_id: null,
  name: 'crm',
  prefix: 'slc_live_a1b',
  created_at: exampleTime,
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
};

export const apiKeySchema = z.object(fields).meta({ id: 'ApiKey', examples: [example] });

export const newApiKeySchema = z
  .object({ ...fields, secret: z.string().meta({ description: 'The key itself. Shown here and never again.' }) })
  .meta({ id: 'NewApiKey', examples: [{ ...example, secret: 'slc_live_…' }] });

export const renderApiKey = (row: ApiKeyRow): z.output<typeof apiKeySchema> => ({
  id: row.id,
  customer_id: row.customer_id,
  instance_id: row.instance_id,
  name: row.name,
  prefix: row.prefix,
  created_at: renderTime(row.created_at),
  expires_at: renderTimeOrNull(row.expires_at),
  revoked_at: renderTimeOrNull(row.revoked_at),
  last_used_at: renderTimeOrNull(row.last_used_at),
});
