import { BufferJSON } from 'baileys';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outbound } from '../support/outbound.ts';
import { type Device, type Lab, type Phone, send, startLab, until } from './lab.ts';

let lab: Lab;
let shop: Phone;
let device: Device;
let ann: Phone;
let bea: Phone;

beforeAll(async () => {
  lab = await startLab();
  shop = await lab.phone({ name: 'Shop' });
  device = await lab.link(shop);
  ann = await lab.phone({ name: 'Ann' });
  bea = await lab.phone({ name: 'Bea' });
});
afterAll(() => lab.stop());

const people = () => [ann, bea].map(({ number, lid }) => ({ phone: number, lid }));

const sendTo = (group: string, text: string) => {
  const networkId = lab.network.newMessageId();
  const payload = lab.network.buildPayload(outbound({ type: 'text', text }));
  device.payloads.set(networkId, payload);
  return device.session.send({ networkId, destination: group, payload, again: false });
};

/** The id of the number's own sender key of a group, which is drawn with the key. */
const ownKeyOf = (group: string): number | undefined => {
  const [, bytes] = [...device.disk.keys].find(([name]) => name.startsWith(`sender-key ${group}::${shop.lid}`)) ?? [];
  if (bytes === undefined) return undefined;
  const record: Uint8Array = JSON.parse(Buffer.from(bytes).toString(), BufferJSON.reviver);
  return JSON.parse(Buffer.from(record).toString()).at(-1).senderKeyId;
};

test('the sender key is made anew when somebody has gone, and stays while nobody has', async () => {
  const made = await device.session.ask('create_group', { subject: 'Keys', people: people() });
  if (made.kind !== 'done') throw new Error(JSON.stringify(made));
  const { address } = made.answer.group;
  expect(await sendTo(address, 'one')).toMatchObject({ kind: 'accepted' });
  const first = ownKeyOf(address);
  expect(first).toBeDefined();
  expect(await sendTo(address, 'two')).toMatchObject({ kind: 'accepted' });
  expect(ownKeyOf(address)).toBe(first);
  const removed = await device.session.ask('change_group_members', {
    address,
    action: 'remove',
    people: people().slice(1),
  });
  expect(removed).toMatchObject({ kind: 'done', answer: { results: [{ outcome: 'done' }] } });
  expect(await sendTo(address, 'three')).toMatchObject({ kind: 'accepted' });
  expect(ownKeyOf(address)).not.toBe(first);
  await until('Ann reads it', async () => ((await lab.shownTo(ann)).includes('three') ? true : undefined));
  expect(await lab.shownTo(bea)).not.toContain('three');
});

test('a group that is not ours is refused, and so is one in which only admins write', async () => {
  const { group: closed } = (await lab.post('/control/groups', {
    by: ann.number,
    subject: 'Closed',
    members: [bea.number],
  })) as { group: string };
  expect(await sendTo(closed, 'x')).toMatchObject({ kind: 'refused', code: 'not_in_group', scope: 'message' });
  expect(await sendTo('120300000000000000@g.us', 'x')).toMatchObject({ kind: 'refused', code: 'not_in_group' });
  expect(await send(lab, device, ann, 'to you')).toMatchObject({ kind: 'accepted' });
});
