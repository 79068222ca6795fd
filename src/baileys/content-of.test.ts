import { proto } from 'baileys';
import { describe, expect, it } from 'vitest';
import { contentOf } from './content-of.ts';

/** As it comes: encoded by whoever sent it. */
const read = (message: proto.IMessage) => contentOf(proto.Message.decode(proto.Message.encode(message).finish()));

describe('a message with a file', () => {
  const sha256 = Buffer.alloc(32, 0xab);

  it('says what it carries', () => {
    const image = {
      mimetype: 'image/jpeg',
      fileLength: 12_345,
      fileSha256: sha256,
      width: 640,
      height: 480,
      caption: 'On the beach',
    };
    expect(read({ imageMessage: image })).toEqual({
      type: 'image',
      media: { mimeType: 'image/jpeg', bytes: 12_345, sha256: 'ab'.repeat(32), width: 640, height: 480 },
      caption: 'On the beach',
    });
    const document = { fileName: 'bill.pdf', title: 'Bill', pageCount: 3, mimetype: 'application/pdf' };
    expect(
      read({ documentWithCaptionMessage: { message: { documentMessage: { ...document, caption: 'c' } } } }),
    ).toEqual({
      type: 'document',
      media: { mimeType: 'application/pdf', filename: 'bill.pdf', title: 'Bill', pages: 3 },
      caption: 'c',
    });
  });

  it.each([
    ['video', { videoMessage: { seconds: 7 } }, { seconds: 7 }],
    ['gif', { videoMessage: { gifPlayback: true, seconds: 2 } }, { seconds: 2 }],
    ['video_note', { ptvMessage: { seconds: 9 } }, { seconds: 9 }],
    ['audio', { audioMessage: { seconds: 90 } }, { seconds: 90 }],
    ['sticker', { stickerMessage: { isAnimated: true } }, { animated: true }],
    ['sticker', { lottieStickerMessage: { message: { stickerMessage: { isLottie: true } } } }, { animated: true }],
    ['image', { viewOnceMessageV2: { message: { imageMessage: {} } } }, {}],
  ])('of type %s is told from its like', (type, message, media) => {
    expect(read(message)).toEqual({ type, media });
  });

  it('has a waveform of a bounded number of bounded values', () => {
    const waveform = Buffer.from([...Array(70).keys()].map((index) => index * 3));
    const content = read({ audioMessage: { ptt: true, seconds: 3, waveform } });
    expect(content).toMatchObject({ type: 'voice', media: { seconds: 3 } });
    const values = content?.type === 'voice' ? content.media.waveform : undefined;
    expect(values).toHaveLength(64);
    expect(Math.max(...(values ?? []))).toBe(100);
  });

  it('says nothing of what makes no sense', () => {
    const nonsense = { width: 0, height: 0, fileLength: 2 ** 60, fileSha256: Buffer.from('short'), mimetype: '' };
    expect(read({ imageMessage: nonsense })).toEqual({ type: 'image', media: {} });
  });
});

describe('a message with a place', () => {
  it('says where', () => {
    const place = { degreesLatitude: 52.5, degreesLongitude: 13.25, name: 'Bakery', address: 'Main Street 1' };
    const told = { latitude: 52.5, longitude: 13.25, name: 'Bakery', address: 'Main Street 1' };
    expect(read({ locationMessage: place })).toEqual({ type: 'location', ...told });
    const live = { degreesLatitude: 1, degreesLongitude: 2, accuracyInMeters: 5, sequenceNumber: 7, caption: 'coming' };
    expect(read({ liveLocationMessage: live })).toEqual({
      type: 'live_location',
      latitude: 1,
      longitude: 2,
      accuracyMeters: 5,
      sequence: 7,
      caption: 'coming',
    });
  });

  it('says nothing of what is nowhere on earth', () => {
    const nowhere = { degreesLatitude: 91, degreesLongitude: Number.NaN };
    expect(read({ locationMessage: nowhere })).toEqual({ type: 'location' });
  });

  it('and a time is an event', () => {
    const event = { name: 'Baking', startTime: 1_700_000_000, location: { name: 'Bakery' }, extraGuestsAllowed: true };
    expect(read({ eventMessage: event })).toEqual({
      type: 'event',
      event: {
        name: 'Baking',
        location: { name: 'Bakery' },
        startsAt: '2023-11-14T22:13:20.000Z',
        cancelled: false,
        extraGuestsAllowed: true,
      },
    });
    expect(read({ eventMessage: { name: 'Never', startTime: 2 ** 52 } })).not.toHaveProperty('event.startsAt');
  });

  it('in a group is an invitation there', () => {
    const invite = { groupJid: '1203@g.us', inviteCode: 'abc', inviteExpiration: 1_700_000_000, groupName: 'Bakers' };
    expect(read({ groupInviteMessage: invite })).toEqual({
      type: 'group_invite',
      invite: { code: 'abc', groupName: 'Bakers', expiresAt: '2023-11-14T22:13:20.000Z' },
    });
  });
});

describe('contact cards', () => {
  const vcard = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'N:Baker;Ann;;;',
    'FN:Ann Baker',
    'ORG:Bread\\, and more',
    'item1.TEL;type=CELL;waid=4917012345678:+49 170 123',
    ' 45678',
    'TEL:+49 30 1234',
    'EMAIL:ann@example.com',
    'NOTE without a colon',
    'END:VCARD',
  ].join('\r\n');

  it('are read line by line', () => {
    const ann = {
      name: 'Ann Baker',
      organization: 'Bread, and more',
      phones: [{ number: '+49 170 12345678', phone: '4917012345678', label: 'cell' }, { number: '+49 30 1234' }],
      emails: ['ann@example.com'],
    };
    expect(read({ contactMessage: { vcard } })).toEqual({ type: 'contacts', contacts: [ann] });
    const ben = { displayName: 'Ben', vcard: 'BEGIN:VCARD' };
    expect(read({ contactsArrayMessage: { contacts: [{ vcard }, ben] } })).toEqual({
      type: 'contacts',
      contacts: [ann, { name: 'Ben', phones: [], emails: [] }],
    });
  });

  it('of a stranger who sends very many, very long ones are cut', () => {
    const long = `BEGIN:VCARD\n${'TEL:1\n'.repeat(5_000)}`;
    const content = read({ contactsArrayMessage: { contacts: Array(300).fill({ displayName: 'x', vcard: long }) } });
    expect(content).toMatchObject({ type: 'contacts', truncated: true });
    const cards = content?.type === 'contacts' ? content.contacts : [];
    expect([cards.length, cards[0]?.phones.length]).toEqual([256, 20]);
  });
});

describe('what can be chosen', () => {
  const poll = { name: 'Which?', options: [{ optionName: 'Rye' }, { optionName: 'Spelt' }], selectableOptionsCount: 1 };
  const told = { type: 'poll', question: 'Which?', options: ['Rye', 'Spelt'], selectable: 1 };

  it.each(['pollCreationMessage', 'pollCreationMessageV2', 'pollCreationMessageV3', 'pollCreationMessageV5'] as const)(
    'is a poll in %s',
    (field) => {
      expect(read({ [field]: poll })).toEqual(told);
    },
  );

  it('is a poll in a wrapper, too, and may be a quiz', () => {
    expect(read({ pollCreationMessageV4: { message: { pollCreationMessageV3: poll } } })).toEqual(told);
    const quiz = { ...poll, pollType: proto.Message.PollType.QUIZ, correctAnswer: { optionName: 'Rye' } };
    expect(read({ pollCreationMessageV5: quiz })).toEqual({ ...told, quiz: { correctOption: 'Rye' } });
  });

  it('is answered by buttons, rows and forms', () => {
    const button = { selectedButtonId: 'b1', selectedDisplayText: 'Yes' };
    expect(read({ buttonsResponseMessage: button })).toEqual({
      type: 'button_reply',
      reply: { id: 'b1', title: 'Yes' },
    });
    const template = { selectedId: 'b2', selectedDisplayText: 'No' };
    expect(read({ templateButtonReplyMessage: template })).toEqual({
      type: 'button_reply',
      reply: { id: 'b2', title: 'No' },
    });
    const row = { title: 'Rye', description: 'dark', singleSelectReply: { selectedRowId: 'r1' } };
    expect(read({ listResponseMessage: row })).toEqual({
      type: 'list_reply',
      reply: { id: 'r1', title: 'Rye', description: 'dark' },
    });
    const form = { body: { text: 'Sent' }, nativeFlowResponseMessage: { name: 'flow', paramsJson: '{"id":"f1"}' } };
    expect(read({ interactiveResponseMessage: form })).toEqual({
      type: 'interactive_reply',
      reply: { id: 'f1', title: 'Sent' },
      flow: { name: 'flow', answer: '{"id":"f1"}' },
    });
    for (const paramsJson of ['null', '[', '{"id":7}', '"x"']) {
      const odd = { nativeFlowResponseMessage: { paramsJson } };
      expect(read({ interactiveResponseMessage: odd })).toMatchObject({ reply: {}, flow: { answer: paramsJson } });
    }
  });
});

describe('trade', () => {
  it('has sums as decimal text', () => {
    const product = { productId: 'p1', title: 'Rye', currencyCode: 'EUR', priceAmount1000: 3_500 };
    expect(read({ productMessage: { product, body: 'Fresh' } })).toEqual({
      type: 'product',
      product: { id: 'p1', title: 'Rye', price: { amount: '3.50', currency: 'EUR' } },
      text: 'Fresh',
    });
    const order = { orderId: 'o1', itemCount: 2, status: 1, totalAmount1000: 7_001, totalCurrencyCode: 'eur' };
    expect(read({ orderMessage: order })).toEqual({
      type: 'order',
      order: { id: 'o1', items: 2, status: 'inquiry', total: { amount: '7.001', currency: 'EUR' } },
    });
    const request = {
      amount: { value: 1_250, offset: 100, currencyCode: 'BRL' },
      noteMessage: { conversation: 'lunch' },
    };
    expect(read({ requestPaymentMessage: request })).toEqual({
      type: 'payment',
      payment: { step: 'requested', total: { amount: '12.50', currency: 'BRL' } },
      text: 'lunch',
    });
    const odd = { amount: { value: 5, offset: 7, currencyCode: 'BRL' } };
    expect(read({ requestPaymentMessage: odd })).toEqual({ type: 'payment', payment: { step: 'requested' } });
  });

  it.each([
    ['sent', { sendPaymentMessage: {} }],
    ['declined', { declinePaymentRequestMessage: {} }],
    ['cancelled', { cancelPaymentRequestMessage: {} }],
    ['invited', { paymentInviteMessage: {} }],
  ])('goes on with a payment that was %s', (step, message) => {
    expect(read(message)).toEqual({ type: 'payment', payment: { step } });
  });
});

describe('other types', () => {
  it('are told from each other', () => {
    expect(read({ stickerPackMessage: { name: 'Bread', stickers: [{}, {}] } })).toEqual({
      type: 'sticker_pack',
      pack: { name: 'Bread', stickers: 2 },
    });
    expect(read({ albumMessage: { expectedImageCount: 3 } })).toEqual({ type: 'album', images: 3, videos: 0 });
    const link = { text: 'see https://example.com', matchedText: 'https://example.com', title: 'Example' };
    expect(read({ extendedTextMessage: link })).toEqual({
      type: 'text',
      text: 'see https://example.com',
      linkPreview: { url: 'https://example.com', title: 'Example' },
    });
  });

  it('that are not known have their kind, and their words where they have some', () => {
    expect(read({ newsletterAdminInviteMessage: {} })).toEqual({
      type: 'unsupported',
      kind: 'newsletter_admin_invite',
    });
    expect(read({ listMessage: { description: 'Choose' } })).toEqual({
      type: 'unsupported',
      kind: 'list',
      text: 'Choose',
    });
    expect(read({ senderKeyDistributionMessage: { groupId: 'g' } })).toBeUndefined();
  });

  it('nested deeper than anybody nests them are what they are nested in', () => {
    let message: proto.IMessage = { conversation: 'x' };
    for (let depth = 0; depth < 50; depth += 1) message = { ephemeralMessage: { message } };
    expect(read(message)).toEqual({ type: 'unsupported', kind: 'ephemeral' });
  });
});

describe('what is longer than honest clients write', () => {
  it('is shortened, and says so', () => {
    expect(read({ conversation: 'a'.repeat(65_536) })).toEqual({ type: 'text', text: 'a'.repeat(65_536) });
    const content = read({ conversation: `${'a'.repeat(65_535)}💥` });
    expect(content).toEqual({ type: 'text', text: `${'a'.repeat(65_535)}\uFFFD`, truncated: true });
  });
});
