/** What the emulator's page shows in its pictures: a shop with a linked client, and people who write to it. */
import type { Page } from 'playwright-core';
import { connect, createCredentials, endAllClients, waitFor } from '../../emulator/test/bare-client.ts';
import { type Desk, startDesk } from '../../emulator/test/desk.ts';

const shop = { number: '4915155500001', name: 'Shop' };
const ada = { number: '4915155500002', name: 'Ada Lovelace' };
const ben = { number: '4915155500003', name: 'Ben' };
const cleo = { number: '4915155500004', name: 'Cleo' };

/** A loaf, drawn by the browser, since a picture needs a picture. */
const loaf = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="300">
  <rect width="480" height="300" fill="#f3d7b0"/><rect y="210" width="480" height="90" fill="#c98f57"/>
  <path d="M95 225c-20-95 55-135 145-135s165 40 145 135z" fill="#8a4b1f"/>
  <path d="M115 205c-10-70 50-98 125-98s135 28 125 98z" fill="#a9652f"/>
  <path d="M175 190l30-62M232 194l30-72M290 190l26-56" stroke="#e3b481" stroke-width="11" stroke-linecap="round"/></svg>`;

/** Starts an emulator with a day's talk in it and opens its page. */
export async function openEmulatorDesk(page: Page, { faults }: { faults: boolean }): Promise<() => Promise<void>> {
  const desk = await startDesk();
  for (const phone of [shop, ada, ben, cleo]) await desk.addPhone(phone);
  await linkClient(desk);
  await talk(desk, await draw(page, loaf));
  const group = await meet(desk);
  await desk.fault({ kind: 'latency', ms: 300, number: shop.number });
  if (faults) await desk.fault({ kind: 'withhold_ack', count: 1 });
  await desk.control.call('PUT', `/control/phones/${cleo.number}/typing`, { with: ada.number, state: 'composing' });

  const kept = {
    open: faults ? [shop.number, ada.number] : [shop.number, ada.number, ben.number],
    hand: shop.number,
    chosen: true,
    panel: faults ? 'faults' : undefined,
    chats: [
      [shop.number, ada.number],
      [ben.number, group],
    ],
  };
  await page.addInitScript(`localStorage.setItem('desk', ${JSON.stringify(JSON.stringify(kept))})`);
  await page.goto(desk.emulator.url);
  await page.getByText('1 client online').waitFor();
  await page.getByText('typing…').first().waitFor();
  await page.locator('.phone .picture img').first().waitFor();
  await waitFor('the picture', () => page.evaluate(`document.querySelector('.phone .picture img').complete`));
  return () => {
    endAllClients();
    return desk.stop();
  };
}

async function linkClient(desk: Desk): Promise<void> {
  const credentials = createCredentials();
  const pairing = connect(desk.emulator.wsUrl, credentials);
  const qr = await waitFor('a QR code', () => pairing.qrs[0]);
  await desk.control.call('POST', `/control/phones/${shop.number}/scan`, { qr });
  await pairing.closed;
  const client = connect(desk.emulator.wsUrl, credentials);
  await client.waitOpen();
}

async function draw(page: Page, svg: string): Promise<string> {
  await page.setContent(svg);
  const bytes = await page.locator('svg').screenshot();
  return bytes.toString('base64');
}

type Sender = { readonly number: string };

async function talk({ control }: Desk, picture: string): Promise<void> {
  const send = async (from: Sender, to: Sender, input: object): Promise<string> => {
    const path = `/control/phones/${from.number}/messages`;
    return (await control.call<{ id: string }>('POST', path, { to: to.number, ...input })).id;
  };
  const change = (method: string, { number }: Sender, id: string, rest: string, body: object) =>
    control.call(method, `/control/phones/${number}/messages/${id}${rest}`, body);
  const question = await send(ada, shop, { text: 'Good morning! Is there any rye bread left?' });
  await send(shop, ada, { text: 'Two loaves. Shall I put one aside for you?', quote: question });
  await send(shop, ada, { kind: 'image', data: picture, mime_type: 'image/png', text: 'Fresh from the oven' });
  const thanks = await send(ada, shop, { text: 'Yes please 🙏 I will be there at fife.' });
  await change('PATCH', ada, thanks, '', { text: 'Yes please 🙏 I will be there at five.' });
  await change('PUT', shop, thanks, `/reaction?with=${ada.number}`, { emoji: '👍' });
  await control.call('POST', `/control/phones/${ada.number}/read`, { with: shop.number });
  await send(cleo, ada, { text: 'Can you bring a chair?' });
  await send(shop, ada, { text: 'See you then.' });
}

async function meet({ control }: Desk): Promise<string> {
  const members = [shop, ben, cleo].map(({ number }) => number);
  const founded = { by: ada.number, subject: 'Friday dinner', members };
  const { group } = await control.call<{ group: string }>('POST', '/control/groups', founded);
  const send = (from: Sender, input: object) =>
    control.call<{ id: string }>('POST', `/control/phones/${from.number}/messages`, { to: group, ...input });
  await send(ada, { text: 'What shall we eat?' });
  const options = ['Dumplings', 'Pasta', 'Soup'];
  const { id } = await send(ada, { kind: 'poll', text: 'Dinner', options, selectable: 1 });
  const votes: [Sender, string][] = [
    [ben, 'Dumplings'],
    [cleo, 'Dumplings'],
    [shop, 'Soup'],
  ];
  for (const [voter, option] of votes) {
    await control.call('PUT', `/control/phones/${voter.number}/messages/${id}/vote`, { options: [option] });
  }
  await control.call('POST', `/control/phones/${ben.number}/read`, { with: group });
  await send(ben, { text: 'Dumplings! I bring the wine.' });
  return group;
}
