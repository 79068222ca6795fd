import { z } from 'zod';
import { FAULT_KINDS } from '../faults/table.ts';

/** The shapes of the control API; OpenAPI is made from them. */

export const numberSchema = z.string().regex(/^[1-9]\d{5,17}$/, 'a phone number: digits with country code, no plus');
/** A person by number, or a group by its JID. */
export const chatIdSchema = z
  .string()
  .regex(/^([1-9]\d{5,17}|\d{6,30}(-\d{1,20})?@g\.us)$/, 'a phone number, or the JID of a group');
export const numberParams = z.object({ number: numberSchema });
export const clientParams = z.object({ number: numberSchema, device: z.coerce.number().int().min(1) });

export const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export const phoneInput = z.strictObject({
  number: numberSchema.optional(),
  name: z.string().min(1).max(100).optional(),
  lid: z
    .string()
    .regex(/^[1-9]\d{5,17}$/)
    .optional(),
  devices: z.number().int().min(1).max(5).default(1),
  auto_delivered: z.boolean().default(true),
  auto_read: z.boolean().default(false),
});

export const phonePatch = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  online: z.boolean().optional(),
  auto_delivered: z.boolean().optional(),
  auto_read: z.boolean().optional(),
  answer_retry: z.boolean().optional(),
  /** How clients linked from now on get what the phone has seen: within messages, or as sealed files. */
  history: z.enum(['inline', 'file']).optional(),
  about: z.string().max(256).optional(),
});

/** Whether the person is there, on any device, and where they type. */
export const presenceSchema = z.object({
  available: z.boolean(),
  last_seen: z.string().nullable(),
  typing: z.array(z.object({ chat: z.string(), state: z.string() })),
});

export const phoneSchema = z.object({
  number: z.string(),
  lid: z.string(),
  name: z.string(),
  devices: z.array(z.object({ id: z.number(), kind: z.enum(['phone', 'extra', 'client']), online: z.boolean() })),
  auto_delivered: z.boolean(),
  auto_read: z.boolean(),
  answer_retry: z.boolean(),
  history: z.enum(['inline', 'file']),
  about: z.string(),
  online: z.boolean(),
  has_picture: z.boolean(),
  presence: presenceSchema,
});

export const scanInput = z.strictObject({ qr: z.string().min(1).max(4096) });
/** As people type it: in either case, with or without the dash in the middle. */
export const linkCodeInput = z.strictObject({ code: z.string().min(8).max(9) });
export const scanSchema = z.object({ number: z.string(), device: z.number(), jid: z.string(), lid: z.string() });

export const clientSchema = z.object({
  device: z.number(),
  jid: z.string(),
  lid: z.string(),
  online: z.boolean(),
  linked_at: z.string(),
  platform: z.string(),
  last_login_at: z.string().nullable(),
  prekeys_left: z.number(),
  undelivered: z.number(),
});

export const disconnectInput = z.strictObject({
  kind: z.enum(['device_removed', 'replaced', 'restart_515', 'unavailable_503', 'drop', 'half_open']),
});

export const deliverySchema = z.object({
  id: z.string(),
  stanza: z.number(),
  device: z.number(),
  from: z.string(),
  from_device: z.number(),
  enc_type: z.string(),
  count: z.number().nullable(),
  bytes: z.number(),
  sha256: z.string(),
  at: z.string(),
  class: z.enum(['first', 'resend', 'server_duplicate', 'retry_resend']),
  own: z.boolean(),
  decrypted: z.boolean(),
  error: z.string().nullable(),
});

export const receiptSchema = z.object({
  id: z.string(),
  type: z.string(),
  from: z.string(),
  device: z.number(),
  at: z.string(),
});

export const countersSchema = z.object({
  raw: z.number(),
  shown: z.number(),
  applied: z.number(),
  resends: z.number(),
  server_duplicates: z.number(),
  retry_resends: z.number(),
  undecryptable: z.number(),
  own_copies: z.number(),
});

export const statsSchema = countersSchema.extend({
  phones: z.number(),
  clients: z.number(),
  clients_online: z.number(),
  undelivered: z.number(),
  cpu_ms: z.number(),
  rss_bytes: z.number(),
});

export const readInput = z.strictObject({
  with: chatIdSchema.optional(),
  ids: z.array(z.string()).max(10_000).optional(),
});

export const faultInput = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  number: numberSchema.optional(),
  device: z.number().int().min(0).optional(),
  count: z.number().int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
  ms: z.number().min(0).max(600_000).optional(),
  code: z.number().int().min(100).max(999).optional(),
  xmlns: z.string().optional(),
  when: z.enum(['before', 'after']).optional(),
  to: z.enum(['client', 'phone']).optional(),
  direction: z.enum(['in', 'out', 'both']).optional(),
  left: z.number().int().min(0).optional(),
});

export const faultSchema = faultInput.extend({ id: z.string(), struck: z.number() });

/** What can go wrong; `fields` are those that the sentence speaks of, and `schemas` is the shape of every field. */
export const faultKindsSchema = z.object({
  data: z.array(z.object({ kind: z.enum(FAULT_KINDS), what: z.string(), fields: z.array(z.string()) })),
  schemas: z.record(z.string(), z.unknown()),
});

export const waitingSchema = z.object({
  platform: z.string(),
  /** The number for which the client shows an eight-character code, if it shows one. */
  code_for: z.string().nullable(),
});
