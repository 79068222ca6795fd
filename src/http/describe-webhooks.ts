import { eventBodies } from './event-schemas/index.ts';

type Json = Record<string, unknown>;

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});

/** Those of Standard Webhooks; ours beside them have a prefix that operators choose. */
export const webhookParameters = {
  WebhookId: header('webhook-id', "The event's id, the same at every attempt and every replay."),
  WebhookTimestamp: header('webhook-timestamp', 'When this attempt was signed, in seconds since 1970.'),
  WebhookSignature: header('webhook-signature', '`v1,` and base64; several, with spaces between, during a rotation.'),
};

/** What endpoints are sent, for the `webhooks` of the API's description: one POST for each event. */
export const describeWebhooks = (): Record<string, Json> =>
  Object.fromEntries(eventBodies.map((body) => [body.type, { post: describePost(body) }]));

const describePost = ({ type, when, component, example }: (typeof eventBodies)[number]): Json => ({
  operationId: `on${component.replace(/Event$/, '')}`,
  summary: `${type}: ${when}`,
  tags: ['Webhooks'],
  security: [],
  parameters: Object.keys(webhookParameters).map((name) => ({ $ref: `#/components/parameters/${name}` })),
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${component}` }, example } },
  },
  responses: {
    '2XX': { description: 'It is delivered. Answer soon, and do the work afterwards.' },
    '410': { description: 'The endpoint is disabled.' },
    default: { description: 'Tried again by the schedule.' },
  },
});
