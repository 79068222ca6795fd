import { startOutbox } from '../clients/outbox.ts';
import { nowMs } from '../lib/clock.ts';
import { MEDIA_BYTES_MAX } from '../media/media-host.ts';
import { sendFirstSync } from '../phones/first-sync.ts';
import { parseJid, SERVER } from '../wire/jids.ts';
import { type BinaryNode, childNamed, childrenOf, node } from '../wire/nodes.ts';
import { storeDevice } from '../world/accounts.ts';
import type { World } from '../world/world.ts';
import {
  answerBusinessProfile,
  answerCatalog,
  answerCollections,
  answerOrder,
  changeBusinessProfile,
  changeCatalog,
  deleteProducts,
} from './business-queries.ts';
import { answerGroupQuery } from './group-queries.ts';
import {
  answerKeyCount,
  answerKeyDigest,
  answerKeys,
  type QueryError,
  rotateSignedPreKey,
  uploadKeys,
} from './keys.ts';
import type { LoggedIn } from './logged-in.ts';
import { answerMex } from './mex-queries.ts';
import { answerPosts, watchNewsletter } from './newsletter-stanzas.ts';
import {
  answerBlockList,
  answerPicture,
  answerPrivacy,
  changeAbout,
  changeBlockList,
  changeNewChatsTimer,
  changePicture,
  changePrivacy,
} from './people-queries.ts';
import { syncCollections } from './settings-queries.ts';
import { unlinkClient } from './unlink.ts';
import { answerUsync } from './usync.ts';

type Answer = (world: World, client: LoggedIn, iq: BinaryNode) => BinaryNode[] | QueryError;

const becomeActive: Answer = (world, client) => {
  client.device.lastLoginAt = nowMs();
  storeDevice(world, client.state, client.device);
  // After the answer, so that the client has left its login sequence when its stanzas arrive.
  queueMicrotask(() =>
    startOutbox(client.state, client.device.id, client.connection, () =>
      sendFirstSync(world, client.state, client.device),
    ),
  );
  return [];
};

const removeCompanion: Answer = (world, client, iq) => {
  const jid = parseJid(childNamed(iq, 'remove-companion-device')?.attrs.jid);
  if (jid?.device !== client.device.id) return { code: 400, text: 'bad-request' };
  queueMicrotask(() => unlinkClient(world, client.state, client.device.id));
  return [];
};

const MEDIA_CONN_SECONDS = '3600';

const describeMediaHost: Answer = (world) => {
  const { host: hostname, auth } = world.media;
  const host = node('host', { hostname, maxContentLengthBytes: MEDIA_BYTES_MAX.toString() });
  const lifetimes = { ttl: MEDIA_CONN_SECONDS, auth_ttl: MEDIA_CONN_SECONDS, max_buckets: '12' };
  return [node('media_conn', { auth, ...lifetimes }, [host])];
};

/** Answers by `xmlns type child`; a missing part matches anything. Whatever is not here gets an empty result. */
const ANSWERS: Record<string, Answer> = {
  'encrypt get count': (world, client) => answerKeyCount(world, client),
  'encrypt get digest': (_world, client) => answerKeyDigest(client),
  'encrypt get key': (world, _client, iq) => answerKeys(world, iq),
  'encrypt set rotate': rotateSignedPreKey,
  'encrypt set registration': uploadKeys,
  'passive set active': becomeActive,
  'usync get usync': answerUsync,
  'abt get props': () => [node('props', { hash: 'emulated', refresh: '86400', protocol: '1' }, [])],
  'w get props': () => [node('props', { hash: 'emulated' }, [])],
  'blocklist get': answerBlockList,
  'blocklist set item': changeBlockList,
  'privacy get privacy': answerPrivacy,
  'privacy set privacy': changePrivacy,
  'status set status': changeAbout,
  'disappearing_mode set disappearing_mode': changeNewChatsTimer,
  'w:mex get query': answerMex,
  'newsletter get message_updates': answerPosts,
  'newsletter set live_updates': watchNewsletter,
  'w:biz get business_profile': answerBusinessProfile,
  'w:biz set business_profile': changeBusinessProfile,
  'fb:thrift_iq get order': answerOrder,
  'w:biz:catalog get product_catalog': answerCatalog,
  'w:biz:catalog get collections': answerCollections,
  'w:biz:catalog set product_catalog_add': changeCatalog,
  'w:biz:catalog set product_catalog_edit': changeCatalog,
  'w:biz:catalog set product_catalog_delete': deleteProducts,
  'w:profile:picture get': answerPicture,
  'w:profile:picture set': changePicture,
  'md set remove-companion-device': removeCompanion,
  'w:m set media_conn': describeMediaHost,
  'w:g2 get': answerGroupQuery,
  'w:g2 set': answerGroupQuery,
  'w:sync:app:state set sync': syncCollections,
};

const findAnswer = (iq: BinaryNode): Answer | undefined => {
  const base = `${iq.attrs.xmlns ?? ''} ${iq.attrs.type ?? ''}`;
  for (const child of childrenOf(iq)) {
    const answer = ANSWERS[`${base} ${child.tag}`];
    if (answer) return answer;
  }
  return ANSWERS[base];
};

/** Answers a client's query; the client learns the outcome under the id it gave. */
export const answerQuery = (world: World, client: LoggedIn, iq: BinaryNode): void => {
  const { id, type, xmlns, to } = iq.attrs;
  if (type !== 'get' && type !== 'set') {
    // Pings come without a type in some versions; results of our own queries need no answer.
    if (type !== undefined || xmlns === undefined) return;
  }
  const fits = (fault: { xmlns?: string | undefined }): boolean => fault.xmlns === undefined || fault.xmlns === xmlns;
  const { number } = client.state.account;
  if (world.faults.strike('hang_iq', number, client.device.id, fits)) return;
  const limited = world.faults.strike('rate_overlimit', number, client.device.id, fits);
  const answer = limited ? { code: 429, text: 'rate-overlimit' } : (findAnswer(iq)?.(world, client, iq) ?? []);
  const from = xmlns === 'w:g2' || xmlns === 'newsletter' ? to : SERVER;
  if (Array.isArray(answer)) {
    client.connection.send(node('iq', { type: 'result', from, id }, answer.length ? answer : undefined));
  } else {
    const error = node('error', { code: answer.code.toString(), text: answer.text });
    client.connection.send(node('iq', { type: 'error', from: SERVER, id }, [error]));
  }
};
