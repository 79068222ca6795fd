import { answerKey, settleStanza, stopOutbox } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { setAvailable } from '../people/presence.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { Connection, World } from '../world/world.ts';
import type { Peer } from './channel.ts';
import type { LoggedIn } from './logged-in.ts';
import { receivePresence, receiveTyping } from './people-queries.ts';
import { answerQuery } from './queries.ts';
import { receiveCall } from './receive-call.ts';
import { relayMessage } from './relay-message.ts';
import { relayReceipt } from './relay-receipt.ts';
import { replaced } from './unlink.ts';

const UNLINKED = 401;
const LOGIN_FAILURE_DEFAULT = 503;

const refuse = (connection: Connection, reason: number): undefined => {
  connection.end(node('failure', { reason: reason.toString(), location: 'emu' }));
  return undefined;
};

const receiveStanza = (world: World, client: LoggedIn, stanza: BinaryNode): void => {
  switch (stanza.tag) {
    case 'iq':
      answerQuery(world, client, stanza);
      return;
    case 'message':
      relayMessage(world, client, stanza);
      return;
    case 'receipt':
      relayReceipt(world, client, stanza);
      return;
    case 'ack': {
      const { class: tag = '', id = '', type } = stanza.attrs;
      settleStanza(world, client.state, client.device.id, answerKey(tag, id, type));
      return;
    }
    case 'call':
      receiveCall(world, client, stanza);
      return;
    case 'presence':
      receivePresence(world, client, stanza);
      return;
    case 'chatstate':
      receiveTyping(world, client, stanza);
      return;
    default:
      // Telemetry: taken, as the real server does, without an answer.
      return;
  }
};

/** A client that has been linked comes back. Its Noise key, seen at pairing, is what proves it. */
export const logIn = (
  world: World,
  connection: Connection,
  credentials: { number: string; device: number; noiseKey: Buffer },
): Peer | undefined => {
  const { number, device: id, noiseKey } = credentials;
  const { faults } = world;
  const failure = faults.strike('login_failure', number, id);
  if (failure) return refuse(connection, failure.code ?? LOGIN_FAILURE_DEFAULT);
  const state = world.accounts.get(number);
  const device = state?.devices.get(id);
  if (!state || device?.kind !== 'client' || !device.noiseKey.equals(noiseKey)) return refuse(connection, UNLINKED);
  if (faults.strike('drop_on_connect', number, id, (fault) => fault.number !== undefined)) {
    connection.terminate();
    return undefined;
  }
  const older = state.connections.get(id);
  if (older) {
    stopOutbox(state, id, older);
    older.end(replaced());
  }
  state.connections.set(id, connection);
  world.changes.note(number);
  const client: LoggedIn = { state, device, connection };
  connection.send(
    node('success', {
      t: nowSeconds(),
      props: '27',
      location: 'emu',
      lid: jidOf(state, 'lid', id),
      display_name: state.account.name,
    }),
  );
  return {
    number,
    device: id,
    receive: (stanza) => {
      if (state.connections.get(id) === connection) receiveStanza(world, client, stanza);
    },
    closed: () => {
      stopOutbox(state, id, connection);
      if (state.connections.get(id) !== connection) return;
      state.connections.delete(id);
      world.changes.note(number);
      setAvailable(world, state, id, false);
    },
  };
};
