/**
 * WhatsApp Web, over Baileys: the only folder that knows Baileys, JIDs, LIDs and protobuf. It implements the port in
 * network/ and keeps its keys through the store that the port hands it; it knows no instance, lane or table.
 *
 * Imports network/, platform/ and lib/; of foreign packages baileys and, through it, libsignal.
 */
export { createBaileysNetwork } from './network.ts';
export type { BaileysOptions, BaileysTimings } from './options.ts';
