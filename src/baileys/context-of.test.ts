import { proto } from 'baileys';
import { expect, test } from 'vitest';
import { contextOf } from './context-of.ts';

const self = { phone: '491510000001', lid: '900000000001' };
const read = (message: proto.IMessage) => contextOf(proto.Message.decode(proto.Message.encode(message).finish()), self);
const text = (contextInfo: proto.IContextInfo) => read({ extendedTextMessage: { text: 'x', contextInfo } });

test('a plain message has nothing around it', () => {
  expect(read({ conversation: 'x' })).toBeUndefined();
  expect(text({})).toBeUndefined();
});

test('an answer names the message, who wrote it and what it said', () => {
  const quotedMessage = { imageMessage: { caption: 'Look' } };
  expect(text({ stanzaId: 'A1', participant: '900000000002:3@lid', quotedMessage })).toEqual({
    replyTo: {
      networkId: 'A1',
      fromMe: false,
      author: { lid: '900000000002' },
      quoted: { type: 'image', text: 'Look' },
    },
  });
  expect(text({ stanzaId: 'A2', participant: '491510000001@s.whatsapp.net' })).toEqual({
    replyTo: { networkId: 'A2', fromMe: true },
  });
  expect(text({ stanzaId: 'A3', participant: '900000000002@lid', remoteJid: 'status@broadcast' })).toMatchObject({
    replyTo: { networkId: 'A3', chat: { kind: 'story', address: 'status@broadcast' } },
  });
});

test('people who are named are counted once, and no more than a hundred of them', () => {
  const mentionedJid = ['900000000002@lid', '900000000002@lid', '491510000003@s.whatsapp.net', '1203@g.us', 'nonsense'];
  expect(text({ mentionedJid })).toEqual({ mentions: [{ lid: '900000000002' }, { phone: '491510000003' }] });
  expect(text({ mentionedJid: ['900000000001@lid'] })).toEqual({ mentions: [self] });
  const crowd = Array.from({ length: 5_000 }, (_, index) => `9${String(index).padStart(11, '0')}@lid`);
  expect(text({ mentionedJid: crowd })?.mentions).toHaveLength(100);
});

test('what was forwarded, is for one look or disappears says so, whatever its type', () => {
  expect(text({ isForwarded: true, forwardingScore: 6 })).toEqual({ forwarded: true, forwardingScore: 6 });
  expect(text({ expiration: 86_400 })).toEqual({ disappearingSeconds: 86_400 });
  expect(read({ imageMessage: { viewOnce: true } })).toEqual({ viewOnce: true });
  expect(read({ viewOnceMessageV2: { message: { audioMessage: {} } } })).toEqual({ viewOnce: true });
});

test('a quote within a quote is nobody’s business', () => {
  let quoted: proto.IMessage = { conversation: 'innermost' };
  for (let depth = 0; depth < 30; depth += 1) {
    quoted = { extendedTextMessage: { text: `${depth}`, contextInfo: { stanzaId: 'Q', quotedMessage: quoted } } };
  }
  expect(text({ stanzaId: 'A1', quotedMessage: quoted })).toEqual({
    replyTo: { networkId: 'A1', fromMe: false, quoted: { type: 'text', text: '29' } },
  });
});
