import * as z from 'zod';
import type { CustomerRow } from '../domain/customers/index.ts';
import { exampleId, exampleTime, idOut, renderTime, timeOut } from './schemas.ts';

export const customerSchema = z
  .object({
    id: idOut('cus', 'The customer.'),
    name: z.string(),
    rate_limit: z.object({
      burst: z.number().int().nullable().meta({ description: "Null: the installation's own figure." }),
      per_second: z.number().nullable().meta({ description: "Null: the installation's own figure." }),
    }),
    created_at: timeOut('When it was made.'),
  })
  .meta({
    id: 'Customer',
    examples: [
      {
        id: exampleId('cus'),
        name: 'Bakery Müller',
        rate_limit: { burst: null, per_second: null },
        created_at: exampleTime,
      },
    ],
  });

export const renderCustomer = (row: CustomerRow): z.output<typeof customerSchema> => ({
  id: row.id,
  name: row.name,
  rate_limit: { burst: row.rate_limit_burst, per_second: row.rate_limit_per_second },
  created_at: renderTime(row.created_at),
});
