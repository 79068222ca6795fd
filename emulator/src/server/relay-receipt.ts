import { answerKey, enqueueStanza, settleStanza } from '../clients/outbox.ts';
import { isSharedChat } from '../groups/groups.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { answerRetry } from '../phones/answer-retry.ts';
import { recordReceipt } from '../phones/history.ts';
import { noteReceipt, shareReading } from '../phones/receipts.ts';
import { reuploadMedia } from '../phones/reupload-media.ts';
import { type Jid, parseJid } from '../wire/jids.ts';
import { type BinaryNode, childNamed, childrenNamed, node } from '../wire/nodes.ts';
import { accountOfJid, clientsOf, jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

/** Receipts that say "I have it", apart from a plain one. Reading says more, but is never the first word. */
const HAVING = new Set(['inactive', 'sender', 'peer_msg', 'hist_sync']);
const READING = new Set(['read', 'played']);
/** What clients of people say who do not let others know; it stays between their own devices. */
const READ_IN_SECRET = 'read-self';
/** A file could not be fetched from the media host; the client's own phone may bring it there again. */
const MEDIA_IS_GONE = 'server-error';

const idsOf = (receipt: BinaryNode): string[] => {
  const items = childrenNamed(childNamed(receipt, 'list'), 'item').map((item) => item.attrs.id);
  return [receipt.attrs.id, ...items].filter((id): id is string => id !== undefined);
};

/** The receipt as the other account's clients see it. */
const wrapReceipt = (reader: LoggedIn, receipt: BinaryNode): BinaryNode => {
  const { to, participant } = receipt.attrs;
  const isShared = isSharedChat(to);
  const addressing = parseJid(isShared ? participant : to)?.addressing ?? 'pn';
  const self = jidOf(reader.state, addressing, reader.device.id);
  const attributes = {
    ...(isShared ? { from: to, participant: self } : { from: self }),
    id: receipt.attrs.id,
    type: receipt.attrs.type,
    t: nowSeconds(),
  };
  return node('receipt', attributes, receipt.content);
};

const recordAndForward = (world: World, reader: LoggedIn, sender: AccountState, receipt: BinaryNode): void => {
  const type = receipt.attrs.type;
  const ids = idsOf(receipt);
  const group = isSharedChat(receipt.attrs.to) ? receipt.attrs.to : undefined;
  noteReceipt(
    world,
    sender,
    reader.state,
    { ids, group },
    type !== undefined && READING.has(type) ? 'read' : 'delivered',
  );
  for (const id of ids) {
    recordReceipt(world, sender, {
      sequence: world.nextSequence(),
      id,
      type: type ?? 'delivered',
      from: reader.state.account.number,
      device: reader.device.id,
      at: nowMs(),
    });
  }
  for (const client of clientsOf(sender)) enqueueStanza(world, sender, client.id, wrapReceipt(reader, receipt));
};

/** Who has written what a receipt is about. */
const authorOf = ({ attrs }: BinaryNode): Jid | undefined =>
  parseJid(isSharedChat(attrs.to) ? attrs.participant : attrs.to);

const relayRetry = (world: World, asker: LoggedIn, receipt: BinaryNode): void => {
  const to = authorOf(receipt);
  const account = accountOfJid(world, to);
  const device = account?.devices.get(to?.device ?? 0);
  if (!account || !device) return;
  if (device.kind === 'client') {
    const forwarded = wrapReceipt(asker, receipt);
    const recipient = receipt.attrs.recipient;
    const attrs = recipient === undefined ? forwarded.attrs : { ...forwarded.attrs, recipient };
    enqueueStanza(world, account, device.id, { ...forwarded, attrs });
    return;
  }
  recordReceipt(world, account, {
    sequence: world.nextSequence(),
    id: receipt.attrs.id ?? '',
    type: 'retry',
    from: asker.state.account.number,
    device: asker.device.id,
    at: nowMs(),
  });
  const answer = (): void => answerRetry(world, account, asker.state, asker.device, receipt);
  if (account.account.online) answer();
  else account.postponed.push(answer);
};

const shareWithOwn = (world: World, reader: LoggedIn, sender: AccountState, receipt: BinaryNode): void => {
  const group = isSharedChat(receipt.attrs.to) ? receipt.attrs.to : undefined;
  const addressing = authorOf(receipt)?.addressing ?? 'lid';
  shareReading(world, reader.state, sender, { ids: idsOf(receipt), addressing, group }, reader.device.id);
};

const askForMedia = (world: World, { state, device }: LoggedIn, receipt: BinaryNode): void => {
  // A disk that fails leaves the client without an answer, as a phone does that is off.
  const answer = (): void => void reuploadMedia(world, state, device, receipt).catch(() => undefined);
  if (state.account.online) answer();
  else state.postponed.push(answer);
};

/** A client says that it has, has read, or could not read messages. */
export const relayReceipt = (world: World, reader: LoggedIn, receipt: BinaryNode): void => {
  const { id, type, to, participant } = receipt.attrs;
  reader.connection.send(node('ack', { class: 'receipt', id, type, from: to, participant, t: nowSeconds() }));
  if (type === 'retry') {
    relayRetry(world, reader, receipt);
    return;
  }
  if (type === MEDIA_IS_GONE) {
    askForMedia(world, reader, receipt);
    return;
  }
  if (type === undefined || HAVING.has(type)) {
    for (const messageId of idsOf(receipt)) {
      settleStanza(world, reader.state, reader.device.id, answerKey('message', messageId));
    }
  }
  const sender = accountOfJid(world, authorOf(receipt));
  const told = type === undefined || type === 'inactive' || READING.has(type);
  if (!sender || sender === reader.state) return;
  if (told) recordAndForward(world, reader, sender, receipt);
  if (type !== undefined && (READING.has(type) || type === READ_IN_SECRET))
    shareWithOwn(world, reader, sender, receipt);
};
