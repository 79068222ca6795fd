import { type ApiClient, expectOk } from '../../test/support/api-client.ts';
import { createPhoneGroups } from '../../test/support/phone-groups.ts';
import type { Phone, Phones } from '../../test/support/phones.ts';
import { startProxy } from '../../test/support/proxy.ts';
import type { Receiver } from '../../test/support/receiver.ts';
import { waitFor } from '../../test/support/wait.ts';
import { files, sha256 } from './files.ts';

export type Linked = { readonly id: string; readonly phone: Phone };

/** What the parts of the demo work with. */
export type Stage = {
  readonly api: ApiClient;
  readonly gateway: { readonly url: string; readonly apiKey: string };
  readonly phones: Phones;
  readonly phonesUrl: string;
  readonly receiver: Receiver;
  readonly shop: Linked;
  readonly ana: Phone;
};

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any;

async function send({ api, shop, ana }: Stage, body: object): Promise<Json> {
  return expectOk(api('POST', `/v1/instances/${shop.id}/messages`, { to: `+${ana.number}`, ...body }));
}

/** The message as the person sees it in the chat with the shop. */
const shownToAna = ({ phones, ana, shop }: Stage, message: Json): Promise<Json> =>
  waitFor(`Ana to see the ${message.type}`, async () =>
    (await phones.shown(ana.number, shop.phone.number)).find(({ id }) => id === message.network_message_id),
  );

const told = (stage: Stage, type: string, fits: (data: Json) => boolean): Promise<Json> =>
  waitFor(type, () => stage.receiver.events(type).find(({ data }) => fits(data))?.data);

function require(fits: boolean, what: string): void {
  if (!fits) throw new Error(`it is not so: ${what}`);
}

/** Everything but files, from the API to the phone. */
export async function sendEveryKind(stage: Stage): Promise<void> {
  const { phones, ana, shop } = stage;
  const place = await shownToAna(
    stage,
    await send(stage, { type: 'location', latitude: 52.5163, longitude: 13.3777, name: 'Bakery' }),
  );
  require(place.location.name === 'Bakery', 'the place has its name');
  const card = await send(stage, { type: 'contacts', contacts: [{ name: 'Ben', phones: ['+49 170 1234567'] }] });
  require((await shownToAna(stage, card)).contacts[0].name === 'Ben', 'the card has its name');
  const poll = await send(stage, { type: 'poll', question: 'Which bread?', options: ['Rye', 'Wheat'] });
  require((await shownToAna(stage, poll)).poll.name === 'Which bread?', 'the poll asks');

  const asked = await phones.send(ana.number, { to: shop.phone.number, text: 'Rye?' });
  const { message } = await told(stage, 'message.received', (data) => data.message.network_message_id === asked);
  const answer = await send(stage, { type: 'text', text: 'Two loaves.', reply_to: message.id });
  require((await shownToAna(stage, answer)).quoted.id === asked, 'the answer quotes the question');
  await send(stage, { type: 'reaction', message_id: message.id, emoji: '👍' });
  await send(stage, { type: 'edit', message_id: answer.id, text: 'Three loaves.' });
  await send(stage, { type: 'forward', message_id: message.id });
  const slip = await send(stage, { type: 'text', text: 'A slip of the pen' });
  await send(stage, { type: 'delete', message_id: slip.id });
  await waitFor('the changes to be seen', async () => {
    const seen = await phones.shown(ana.number, shop.phone.number);
    const byId = (id: string): Json => seen.find((one) => one.id === id);
    return (
      byId(asked)?.reactions.length === 1 &&
      byId(answer.network_message_id)?.text === 'Three loaves.' &&
      byId(slip.network_message_id)?.deleted === true &&
      seen.filter((one) => one.text === 'Rye?').length === 2
    );
  });
}

/** Everything but files, from the phone to the receiver. */
export async function receiveEveryKind(stage: Stage): Promise<void> {
  const { phones, ana, shop } = stage;
  const write = (message: object): Promise<string> =>
    phones.send(ana.number, { to: shop.phone.number, text: '', ...message });
  const arrived = async (type: string, message: object): Promise<Json> => {
    const id = await write(message);
    const { message: view } = await told(stage, 'message.received', (data) => data.message.network_message_id === id);
    require(view.type === type, `${JSON.stringify(message)} arrives as ${type}, not as ${view.type}`);
    return view;
  };
  await arrived('location', { kind: 'location', latitude: 1, longitude: 2, text: 'Here' });
  await arrived('contacts', { kind: 'contact', contacts: [{ name: 'Cleo', number: '4915100000077' }] });
  const poll = await arrived('poll', { kind: 'poll', text: 'When?', options: ['Now', 'Later'] });
  await send(stage, { type: 'poll_vote', message_id: poll.id, options: ['Later'] });
  const ours = await send(stage, { type: 'poll', question: 'How many?', options: ['One', 'Two'] });
  const target = (await shownToAna(stage, ours)).id;
  await write({ kind: 'vote', target, options: ['Two'] });
  await told(stage, 'message.poll_vote', (data) => data.message_id === ours.id);
  await write({ kind: 'reaction', target, text: '🥖' });
  await told(stage, 'message.reaction', (data) => data.message_id === ours.id);
  const first = await arrived('text', { text: 'I wil come' });
  await write({ kind: 'edit', target: first.network_message_id, text: 'I will come' });
  await told(stage, 'message.edited', (data) => data.message_id === first.id);
  await write({ kind: 'delete', target: first.network_message_id });
  await told(stage, 'message.deleted', (data) => data.message_id === first.id);
}

/** A file of every kind there and back: what arrives must be what left, byte for byte. */
export async function exchangeFiles(stage: Stage): Promise<void> {
  for (const [type, content] of files) {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(content)]), `${type}.bin`);
    const headers = { authorization: `Bearer ${stage.gateway.apiKey}` };
    const uploaded = await fetch(`${stage.gateway.url}/v1/media`, { method: 'POST', headers, body: form });
    const media: Json = await uploaded.json();
    const sent = await send(stage, { type, media_id: media.id });
    const shown = await shownToAna(stage, sent);
    const there = await fetch(`${stage.phonesUrl}/control/phones/${stage.ana.number}/messages/${shown.id}/media`);
    require(sha256(Buffer.from(await there.arrayBuffer())) === sha256(content), `the ${type} arrives as it left`);

    const id = await stage.phones.send(stage.ana.number, {
      to: stage.shop.phone.number,
      text: '',
      kind: type,
      data: content.toString('base64'),
    });
    const { message } = await told(stage, 'message.received', (data) => data.message.network_message_id === id);
    const ready = await told(stage, 'media.ready', (data) => data.media.message_id === message.id);
    const back = await fetch(`${stage.gateway.url}/v1/media/${ready.media.id}`, { headers });
    require(sha256(Buffer.from(await back.arrayBuffer())) === sha256(content), `the ${type} comes as it was sent`);
  }
}

/** A group: made, written to by everybody, changed, and left by somebody. */
export async function liveInGroup(stage: Stage): Promise<void> {
  const { api, phones, receiver, shop, ana } = stage;
  const groups = createPhoneGroups(stage.phonesUrl);
  const ben = await phones.add({ name: 'Ben' });
  const path = `/v1/instances/${shop.id}/groups`;
  const { group } = await expectOk(api('POST', path, { subject: 'Bakers', participants: [`+${ana.number}`] }));
  const known = (await groups.list()).find((one: Json) => one.subject === 'Bakers') as Json;
  const added = await expectOk(api('POST', `${path}/${group.id}/participants`, { participants: [`+${ben.number}`] }));
  require(added.results[0].result === 'added', 'Ben is added');
  await expectOk(api('POST', `/v1/instances/${shop.id}/messages`, { to: group.id, type: 'text', text: 'Welcome' }));
  for (const phone of [ana, ben]) {
    await waitFor(`${phone.name} to read the group`, async () =>
      (await phones.shown(phone.number, known.group)).some(({ text }) => text === 'Welcome'),
    );
  }
  await phones.send(ben.number, { to: known.group, text: 'Good morning' });
  await waitFor('what Ben says', () =>
    receiver
      .events('message.received')
      .some(({ data }) => data.message.chat_id === group.id && data.message.text === 'Good morning'),
  );
  await expectOk(api('PATCH', `${path}/${group.id}`, { subject: 'Bakers and friends' }));
  await told(stage, 'group.updated', (data) => data.group.chat_id === group.id);
  await expectOk(api('POST', `${path}/${group.id}/participants/remove`, { participants: [`+${ben.number}`] }));
  await told(stage, 'group.participant_removed', (data) => data.group.chat_id === group.id);
}

/** A message that waits for its time, and is shown after it. */
export async function sendLater(stage: Stage): Promise<void> {
  const sendAt = new Date(Date.now() + 1_500).toISOString();
  const message = await send(stage, { type: 'text', text: 'On time', send_at: sendAt });
  require(message.status === 'scheduled', 'it waits');
  const shown = await shownToAna(stage, message);
  require(Date.parse(shown.at) >= Date.parse(sendAt) - 1_000, 'it was not early');
}

/** The desk goes through a proxy, and everything of it does. */
export async function goThroughProxy(stage: Stage, desk: Linked): Promise<void> {
  const proxy = await startProxy('socks5');
  try {
    await expectOk(stage.api('PUT', `/v1/instances/${desk.id}/proxy`, { url: proxy.url }));
    await waitFor('the desk to come through the proxy', async () => {
      const { state } = await expectOk(stage.api('GET', `/v1/instances/${desk.id}`));
      return proxy.targets.length > 0 && state === 'connected';
    });
    const body = { to: `+${stage.ana.number}`, type: 'text', text: 'By a detour' };
    await expectOk(stage.api('POST', `/v1/instances/${desk.id}/messages`, body));
    await waitFor('Ana to see it', async () =>
      (await stage.phones.shown(stage.ana.number, desk.phone.number)).some(({ text }) => text === body.text),
    );
    await expectOk(stage.api('DELETE', `/v1/instances/${desk.id}/proxy`));
  } finally {
    await proxy.close();
  }
}
