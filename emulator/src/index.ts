/**
 * WhatsApp on your desk, at the wire: phones, the server between them, and what can go wrong, for clients that speak the
 * WhatsApp Web protocol. Not a mock of a client library: it knows none. It imports nothing of the gateway.
 */
export { type Emulator, type EmulatorOptions, startEmulator } from './start-emulator.ts';
