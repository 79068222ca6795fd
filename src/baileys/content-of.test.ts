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

describe('what is longer than honest clients write', () => {
  it('is shortened, and says so', () => {
    expect(read({ conversation: 'a'.repeat(65_536) })).toEqual({ type: 'text', text: 'a'.repeat(65_536) });
    const content = read({ conversation: `${'a'.repeat(65_535)}💥` });
    expect(content).toEqual({ type: 'text', text: `${'a'.repeat(65_535)}\uFFFD`, truncated: true });
  });
});
