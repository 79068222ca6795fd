import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

test('unlinking what is not linked is refused with its state and what it allows', async () => {
  const { key } = await door.addParty('Bakery');
  const made = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  const unlinked = await door.ask('POST', `/v1/instances/${made.json.id}/unlink`, { key });
  expect(unlinked.status).toBe(409);
  expect(unlinked.json.error).toMatchObject({
    code: 'invalid_lifecycle_transition',
    details: { state: 'pending', reason: 'created', allowed: ['connect'] },
  });
  const { json } = await door.ask('GET', `/v1/instances/${made.json.id}`, { key });
  expect(json.state).toBe('pending');
});
