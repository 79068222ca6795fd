/**
 * Builds the whole gateway from its configuration, once, by hand, top to bottom, and takes it down in reverse.
 *
 * Imports everything below it.
 */
export { readFirstKeys, renewLostAdminKey } from './first-keys.ts';
export { type Gateway, type StartOutcome, startGateway } from './start-gateway.ts';
