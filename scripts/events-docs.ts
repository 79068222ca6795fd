import { eventBodies } from '../src/http/event-schemas/index.ts';

const introduction = `<!-- Generated from src/http/event-schemas by "npm run docs". -->

# Events

Every event there is, with what stands under \`data\` and a body as it is [posted to an endpoint](webhooks.md), pulled from
\`GET /v1/events\` and streamed by it. Fields are added, never renamed: leave aside what you do not know. As schemas, these bodies are the
\`webhooks\` of \`/openapi.json\`.

Message events carry \`message\` as \`GET /v1/messages/:id\` shows it, at the time of the event. Instance events that tell of a state
carry the state, its reason and what to do; see [Instances](instances.md).
`;

/** The text of docs/events.md. */
export function renderEventsDocs(): string {
  const rows = eventBodies.map(({ type, when, schema }) => `| \`${type}\` | ${when} | ${listFields(schema)} |`);
  const bodies = eventBodies.map(({ type, example }) => `## ${type}\n\n${fence(example)}`);
  return `${introduction}\n| event | when | \`data\` |\n|---|---|---|\n${rows.join('\n')}\n\n${bodies.join('\n')}`;
}

const listFields = (schema: (typeof eventBodies)[number]['schema']): string =>
  Object.keys(schema.shape.data.shape)
    .map((name) => `\`${name}\``)
    .join(', ');

const fence = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\`\n`;
