import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { hkdfSha256, seal, toKey, unseal } from '../lib/ciphers.ts';
import { nowSeconds } from '../lib/clock.ts';
import { nameOfPath, pathNow } from '../media/media-host.ts';
import { type BinaryNode, bytesOf, childNamed, node } from '../wire/nodes.ts';
import { findAccount, jidOf } from '../world/accounts.ts';
import type { ClientDevice, ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { messageKey } from './history.ts';

/** Files that are gone from the media host: a client asks its own phone, which brings them there once more. */

const NONCE_BYTES = 12;
const { ResultType } = proto.MediaRetryNotification;

const keyFor = (mediaKey: Buffer) =>
  toKey(hkdfSha256(mediaKey, Buffer.alloc(0), 'WhatsApp Media Retry Notification', 32));

const findMessage = (world: World, state: AccountState, receipt: BinaryNode): ShownMessage | undefined => {
  const jid = childNamed(receipt, 'rmr')?.attrs.jid;
  const chat = jid && world.groups.has(jid) ? jid : findAccount(world, jid)?.account.number;
  return state.messageById.get(messageKey(chat ?? '', receipt.attrs.id ?? ''));
};

/** Whether the client has sealed its wish with the file's key. */
const isGenuine = (mediaKey: Buffer, receipt: BinaryNode): boolean => {
  const sealed = childNamed(receipt, 'encrypt');
  const [body, nonce] = [bytesOf(childNamed(sealed, 'enc_p')), bytesOf(childNamed(sealed, 'enc_iv'))];
  const id = receipt.attrs.id ?? '';
  try {
    const plain = unseal(
      keyFor(mediaKey),
      nonce ?? Buffer.alloc(NONCE_BYTES),
      body ?? Buffer.alloc(0),
      Buffer.from(id),
    );
    return proto.ServerErrorReceipt.decode(plain).stanzaId === id;
  } catch {
    return false;
  }
};

/** What the phone answers: where the file is now, or a code that says why it is nowhere. */
const answerOf = async (world: World, message: ShownMessage | undefined, receipt: BinaryNode): Promise<BinaryNode> => {
  const refuse = (code: number): BinaryNode => node('error', { code: code.toString() });
  const media = message?.details?.media;
  const name = media && nameOfPath(media.directPath);
  if (!media || name === undefined || !(await world.media.blobs.read(name))) return refuse(ResultType.NOT_FOUND);
  if (!isGenuine(media.mediaKey, receipt)) return refuse(ResultType.DECRYPTION_ERROR);
  const stanzaId = receipt.attrs.id ?? '';
  const directPath = pathNow(world, name);
  media.directPath = directPath;
  const result = { stanzaId, directPath, result: ResultType.SUCCESS };
  const nonce = randomBytes(NONCE_BYTES);
  const plain = proto.MediaRetryNotification.encode(result).finish();
  const body = seal(keyFor(media.mediaKey), nonce, plain, Buffer.from(stanzaId));
  return node('encrypt', {}, [node('enc_p', {}, body), node('enc_iv', {}, nonce)]);
};

/** A client's own phone brings a file to the media host again and says where it is; told not to answer, it keeps quiet. */
export const reuploadMedia = async (
  world: World,
  state: AccountState,
  client: ClientDevice,
  receipt: BinaryNode,
): Promise<void> => {
  if (!state.account.answerRetry) return;
  const answer = await answerOf(world, findMessage(world, state, receipt), receipt);
  const attributes = { from: jidOf(state, 'pn'), type: 'mediaretry', id: receipt.attrs.id, t: nowSeconds() };
  const about = node('rmr', childNamed(receipt, 'rmr')?.attrs ?? {});
  if (state.devices.get(client.id) !== client) return;
  enqueueStanza(world, state, client.id, node('notification', attributes, [answer, about]));
};
