import * as z from 'zod';
import { explainReason, type InstanceRow } from '../domain/instances/index.ts';
import { exampleId, exampleTime, idOut, renderTime, renderTimeOrNull, timeOut } from './schemas.ts';

export const instanceSchema = z
  .object({
    id: idOut('ins', 'The instance.'),
    customer_id: idOut('cus', 'Whose it is.'),
    network: z.string(),
    name: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    state: z
      .enum([
        'pending',
        'qr_required',
        'connecting',
        'connected',
        'reconnecting',
        'disconnected',
        'restricted',
        'failed',
      ])
      .meta({
        description: '`disconnected` and `failed` need somebody to act; `reconnecting` heals by itself.',
      }),
    reason: z.string().nullable().meta({ description: 'Why it is in this state, for machines. Never renamed.' }),
    meaning: z.string().nullable().meta({ description: 'The reason in a sentence.' }),
    what_to_do: z.string().nullable().meta({ description: 'What to do about it, in a sentence.' }),
    state_detail: z.string().nullable(),
    state_since: timeOut('Since when it is in this state.'),
    linked: z.boolean().meta({ description: 'Whether credentials are held: connecting needs no QR code then.' }),
    phone_number: z.string().nullable().meta({ description: 'Digits with country code, once linked.' }),
    profile_name: z.string().nullable(),
    linked_at: timeOut('When the QR code was scanned.').nullable(),
    last_connected_at: timeOut('When it was last connected.').nullable(),
    restriction: z
      .object({ code: z.string(), until: timeOut('When it is lifted, if that is known.').nullable() })
      .nullable()
      .meta({ description: 'Set while WhatsApp restricts the number.' }),
    created_at: timeOut('When it was made.'),
    updated_at: timeOut('When it was last changed.'),
  })
  .meta({
    id: 'Instance',
    examples: [
      {
        id: exampleId('ins'),
        customer_id: exampleId('cus'),
        network: 'whatsapp_web',
        name: 'Shop',
        metadata: {},
        state: 'connected',
        reason: null,
        meaning: null,
        what_to_do: null,
        state_detail: null,
        state_since: exampleTime,
        linked: true,
        phone_number: '4917012345678',
        profile_name: 'Bakery Müller',
        linked_at: exampleTime,
        last_connected_at: exampleTime,
        restriction: null,
        created_at: exampleTime,
        updated_at: exampleTime,
      },
    ],
  });

export type InstanceJson = z.output<typeof instanceSchema>;

export function renderInstance(row: InstanceRow): InstanceJson {
  const explained = explainReason(row.state_reason);
  return {
    id: row.id,
    customer_id: row.customer_id,
    network: row.network,
    name: row.name,
    metadata: asMetadata(row.metadata),
    state: asState(row.state),
    reason: row.state_reason,
    meaning: explained?.meaning ?? null,
    what_to_do: explained?.whatToDo ?? null,
    state_detail: row.state_detail,
    state_since: renderTime(row.state_since),
    linked: row.linked_at !== null,
    phone_number: row.phone,
    profile_name: row.profile_name,
    linked_at: renderTimeOrNull(row.linked_at),
    last_connected_at: renderTimeOrNull(row.last_connected_at),
    restriction:
      row.restricted_code === null
        ? null
        : { code: row.restricted_code, until: renderTimeOrNull(row.restricted_until) },
    created_at: renderTime(row.created_at),
    updated_at: renderTime(row.updated_at),
  };
}

/** A check of the column allows nothing else. */
function asState(state: string): InstanceJson['state'] {
  return state as InstanceJson['state'];
}

/** Written from a body that was an object. */
function asMetadata(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}
