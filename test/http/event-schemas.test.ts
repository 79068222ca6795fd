import { expect, test } from 'vitest';
import { renderOpenApi } from '../../scripts/openapi.ts';
import { eventTypes } from '../../src/domain/webhooks/event-types.ts';
import { eventBodies } from '../../src/http/event-schemas/index.ts';
import { findMisfit, requireFit } from '../support/check-events.ts';

test('every event has a schema, and its example fits it', () => {
  expect(eventBodies.map(({ type }) => type).sort()).toEqual([...eventTypes].sort());
  for (const { example } of eventBodies) expect(findMisfit(example)).toBeUndefined();
});

const [first] = eventBodies;
const example = first?.example ?? {};

test.each([
  ['an event that there is none of', { ...example, event: 'message.eaten' }, 'no event message.eaten'],
  ['a field that is missing', { ...example, data: {} }, 'does not fit'],
  ['a field of another kind', { ...example, occurred_at: 7 }, 'does not fit'],
  ['a field that nobody described', { ...example, data: { ...first?.example.data, more: 1 } }, 'has not'],
])('%s is found', (_what, body, words) => {
  expect(findMisfit(body)).toContain(words);
});

test('one event that does not fit fails whoever looks at many', () => {
  const row = {
    id: 'evt_1',
    type: 'endpoint.test',
    api_version: '2026-11',
    instance_id: null,
    occurred_at: 0,
    data: '{}',
  } as unknown as Parameters<typeof requireFit>[0][number];
  expect(() => requireFit([])).not.toThrow();
  expect(() => requireFit([row])).toThrow('endpoint.test does not fit its schema');
});

test('the description of the API has a webhook for each event, with a schema that is there and an example', async () => {
  const { webhooks, components } = JSON.parse(await renderOpenApi());
  expect(Object.keys(webhooks).sort()).toEqual([...eventTypes].sort());
  for (const [type, { post }] of Object.entries<{ post: PostJson }>(webhooks)) {
    const { schema, example: shown } = post.requestBody.content['application/json'];
    const component = components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    expect([type, component.properties.event.const, shown.event]).toEqual([type, type, type]);
    // What is added later must not break those who validate what they get.
    expect(JSON.stringify(component)).not.toContain('"additionalProperties":false');
  }
});

type PostJson = {
  requestBody: { content: { 'application/json': { schema: { $ref: string }; example: { event: string } } } };
};
