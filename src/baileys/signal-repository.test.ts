import { type AuthenticationCreds, type BinaryNode, initAuthCreds, type SignalRepositoryWithLIDStore } from 'baileys';
import { describe, expect, it } from 'vitest';
import type { SignalBatch, SignalStore } from '../network/index.ts';
import { createLog } from '../platform/index.ts';
import { createBaileysLog } from './baileys-log.ts';
import { hardenLibraries } from './harden-libraries.ts';
import { createSessionStore } from './session-store.ts';
import { createSignalKeys, encodeKey } from './signal-keys.ts';
import { createSignalRepository } from './signal-repository.ts';
import { type MessageStanza, openMessageStanza } from './stanza-parts.ts';

hardenLibraries();
const logger = createBaileysLog(createLog({ level: 'silent' }));
const typed = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([5]), bytes]);

type Side = {
  readonly creds: AuthenticationCreds;
  readonly batches: SignalBatch[];
  readonly repository: SignalRepositoryWithLIDStore;
  readonly failed: unknown[];
  breakNext: boolean;
  open(node: BinaryNode): MessageStanza;
};

let sides = 0;

/** One end of a Signal session, with its keys in memory. */
function createSide(): Side {
  const creds = initAuthCreds();
  const kept = new Map<string, Uint8Array>([['pre-key 7', encodeKey('pre-key', creds.pairingEphemeralKeyPair)]]);
  const plaintexts = new Map<string, Uint8Array>();
  const batches: SignalBatch[] = [];
  const failed: unknown[] = [];
  let stanza: MessageStanza | undefined;
  const memory: SignalStore = {
    readCredentials: () => Promise.resolve(undefined),
    readKeys: async (kind, ids) =>
      new Map(
        ids.flatMap((id) => {
          const value = kept.get(`${kind} ${id}`);
          return value === undefined ? [] : [[id, value] as const];
        }),
      ),
    readPlaintext: async (hash) => plaintexts.get(hash),
    commit: async (batch) => {
      if (side.breakNext) throw new Error('disk full');
      batches.push(batch);
      for (const { kind, id, value } of batch.keys ?? []) {
        if (value === null) kept.delete(`${kind} ${id}`);
        else kept.set(`${kind} ${id}`, value);
      }
      for (const part of batch.inbound?.parts ?? []) plaintexts.set(part.ciphertextHash, part.plaintext);
    },
  };
  const store = createSessionStore(memory, (error) => failed.push(error));
  const keys = createSignalKeys(store);
  sides += 1;
  const make = createSignalRepository({
    store,
    keys,
    instanceId: `ins_${sides}`,
    partOf: (bytes) => stanza?.partOf(bytes),
  });
  const side: Side = {
    creds,
    batches,
    failed,
    breakNext: false,
    repository: make({ creds, keys }, logger),
    open: (node) => {
      const opened = openMessageStanza(node, { phone: '2', lid: '20' });
      if (opened === undefined) throw new Error('There is nothing to decrypt.');
      stanza = opened;
      return opened;
    },
  };
  return side;
}

async function introduce(
  from: Side,
  to: Side,
  jid: string,
  signature = to.creds.signedPreKey.signature,
): Promise<void> {
  await from.repository.injectE2ESession({
    jid,
    session: {
      registrationId: to.creds.registrationId,
      identityKey: typed(to.creds.signedIdentityKey.public),
      signedPreKey: { keyId: 1, publicKey: typed(to.creds.signedPreKey.keyPair.public), signature },
      preKey: { keyId: 7, publicKey: typed(to.creds.pairingEphemeralKeyPair.public) },
    },
  });
}

const ann = '30@lid';
const shop = '20@lid';

type Enc = { readonly type: 'pkmsg' | 'msg'; readonly ciphertext: Uint8Array };

async function write(from: Side, text: string): Promise<Enc> {
  return from.repository.encryptMessage({ jid: shop, data: Buffer.from(text) });
}

function stanzaOf(id: string, encs: readonly Enc[], count?: string): BinaryNode {
  return {
    tag: 'message',
    attrs: { id, from: ann, t: '1700000000' },
    content: encs.map(({ type, ciphertext }) => ({
      tag: 'enc',
      attrs: { v: '2', type, ...(count === undefined ? {} : { count }) },
      content: Buffer.from(ciphertext),
    })),
  };
}

/** As Baileys reads a stanza: part after part, going on after one that it cannot read. */
async function readStanza(to: Side, node: BinaryNode): Promise<readonly string[]> {
  const stanza = to.open(node);
  const words: string[] = [];
  for (const [index, ciphertext] of stanza.ciphertexts.entries()) {
    const enc = Array.isArray(node.content) ? node.content[index] : undefined;
    const type = enc?.attrs.type === 'pkmsg' ? 'pkmsg' : 'msg';
    const read = to.repository.decryptMessage({ jid: ann, type, ciphertext });
    words.push(
      await read.then(
        (bytes) => Buffer.from(bytes).toString(),
        () => 'unread',
      ),
    );
  }
  await stanza.ended;
  return words;
}

const inboundOf = (side: Side) => side.batches.flatMap((batch) => (batch.inbound === undefined ? [] : [batch.inbound]));

async function acquainted(): Promise<{ from: Side; to: Side }> {
  const [from, to] = [createSide(), createSide()];
  await introduce(from, to, shop);
  return { from, to };
}

describe('a stanza in several parts', () => {
  it('is complete with its last one, each part in one commit with its ratchet', async () => {
    const { from, to } = await acquainted();
    const node = stanzaOf('A', [await write(from, 'one'), await write(from, 'two')]);
    expect(await readStanza(to, node)).toEqual(['one', 'two']);
    expect(inboundOf(to).map(({ complete, parts }) => [complete, parts.map((part) => part.position)])).toEqual([
      [false, [0]],
      [true, [1]],
    ]);
    expect(to.batches.map((batch) => [...new Set(batch.keys?.map((key) => key.kind))].sort())).toEqual([
      ['identity-key', 'pre-key', 'session'],
      ['session'],
    ]);
  });

  it('cut short by a crash is completed by the parts that were missing', async () => {
    const { from, to } = await acquainted();
    const encs = [await write(from, 'one'), await write(from, 'two')];
    const first = to.open(stanzaOf('A', encs));
    const [ciphertext] = first.ciphertexts;
    await to.repository.decryptMessage({ jid: ann, type: 'pkmsg', ciphertext: ciphertext ?? Buffer.alloc(0) });
    expect(inboundOf(to)).toMatchObject([{ complete: false }]);

    expect(await readStanza(to, stanzaOf('A', encs))).toEqual(['one', 'two']);
    const rows = inboundOf(to);
    expect(rows).toMatchObject([{ complete: false }, { complete: true, parts: [{ position: 1 }] }]);
    expect(new Set(rows.map((row) => row.dedupeKey)).size).toBe(1);
  });

  it('that comes again whole is read from the journal and written nowhere', async () => {
    const { from, to } = await acquainted();
    const node = stanzaOf('A', [await write(from, 'one')]);
    expect(await readStanza(to, node)).toEqual(['one']);
    const before = to.batches.length;
    expect(await readStanza(to, { ...node, attrs: { ...node.attrs, offline: '1' } })).toEqual(['one']);
    expect(to.batches.length).toBe(before);
  });
});

describe('a part that cannot be read', () => {
  it('is recorded by itself, and what is sent instead is a record of its own', async () => {
    const { from, to } = await acquainted();
    await readStanza(to, stanzaOf('A', [await write(from, 'one')]));
    const good = await write(from, 'two');
    const bad = Buffer.from(good.ciphertext);
    const inside = Math.floor(bad.length * 0.7);
    bad[inside] = (bad[inside] ?? 0) ^ 1;
    expect(await readStanza(to, stanzaOf('B', [{ type: good.type, ciphertext: bad }]))).toEqual(['unread']);
    expect(inboundOf(to).at(-1)).toMatchObject({ complete: true, failure: expect.any(String), parts: [] });
    expect(await readStanza(to, stanzaOf('B', [await write(from, 'again')], '1'))).toEqual(['again']);
    const [failure, success] = inboundOf(to).slice(-2);
    expect(success).toMatchObject({ complete: true, parts: [{ position: 100 }] });
    expect(success?.dedupeKey).not.toBe(failure?.dedupeKey);
    expect(to.failed).toEqual([]);
  });

  it('beside one that can says nothing', async () => {
    const { from, to } = await acquainted();
    const good = await write(from, 'one');
    const bad = { type: 'msg' as const, ciphertext: Buffer.alloc(60, 3) };
    expect(await readStanza(to, stanzaOf('A', [bad, good]))).toEqual(['unread', 'one']);
    expect(inboundOf(to)).toMatchObject([{ complete: true, parts: [{ position: 1 }] }]);
  });
});

describe('a store that fails', () => {
  it('settles nothing, and leaves the address free for other instances', async () => {
    const { from, to } = await acquainted();
    const enc = await write(from, 'one');
    to.breakNext = true;
    const stanza = to.open(stanzaOf('A', [enc]));
    const settled = Promise.withResolvers<string>();
    void to.repository
      .decryptMessage({ jid: ann, type: enc.type, ciphertext: stanza.ciphertexts[0] ?? Buffer.alloc(0) })
      .then(
        () => settled.resolve('resolved'),
        () => settled.resolve('rejected'),
      );
    await expect.poll(() => to.failed.length).toBe(1);

    // The same contact writes to another instance of this process.
    const other = createSide();
    await introduce(from, other, shop);
    expect(await readStanza(other, stanzaOf('B', [await write(from, 'hello')]))).toEqual(['hello']);
    expect(await Promise.race([settled.promise, Promise.resolve('pending')])).toBe('pending');
  });

  it('settles nothing where it only reads', async () => {
    const { from, to } = await acquainted();
    to.breakNext = true;
    void to.repository.deleteSession([ann]);
    await expect.poll(() => to.failed.length).toBe(1);
    const answers = [to.repository.validateSession(ann), to.repository.lidMapping.getLIDForPN('3@s.whatsapp.net')];
    expect(await Promise.race([...answers, Promise.resolve('pending')])).toBe('pending');
    expect(from.failed).toEqual([]);
  });
});

describe('a session', () => {
  it('is not built on a pre-key that was not signed by its owner', async () => {
    const [from, to] = [createSide(), createSide()];
    await expect(introduce(from, to, shop, Buffer.alloc(64, 7))).rejects.toThrow('Invalid signature');
    expect(from.batches).toEqual([]);
  });

  it('made by number is the one of the LID once that is known, and is dropped by either name', async () => {
    const [from, to] = [createSide(), createSide()];
    await from.repository.lidMapping.storeLIDPNMappings([{ lid: '20@lid', pn: '2@s.whatsapp.net' }]);
    await introduce(from, to, '2@s.whatsapp.net');
    expect(await from.repository.validateSession('20@lid')).toEqual({ exists: true });
    await from.repository.deleteSession(['2@s.whatsapp.net']);
    expect(await from.repository.validateSession('20@lid')).toMatchObject({ exists: false });
  });
});

describe('a group', () => {
  const group = '1203@g.us';

  it('is read in one commit with its sender key, which comes before, and again from the journal', async () => {
    const [from, to] = [createSide(), createSide()];
    const sealed = await from.repository.encryptGroupMessage({ group, meId: ann, data: Buffer.from('all') });
    await to.repository.processSenderKeyDistributionMessage({
      authorJid: ann,
      item: { groupId: group, axolotlSenderKeyDistributionMessage: sealed.senderKeyDistributionMessage },
    });
    const node: BinaryNode = {
      tag: 'message',
      attrs: { id: 'G', from: group, participant: ann, t: '1700000000' },
      content: [{ tag: 'enc', attrs: { v: '2', type: 'skmsg' }, content: Buffer.from(sealed.ciphertext) }],
    };
    const read = async (): Promise<string> => {
      const stanza = to.open({ ...node });
      const [msg] = stanza.ciphertexts;
      const words = await to.repository.decryptGroupMessage({ group, authorJid: ann, msg: msg ?? Buffer.alloc(0) });
      await stanza.ended;
      return Buffer.from(words).toString();
    };
    expect(await read()).toBe('all');
    expect(to.batches.at(-1)).toMatchObject({ keys: [{ kind: 'sender-key' }], inbound: { complete: true } });
    const before = to.batches.length;
    expect(await read()).toBe('all');
    expect(to.batches.length).toBe(before);
    expect(from.batches.at(-1)).toMatchObject({ keys: [{ kind: 'sender-key' }] });
  });
});
