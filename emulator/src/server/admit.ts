import { proto } from 'baileys';
import { node } from '../wire/nodes.ts';
import type { World } from '../world/world.ts';
import type { Admit } from './channel.ts';
import { logIn } from './login.ts';
import { awaitPairing } from './pairing.ts';

/** Decides from a client's first sealed words whether it comes to be linked or to log in. */
export const createAdmission =
  (world: World): Admit =>
  (connection, clientStatic, payload) => {
    const { devicePairingData, username, device } = proto.ClientPayload.decode(payload);
    if (devicePairingData) return awaitPairing(world, connection, clientStatic, devicePairingData);
    if (username == null) {
      connection.end(node('failure', { reason: '400' }));
      return undefined;
    }
    return logIn(world, connection, { number: username.toString(), device: device ?? 0, noiseKey: clientStatic });
  };
