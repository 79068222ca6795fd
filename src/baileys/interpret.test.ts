import { type BinaryNode, proto, writeRandomPadMax16 } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundRecord, InboundUpdate } from '../network/index.ts';
import { hardenLibraries } from './harden-libraries.ts';
import { interpret } from './interpret.ts';
import { encodeStanza } from './stanza-bytes.ts';

hardenLibraries();

const self = { phone: '491510000001', lid: '900000000001' };
const ann = { phone: '491510000002', lid: '900000000002' };
const receivedAtMs = 1_700_000_000_000;

function read(node: BinaryNode, messages: readonly proto.IMessage[] = [], failure?: string): readonly InboundUpdate[] {
  const record: InboundRecord = {
    stanza: encodeStanza(node),
    plaintexts: messages.map((message) => writeRandomPadMax16(proto.Message.encode(message).finish())),
    receivedAtMs,
    self,
    ...(failure === undefined ? {} : { failure }),
  };
  return interpret(record);
}

function message(attrs: Record<string, string> = {}): BinaryNode {
  const from = {
    from: `${ann.lid}:3@lid`,
    sender_pn: `${ann.phone}@s.whatsapp.net`,
    notify: 'Ann',
    id: 'A1',
    t: '1700000001',
  };
  return {
    tag: 'message',
    attrs: { ...from, ...attrs },
    content: [{ tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from('x') }],
  };
}

function own(attrs: Record<string, string>): BinaryNode {
  const from = { from: `${self.phone}:0@s.whatsapp.net`, id: 'B1', t: '1700000002', notify: 'Shop' };
  return { tag: 'message', attrs: { ...from, ...attrs } };
}

describe('a message', () => {
  it('is a text with all that is known of who wrote it', () => {
    const expected = {
      kind: 'message',
      networkId: 'A1',
      chat: { kind: 'person', contact: { ...ann, name: 'Ann' } },
      author: { ...ann, name: 'Ann' },
      fromMe: false,
      content: { type: 'text', text: 'hi' },
      atMs: 1_700_000_001_000,
    };
    const wrapped = { ephemeralMessage: { message: { extendedTextMessage: { text: 'hi' } } } };
    for (const sent of [{ conversation: 'hi' }, { extendedTextMessage: { text: 'hi' } }, wrapped]) {
      expect(read(message(), [sent])).toEqual([{ ...expected, raw: proto.Message.encode(sent).finish() }]);
    }
  });

  it('addressed by number says the same', () => {
    const node = message({ from: `${ann.phone}@s.whatsapp.net`, sender_lid: `${ann.lid}@lid`, addressing_mode: 'pn' });
    expect(read(node, [{ conversation: 'hi' }])).toMatchObject([{ author: { ...ann, name: 'Ann' } }]);
  });

  it('of another device of ours is from me, to whom it names', () => {
    const node = own({ recipient: `${ann.lid}@lid`, peer_recipient_pn: `${ann.phone}@s.whatsapp.net` });
    const sent = { deviceSentMessage: { destinationJid: `${ann.lid}@lid`, message: { conversation: 'hi' } } };
    const chat = { kind: 'person', contact: ann };
    expect(read(node, [sent])).toMatchObject([{ fromMe: true, chat, content: { type: 'text', text: 'hi' } }]);
  });

  it.each([
    ['reaction', { reactionMessage: { text: '+', key: {} } }],
    ['interactive', { interactiveMessage: {} }],
    ['protocol', { protocolMessage: { type: proto.Message.ProtocolMessage.Type.REVOKE } }],
    ['newsletter_admin_invite', { newsletterAdminInviteMessage: {} }],
  ])('of kind %s is unsupported, by its name', (kind, content) => {
    expect(read(message(), [content])).toMatchObject([{ kind: 'message', content: { type: 'unsupported', kind } }]);
  });

  it('by somebody whose name is a word of JavaScript is one like any other', () => {
    expect(read(message({ notify: 'constructor' }), [{ conversation: 'hi' }])).toMatchObject([
      { author: { name: 'constructor' } },
    ]);
  });

  it('in a group is of that chat, by whom wrote it', () => {
    const attrs = { from: '1203@g.us', participant: `${ann.lid}:3@lid`, participant_pn: `${ann.phone}@s.whatsapp.net` };
    const key = { senderKeyDistributionMessage: { groupId: '1203@g.us' } };
    expect(read(message(attrs), [key, { conversation: 'all' }])).toMatchObject([
      {
        chat: { kind: 'group', address: '1203@g.us' },
        author: { ...ann, name: 'Ann' },
        content: { type: 'text', text: 'all' },
      },
    ]);
    expect(read(message(attrs), [key])).toEqual([{ kind: 'ignored', why: 'no content' }]);
  });

  it('that could not be read says so', () => {
    expect(read(message(), [], 'no_session')).toMatchObject([
      { kind: 'undecryptable', networkId: 'A1', reason: 'no_session' },
    ]);
    expect(read(own({ category: 'peer' }), [], 'no_session')).toMatchObject([{ kind: 'ignored' }]);
  });

  it('that came without encryption is told by what it lacks', () => {
    const node: BinaryNode = { ...message(), content: [{ tag: 'unavailable', attrs: { type: 'view_once' } }] };
    expect(read(node)).toMatchObject([{ content: { type: 'unsupported', kind: 'view_once_unavailable' } }]);
  });

  it('in words that this program has not is not dropped, and its bytes are kept as they came', () => {
    const unheardOf = Buffer.from([0xba, 0x3e, 0x02, 0x08, 0x01]);
    const record = (bytes: Uint8Array): InboundRecord => ({
      stanza: encodeStanza(message()),
      plaintexts: [writeRandomPadMax16(bytes)],
      receivedAtMs,
      self,
    });
    expect(interpret(record(unheardOf))).toMatchObject([
      { kind: 'message', content: { type: 'unsupported', kind: 'unknown' }, raw: unheardOf },
    ]);
    const known = proto.Message.encode({ conversation: 'hi' }).finish();
    const both = Buffer.concat([known, unheardOf]);
    expect(interpret(record(both))).toMatchObject([{ content: { type: 'text', text: 'hi' }, raw: both }]);
    expect(interpret(record(Buffer.from([0x0a, 0xff, 0xff])))).toMatchObject([
      { kind: 'message', content: { type: 'unsupported', kind: 'unreadable' } },
    ]);
  });

  it('between our own devices is ignored, and one that pretends to be is too', () => {
    const share = { protocolMessage: { type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE } };
    expect(read(own({ category: 'peer' }), [share])).toEqual([{ kind: 'ignored', why: 'app_state_sync_key_share' }]);
    expect(read(message(), [share])).toEqual([{ kind: 'ignored', why: 'app_state_sync_key_share from somebody else' }]);
  });

  it('of a newsletter is nobody’s, and came in the open', () => {
    const content = proto.Message.encode({ conversation: 'news' }).finish();
    const node = (plain: Uint8Array): BinaryNode => ({
      tag: 'message',
      attrs: { from: '5@newsletter', id: 'N1', t: '1700000001' },
      content: [{ tag: 'plaintext', attrs: {}, content: plain }],
    });
    const chat = { kind: 'newsletter', address: '5@newsletter' };
    expect(read(node(content))).toMatchObject([{ chat, author: {}, content: { type: 'text', text: 'news' } }]);
    expect(read(node(Buffer.from([0x0a, 0xff])))).toMatchObject([{ chat, content: { kind: 'unreadable' } }]);
  });

  it('of a story is one of the chat of all stories', () => {
    const attrs = { from: 'status@broadcast', participant: `${ann.lid}@lid` };
    expect(read(message(attrs), [{ conversation: 'On holiday' }])).toMatchObject([
      { kind: 'message', chat: { kind: 'story', address: 'status@broadcast' }, author: { lid: ann.lid } },
    ]);
  });

  it('that our phone sends again on request is what it was', () => {
    const info = {
      key: { id: 'C1', remoteJid: `${ann.phone}@s.whatsapp.net`, fromMe: false },
      message: { conversation: 'late' },
      messageTimestamp: 1_700_000_003,
    };
    const answer = {
      protocolMessage: {
        type: proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationResult: [
            { placeholderMessageResendResponse: { webMessageInfoBytes: proto.WebMessageInfo.encode(info).finish() } },
          ],
        },
      },
    };
    expect(read(own({ category: 'peer' }), [answer])).toEqual([
      {
        kind: 'message',
        networkId: 'C1',
        chat: { kind: 'person', contact: { phone: ann.phone } },
        author: { phone: ann.phone },
        fromMe: false,
        content: { type: 'text', text: 'late' },
        raw: proto.Message.encode({ conversation: 'late' }).finish(),
        atMs: 1_700_000_003_000,
      },
    ]);
    expect(read(message(), [answer])).toMatchObject([{ kind: 'ignored' }]);
  });
});

describe('a receipt', () => {
  const receipt = (attrs: Record<string, string>, ids: readonly string[] = []): BinaryNode => ({
    tag: 'receipt',
    attrs: { from: `${ann.lid}@lid`, id: 'M1', t: '1700000004', ...attrs },
    ...(ids.length > 0
      ? { content: [{ tag: 'list', attrs: {}, content: ids.map((id) => ({ tag: 'item', attrs: { id } })) }] }
      : {}),
  });

  it.each([
    [{}, 'delivered'],
    [{ type: 'inactive' }, 'delivered'],
    [{ type: 'read' }, 'read'],
    [{ type: 'played' }, 'played'],
  ] as const)('%o is %s', (attrs, name) => {
    expect(read(receipt(attrs))).toMatchObject([
      { kind: 'receipt', receipt: name, networkIds: ['M1'], contact: { lid: ann.lid } },
    ]);
  });

  it('of what was written to many is of that chat, by who got it', () => {
    const participant = `${ann.lid}:2@lid`;
    const contact = { lid: ann.lid };
    expect(read(receipt({ from: '1203@g.us', participant }))).toMatchObject([
      { kind: 'receipt', chat: { kind: 'group', address: '1203@g.us' }, contact },
    ]);
    expect(read(receipt({ from: 'status@broadcast', participant, type: 'read' }))).toMatchObject([
      { kind: 'receipt', receipt: 'read', chat: { kind: 'story' }, contact },
    ]);
    expect(read(receipt({ from: '1203@g.us', participant: `${self.lid}:4@lid` }))).toMatchObject([{ kind: 'ignored' }]);
  });

  it('may be for several messages', () => {
    expect(read(receipt({ type: 'read' }, ['M1', 'M2', 'M3']))).toMatchObject([{ networkIds: ['M1', 'M2', 'M3'] }]);
  });

  it.each([
    { type: 'retry' },
    { type: 'sender' },
    { type: 'read-self' },
    { type: 'constructor' },
    { from: `${self.lid}:4@lid` },
    { recipient: `${ann.lid}@lid` },
    { from: '1203@g.us' },
    { from: '5@newsletter' },
  ])('%o is ignored', (attrs) => {
    expect(read(receipt(attrs))).toMatchObject([{ kind: 'ignored' }]);
  });
});

describe('whatever a stranger sends', () => {
  const attrName = fc.constantFrom(
    'id',
    'from',
    'to',
    't',
    'type',
    'participant',
    'recipient',
    'sender_pn',
    'sender_lid',
    'notify',
    'category',
  );
  const attrValue = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '1@s.whatsapp.net',
      '2:5@lid',
      '3@g.us',
      'status@broadcast',
      '4@broadcast',
      '5@newsletter',
      '@lid',
      'x@',
      'read',
      'peer',
    ),
  );
  const { node } = fc.letrec<{ node: BinaryNode }>((tie) => ({
    node: fc.record({
      tag: fc.constantFrom('message', 'receipt', 'notification', 'call', 'enc', 'list', 'item', 'unavailable'),
      attrs: fc.dictionary(attrName, attrValue),
      content: fc.oneof({ depthSize: 'small' }, fc.uint8Array(), fc.string(), fc.array(tie('node'), { maxLength: 3 })),
    }),
  }));

  it('never throws', () => {
    fc.assert(
      fc.property(
        node,
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }),
        fc.option(fc.string(), { nil: undefined }),
        (stanza, plaintexts, failure) => {
          const updates = interpret({
            stanza: encodeStanza(stanza),
            plaintexts,
            receivedAtMs,
            self,
            ...(failure === undefined ? {} : { failure }),
          });
          expect(updates.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array(), (stanza) => interpret({ stanza, plaintexts: [], receivedAtMs, self }).length > 0),
    );
  });

  it('with plaintext that is a message never throws', () => {
    const text = fc.string();
    const inner = fc.oneof(
      fc.record({ conversation: text }),
      fc.record({ protocolMessage: fc.record({ type: fc.integer({ min: -1, max: 40 }) }) }),
      fc.record({ deviceSentMessage: fc.record({ message: fc.record({ conversation: text }) }) }),
    );
    fc.assert(fc.property(node, inner, (stanza, content) => read({ ...stanza, tag: 'message' }, [content]).length > 0));
  });
});
