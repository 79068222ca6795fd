import type { Log } from '../platform/index.ts';

export type BaileysTimings = {
  /** For the connection, the handshake and the first answer of WhatsApp. */
  readonly connectTimeoutMs: number;
  /** How often WhatsApp is asked whether it is there. 10 s if not given; silence is noticed 5 s later. */
  readonly keepAliveMs?: number;
  /** From `send` until the message is written to the line. */
  readonly sendTimeoutMs: number;
  /** From there until WhatsApp has acknowledged it. */
  readonly ackTimeoutMs: number;
  readonly queryTimeoutMs: number;
  /** How long each QR code is shown. If not given, as WhatsApp Web does: the first for 60 s, the others for 20 s. */
  readonly qrTimeoutMs?: number;
};

export type BaileysOptions = {
  /** Another WhatsApp Web server than WhatsApp's. */
  readonly url?: string;
  /**
   * The 32 bytes of the public key that the server's certificates must lead to. Baileys keeps it in one place for the
   * whole process, so it holds for every network and session in it.
   */
  readonly rootKey?: Buffer;
  /** The version of WhatsApp Web to pass for. */
  readonly version?: [number, number, number];
  readonly timings: BaileysTimings;
  readonly log: Log;
};
