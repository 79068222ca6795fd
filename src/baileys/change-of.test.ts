import { createHash, randomBytes } from 'node:crypto';
import { aesEncryptGCM, type BinaryNode, hmacSign, proto, writeRandomPadMax16 } from 'baileys';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../network/index.ts';
import { hardenLibraries } from './harden-libraries.ts';
import { interpret } from './interpret.ts';
import { openSealed } from './open-sealed.ts';
import { encodeStanza } from './stanza-bytes.ts';

hardenLibraries();

const self = { phone: '491510000001', lid: '900000000001' };
const ann = { phone: '491510000002', lid: '900000000002' };
const ben = { lid: '900000000003' };

const inPerson = { from: `${ann.lid}@lid`, sender_pn: `${ann.phone}@s.whatsapp.net`, id: 'C1', t: '1700000001' };
const inGroup = { from: '1203@g.us', participant: `${ann.lid}@lid`, id: 'C1', t: '1700000001' };
const fromUs = { from: `${self.lid}@lid`, recipient: `${ann.lid}@lid`, id: 'C1', t: '1700000001' };

function read(attrs: Record<string, string>, message: proto.IMessage) {
  const content = [{ tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from('x') }];
  const node: BinaryNode = { tag: 'message', attrs, content };
  const plaintexts = [writeRandomPadMax16(proto.Message.encode(message).finish())];
  const [update] = interpret({ stanza: encodeStanza(node), plaintexts, receivedAtMs: 0, self });
  return update;
}

const react = (key: proto.IMessageKey) => ({ reactionMessage: { key, text: '👍' } });
const { Type } = proto.Message.ProtocolMessage;

describe('the message that a change is about', () => {
  it.each([
    ['their own, in person', inPerson, { id: 'A1', fromMe: true }, { fromMe: false, author: ann }],
    ['ours, in person', inPerson, { id: 'A1', fromMe: false }, { fromMe: true }],
    ['theirs, from our phone', fromUs, { id: 'A1', fromMe: false }, { fromMe: false, author: { lid: ann.lid } }],
    ['ours, from our phone', fromUs, { id: 'A1', fromMe: true }, { fromMe: true }],
    ['their own, in a group', inGroup, { id: 'A1', fromMe: true }, { fromMe: false, author: { lid: ann.lid } }],
    [
      'another’s, in a group',
      inGroup,
      { id: 'A1', fromMe: false, participant: `${ben.lid}:4@lid` },
      { fromMe: false, author: ben },
    ],
    [
      'ours, in a group',
      inGroup,
      { id: 'A1', fromMe: false, participant: `${self.phone}@s.whatsapp.net` },
      { fromMe: true },
    ],
    ['somebody’s, in a group', inGroup, { id: 'A1' }, { fromMe: false }],
  ])('is %s', (_whose, attrs, key, target) => {
    expect(read(attrs, react(key))).toMatchObject({
      kind: 'message_change',
      target: { networkId: 'A1', ...target },
      change: { type: 'reaction', emoji: '👍' },
    });
  });

  it('has to be named, or it is a message like any other', () => {
    expect(read(inPerson, react({ fromMe: true }))).toMatchObject({
      kind: 'message',
      content: { type: 'unsupported', kind: 'reaction' },
    });
  });
});

describe('a change', () => {
  const key = { id: 'A1', fromMe: true };

  it.each([
    ['a reaction that is taken back', { reactionMessage: { key, text: '' } }, { type: 'reaction', emoji: null }],
    ['a deletion', { protocolMessage: { key, type: Type.REVOKE } }, { type: 'delete', byAdmin: false }],
    [
      'an edit',
      { editedMessage: { message: { protocolMessage: { key, type: 14, editedMessage: { conversation: 'new' } } } } },
      { type: 'edit', content: { type: 'text', text: 'new' } },
    ],
    [
      'a pin',
      { pinInChatMessage: { key, type: 1 }, messageContextInfo: { messageAddOnDurationInSecs: 60 } },
      { type: 'pin', on: true, seconds: 60 },
    ],
    ['a pin that is taken back', { pinInChatMessage: { key, type: 2 } }, { type: 'pin', on: false }],
    ['a keep', { keepInChatMessage: { key, keepType: 1 } }, { type: 'keep', on: true }],
    ['a vote', { pollUpdateMessage: { pollCreationMessageKey: key } }, { type: 'sealed', what: 'poll_vote' }],
    [
      'an answer',
      { encEventResponseMessage: { eventCreationMessageKey: key } },
      { type: 'sealed', what: 'event_response' },
    ],
    ['a sealed reaction', { encReactionMessage: { targetMessageKey: key } }, { type: 'sealed', what: 'reaction' }],
    [
      'a sealed edit',
      { secretEncryptedMessage: { targetMessageKey: key, secretEncType: 2 } },
      { type: 'sealed', what: 'edit' },
    ],
  ])('is %s', (_what, message, change) => {
    expect(read(inPerson, message)).toMatchObject({ kind: 'message_change', networkId: 'C1', change });
  });

  it('by an admin says so outside of what is sealed, where the server looks', () => {
    const removal = { protocolMessage: { key: { id: 'A1', participant: `${ben.lid}@lid` }, type: Type.REVOKE } };
    expect(read({ ...inGroup, edit: '8' }, removal)).toMatchObject({ change: { byAdmin: true } });
    expect(read({ ...inGroup, edit: '7' }, removal)).toMatchObject({ change: { byAdmin: false } });
  });

  it('of the timer is one of the chat, between two people', () => {
    const timer = { protocolMessage: { type: Type.EPHEMERAL_SETTING, ephemeralExpiration: 86_400 } };
    expect(read(inPerson, timer)).toMatchObject({ kind: 'chat_change', change: { what: 'timer', seconds: 86_400 } });
    expect(read(inGroup, timer)).toMatchObject({ kind: 'message', content: { type: 'unsupported' } });
  });
});

describe('what is sealed', () => {
  const secret = randomBytes(32);
  const poll = { pollCreationMessageV3: { options: [{ optionName: 'Rye' }, { optionName: 'Spelt' }] } };
  const target = (message: proto.IMessage) => ({
    networkId: 'P1',
    raw: proto.Message.encode({ ...message, messageContextInfo: { messageSecret: secret } }).finish(),
    author: self,
  });
  const seal = (plain: Uint8Array, usage: string, creator: string, changer: string, bound: boolean) => {
    const key = hmacSign(Buffer.from(`P1${creator}${changer}${usage}\u0001`), hmacSign(secret, new Uint8Array(32)));
    const encIv = randomBytes(12);
    const aad = bound ? Buffer.from(`P1\u0000${changer}`) : Buffer.alloc(0);
    return { encIv, encPayload: aesEncryptGCM(plain, key, encIv, aad) };
  };
  const hash = (option: string) => createHash('sha256').update(option).digest();
  const vote = (options: string[], creator: string, changer: string) => {
    const plain = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(hash) }).finish();
    const pollUpdateMessage = { vote: seal(plain, 'Poll Vote', creator, changer, true) };
    return proto.Message.encode({ pollUpdateMessage }).finish();
  };
  const open = (raw: Uint8Array, message: proto.IMessage = poll, author: Identity = ann) =>
    openSealed({ raw, author, target: target(message) });

  it('is a vote, under whichever of their addresses people have used', () => {
    for (const creator of [`${self.phone}@s.whatsapp.net`, `${self.lid}@lid`]) {
      for (const changer of [`${ann.phone}@s.whatsapp.net`, `${ann.lid}@lid`]) {
        expect(open(vote(['Spelt'], creator, changer))).toEqual({ type: 'poll_vote', options: ['Spelt'] });
      }
    }
    expect(open(vote([], `${self.lid}@lid`, `${ann.lid}@lid`))).toEqual({ type: 'poll_vote', options: [] });
  });

  it('does not open for somebody else, for what is not there to choose, or without a secret', () => {
    const raw = vote(['Rye'], `${self.lid}@lid`, `${ann.lid}@lid`);
    expect(open(raw, poll, ben)).toBeUndefined();
    expect(open(vote(['Wheat'], `${self.lid}@lid`, `${ann.lid}@lid`))).toBeUndefined();
    const bare = proto.Message.encode(poll).finish();
    expect(openSealed({ raw, author: ann, target: { networkId: 'P1', raw: bare, author: self } })).toBeUndefined();
    expect(open(Buffer.from('nonsense'))).toBeUndefined();
  });

  it('is an answer to an event, a reaction or an edit', () => {
    const by = [`${self.lid}@lid`, `${ann.lid}@lid`] as const;
    const answer = proto.Message.EventResponseMessage.encode({ response: 1, extraGuestCount: 2 }).finish();
    const encEventResponseMessage = seal(answer, 'Event Response', ...by, true);
    expect(open(proto.Message.encode({ encEventResponseMessage }).finish())).toEqual({
      type: 'event_response',
      response: 'going',
      extraGuests: 2,
    });
    const reaction = proto.Message.ReactionMessage.encode({ text: '👍' }).finish();
    const encReactionMessage = seal(reaction, 'Enc Reaction', ...by, false);
    expect(open(proto.Message.encode({ encReactionMessage }).finish())).toEqual({ type: 'reaction', emoji: '👍' });
    const words = proto.Message.encode({ conversation: 'new' }).finish();
    const secretEncryptedMessage = { ...seal(words, 'Message Edit', ...by, false), secretEncType: 2 };
    expect(open(proto.Message.encode({ secretEncryptedMessage }).finish())).toEqual({
      type: 'edit',
      content: { type: 'text', text: 'new' },
    });
  });
});
