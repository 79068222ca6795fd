/**
 * Customers and their API keys: whose everything is. The bottom of the domain's ladder.
 *
 * Imports db, platform and lib.
 */
export { type Caller, systemCaller } from './caller.ts';
