import type { Locator, Page } from 'playwright-core';
import { encodeQR } from 'qr';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BareClient, connect, createCredentials, waitFor } from '../../emulator/test/bare-client.ts';
import { type Desk, pnOf, startDesk, textsOf } from '../../emulator/test/desk.ts';
import { drawPng, drawText } from '../../src/http/qr-picture.ts';
import { type Browser, chromiumPath, needsChromium, startBrowser } from '../support/browser.ts';

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  if (chromiumPath() === undefined) return;
  [desk, browser] = await Promise.all([startDesk(), startBrowser({ viewport: { width: 1280, height: 800 } })]);
});
beforeEach(({ skip }) => skip(chromiumPath() === undefined, needsChromium));
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

const phoneOf = (page: Page, name: string): Locator => page.getByRole('region', { name: `${name}’s phone` });

const write = async (phone: Locator, text: string): Promise<void> => {
  await phone.getByRole('textbox').fill(text);
  await phone.getByRole('textbox').press('Enter');
};

const seen = (phone: Locator, text: string): Promise<void> =>
  phone.getByRole('log').getByText(text, { exact: true }).waitFor();

const addPhone = async (page: Page, name: string, number: string): Promise<Locator> => {
  await page.getByRole('navigation').getByRole('button', { name: 'Add phone' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(name);
  await page.getByRole('dialog').getByLabel('Number').fill(number);
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
  await phoneOf(page, name).waitFor();
  return phoneOf(page, name);
};

/** The phone of somebody, on the desk. */
const openPhone = async (page: Page, { number }: { number: string }): Promise<Locator> => {
  await page.getByRole('navigation').getByRole('button', { name: number }).click();
  const phone = page.locator(`[data-number="${number}"]`);
  await phone.waitFor();
  return phone;
};

/** A client that shows a QR code is linked in the page by somebody who has `hold` of it, and logs in. */
const link = async (phone: Locator, hold: (qr: string) => string): Promise<BareClient> => {
  const credentials = createCredentials();
  const pairing = connect(desk.emulator.wsUrl, credentials);
  const qr = await waitFor('a QR code', () => pairing.qrs[0]);
  await phone.getByText('1 client waits to be linked').waitFor();
  await phone.getByLabel('The QR code').fill(hold(qr));
  await phone.getByRole('button', { name: 'Link', exact: true }).first().click();
  await pairing.closed;
  const client = connect(desk.emulator.wsUrl, credentials);
  await client.waitOpen();
  await client.waitOffline();
  return client;
};

const ada = { number: '4915155500002', lid: '', name: 'Ada', devices: [] };

test('two phones, a client linked by its QR code, words both ways, and all of it there after a reload', async () => {
  const page = await browser.open(desk.emulator.url);
  const shopPhone = await addPhone(page, 'Shop', '+49 151 555 00001');
  const adaPhone = await addPhone(page, 'Ada', ada.number);

  await shopPhone.getByRole('button', { name: 'Link a client' }).click();
  const client = await link(shopPhone, (qr) => qr);
  await shopPhone.getByText('1 client online').waitFor();

  await adaPhone.getByRole('button', { name: 'New chat' }).click();
  await adaPhone.getByRole('button', { name: 'Shop' }).click();
  await write(adaPhone, 'Hello <img src=x onerror="document.title=1"> there');
  await seen(adaPhone, 'Hello <img src=x onerror="document.title=1"> there');
  const received = await waitFor('the client to have it', () => client.messages.find(({ key }) => !key.fromMe));
  expect(textsOf(client)).toEqual(['Hello <img src=x onerror="document.title=1"> there']);
  await adaPhone.getByRole('img', { name: 'Delivered' }).waitFor();
  await client.socket.readMessages([received.key]);
  await adaPhone.getByRole('img', { name: 'Read' }).waitFor();

  await client.socket.presenceSubscribe(pnOf(ada));
  await client.socket.sendPresenceUpdate('composing', pnOf(ada));
  await adaPhone.getByText('typing…').waitFor();
  const sent = await client.socket.sendMessage(pnOf(ada), { text: 'Good morning' });
  await seen(adaPhone, 'Good morning');
  await waitFor('the client to know that Ada has read it', () =>
    client.receipts.some(({ attrs }) => attrs.id === sent?.key.id && attrs.type === 'read'),
  );

  const answer = adaPhone.locator('.message.is-in');
  await answer.hover();
  await answer.getByRole('button', { name: 'React, reply and more' }).click();
  await answer.getByRole('button', { name: 'React with 👍' }).click();
  await waitFor('the reaction', () => client.messages.some(({ message }) => message?.reactionMessage?.text === '👍'));
  await answer.locator('.reactions').getByText('👍').waitFor();

  await page.reload();
  await seen(adaPhone, 'Good morning');
  await seen(adaPhone, 'Hello <img src=x onerror="document.title=1"> there');
  expect(await adaPhone.getByRole('log').locator('img').count()).toBe(0);
  await answer.locator('.reactions').getByText('👍').waitFor();
  expect(await page.title()).toBe('WhatsApp on your desk');
  client.end();
  await shopPhone.getByText('1 client offline').waitFor();
  await page.close();
});

test.each<[string, (qr: string) => string]>([
  ['as a picture', (qr) => `data:image/png;base64,${drawPng(qr).toString('base64')}`],
  ['drawn in a terminal', drawText],
  ['in the answer of the gateway', (qr) => JSON.stringify({ state: 'qr_required', qr })],
  ['broken into lines', (qr) => `  ${qr.replace(/.{60}/g, '$&\n')}\n`],
  ['drawn dark on light', (qr) => encodeQR(qr, 'ascii', { ecc: 'low' })],
])('a QR code is read %s', async (_how, hold) => {
  const phone = await desk.addPhone({ name: 'Reader' });
  const page = await browser.open(desk.emulator.url);
  const card = await openPhone(page, phone);
  await card.getByRole('button', { name: 'Link a client' }).click();
  const client = await link(card, hold);
  await card.getByText('1 client online').waitFor();
  client.end();
  await desk.control.call('DELETE', `/control/phones/${phone.number}`);
  await page.close();
});

test('what is no QR code is refused with a sentence, and a code for eight characters links', async () => {
  const phone = await desk.addPhone({ name: 'Coder' });
  const page = await browser.open(desk.emulator.url);
  const card = await openPhone(page, phone);
  await card.getByRole('button', { name: 'Link a client' }).click();
  await card.getByLabel('The QR code').fill('no code');
  await card.getByRole('button', { name: 'Link', exact: true }).first().click();
  await page.getByText('this is not the text of a linking QR code').waitFor();
  const client = connect(desk.emulator.wsUrl);
  await waitFor('a QR code', () => client.qrs[0]);
  const code = await client.socket.requestPairingCode(phone.number);
  await card.getByText('A client shows a code for this number').waitFor();
  await card.getByLabel('Eight-character code').fill(code);
  await card.getByRole('button', { name: 'Link', exact: true }).last().click();
  await client.closed;
  await card.getByText('1 client offline').waitFor();
  await desk.control.call('DELETE', `/control/phones/${phone.number}`);
  await page.close();
});

test('a fault is added with its fields, is seen to strike, and is ended', async () => {
  const page = await browser.open(desk.emulator.url);
  await page.getByRole('button', { name: 'Faults' }).click();
  const panel = page.getByRole('complementary', { name: 'Faults' });
  await panel.getByRole('button', { name: /^nack/ }).click();
  await panel.getByLabel('Code').fill('463');
  await panel.getByLabel('How often').fill('2');
  await panel.getByRole('button', { name: 'Make it happen' }).click();
  await panel.getByRole('list', { name: 'Active faults' }).getByText('code 463').waitFor();
  const { data } = await desk.control.call<{ data: unknown[] }>('GET', '/control/faults');
  expect(data).toMatchObject([{ kind: 'nack', code: 463, count: 2, struck: 0 }]);
  await panel.getByRole('button', { name: 'End nack' }).click();
  await panel.getByText('Nothing: everything works as it should.').waitFor();
  await page.close();
});

test('a narrow screen shows one phone at a time, and nothing sticks out', async () => {
  const page = await browser.open(desk.emulator.url);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('navigation').getByRole('button', { name: 'Ada' }).click();
  await phoneOf(page, 'Ada').waitFor();
  expect(await phoneOf(page, 'Shop').isVisible()).toBe(false);
  await page.getByRole('navigation').getByRole('button', { name: 'Shop' }).click();
  await phoneOf(page, 'Shop').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await page.close();
});

test('groups, files, polls, replies, edits and deletions, from one phone to another', async () => {
  const page = await browser.open(desk.emulator.url);
  await page.setViewportSize({ width: 1280, height: 800 });
  const [shopPhone, adaPhone] = [phoneOf(page, 'Shop'), phoneOf(page, 'Ada')];
  await shopPhone.getByRole('button', { name: 'About this phone' }).first().focus();
  for (const phone of [shopPhone, adaPhone]) {
    const back = phone.getByRole('button', { name: /^Back/ });
    while (await back.isVisible()) await back.click();
  }
  await adaPhone.getByRole('button', { name: 'New chat' }).click();
  await adaPhone.getByRole('button', { name: 'New group' }).click();
  await adaPhone.getByLabel('Name of the group').fill('Friends');
  await adaPhone.getByLabel('Shop').check();
  await adaPhone.getByRole('button', { name: 'Create group' }).click();
  await write(adaPhone, 'Shall we meet?');
  await shopPhone.getByRole('button', { name: /Friends.*Shall we meet/ }).click();
  await seen(shopPhone, 'Shall we meet?');
  await shopPhone.getByRole('log').getByText('Ada', { exact: true }).waitFor();

  const question = shopPhone.locator('.message', { hasText: 'Shall we meet?' });
  await question.getByRole('button', { name: 'React, reply and more' }).click();
  await question.getByRole('button', { name: 'Reply', exact: true }).click();
  await write(shopPhone, 'On Fryday');
  await adaPhone.locator('blockquote', { hasText: 'Shall we meet?' }).waitFor();
  const answer = shopPhone.locator('.message', { hasText: 'On Fr' });
  await answer.getByRole('button', { name: 'React, reply and more' }).click();
  await answer.getByRole('button', { name: 'Edit' }).click();
  await write(shopPhone, 'On Friday');
  await seen(adaPhone, 'On Friday');
  await answer.getByRole('button', { name: 'React, reply and more' }).click();
  await answer.getByRole('button', { name: 'Delete for everyone' }).click();
  await seen(adaPhone, 'This message was deleted');

  await adaPhone.getByRole('button', { name: 'Attach' }).click();
  const picture = {
    name: 'dot.gif',
    mimeType: 'image/gif',
    buffer: Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
  };
  await adaPhone.getByLabel('Photo or video').setInputFiles(picture);
  await write(adaPhone, 'The place');
  const shown = shopPhone.getByRole('img', { name: 'The place' });
  await waitFor('the picture to be drawn', () =>
    shown.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 1),
  );

  await adaPhone.getByRole('button', { name: 'Attach' }).click();
  await adaPhone.getByRole('button', { name: 'Poll' }).click();
  await adaPhone.getByLabel('Question').fill('When?');
  await adaPhone.getByLabel('Option 1').fill('Six');
  await adaPhone.getByLabel('Option 2').fill('Seven');
  await adaPhone.getByRole('button', { name: 'Send poll' }).click();
  await shopPhone.getByRole('button', { name: /^Seven/ }).click();
  await adaPhone.locator('.option', { hasText: 'Seven' }).getByText('1', { exact: true }).waitFor();
  await page.close();
});

test('a call rings on the other phone, which takes it; a story is seen, and its author knows by whom', async () => {
  const page = await browser.open(desk.emulator.url);
  const [shopPhone, adaPhone] = [phoneOf(page, 'Shop'), phoneOf(page, 'Ada')];
  await adaPhone.getByRole('button', { name: /^Back/ }).click();
  await adaPhone.getByRole('button', { name: /^Shop/ }).click();
  await adaPhone.getByRole('button', { name: 'Call' }).click();
  await shopPhone.getByText('Ada is calling').waitFor();
  await shopPhone.getByRole('button', { name: 'Accept' }).click();
  await adaPhone.getByText('In a call with Shop').waitFor();
  await adaPhone.getByRole('button', { name: 'Hang up' }).click();
  await shopPhone.getByRole('alert').waitFor({ state: 'detached' });

  await adaPhone.getByRole('button', { name: /^Back/ }).click();
  await adaPhone.getByRole('button', { name: 'Stories' }).click();
  await adaPhone.getByLabel('Your story').fill('By the sea');
  await adaPhone.getByRole('button', { name: 'Post' }).click();
  await adaPhone.getByText('Seen by nobody yet').waitFor();
  await shopPhone.getByRole('button', { name: /^Back/ }).click();
  await shopPhone.getByRole('button', { name: 'Stories' }).click();
  await shopPhone.getByRole('button', { name: 'View' }).click();
  await shopPhone.getByText('By the sea').waitFor();
  await adaPhone.getByText('Seen by Shop').waitFor();
  await page.close();
});

test('nothing on any page has failed, and nothing was kept from happening', () => {
  const refusals = browser.complaints.filter((complaint) => !/status of (404|422)/.test(complaint));
  expect(refusals).toEqual([]);
});
