import { randomBytes } from 'node:crypto';
import { nowSeconds } from '../lib/clock.ts';
import { answerCall } from '../people/calls.ts';
import { type BinaryNode, childNamed, node } from '../wire/nodes.ts';
import type { World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

const LINK_TOKEN_BYTES = 16;

const createLink = (asked: BinaryNode): BinaryNode =>
  node('link_create', { ...asked.attrs, token: randomBytes(LINK_TOKEN_BYTES).toString('base64url') });

/** A client turns a call down, or wants a link for a call. It is answered under its id in any case. */
export const receiveCall = (world: World, client: LoggedIn, stanza: BinaryNode): void => {
  const { id, to } = stanza.attrs;
  const rejection = childNamed(stanza, 'reject');
  const link = childNamed(stanza, 'link_create');
  const call = world.calls.get(rejection?.attrs['call-id'] ?? '');
  const attributes = { class: 'call', id, from: to, type: rejection && 'reject', t: nowSeconds() };
  client.connection.send(node('ack', attributes, link && [createLink(link)]));
  const rings = call?.state === 'ringing' && call.callees.includes(client.state.account.number);
  if (call && rings && rejection) answerCall(world, call, client.state, 'reject', client.device.id);
};
