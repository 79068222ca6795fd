/**
 * The log of events: facts in the past tense, written with what they tell of and never changed, and the body that
 * receivers get. How a body reaches them is the business of webhooks/ and of the worker.
 *
 * Imports webhooks, customers, db, platform and lib.
 */
export { apiVersion, buildEnvelope } from './envelope.ts';
export type { EventRow } from './events.sql.ts';
export { listEventsOfMessage, requireEvent, requireResumable } from './list-events.ts';
export { recordEndpointDisabled } from './record-endpoint-disabled.ts';
export { eventsTopic, recordEvent } from './record-event.ts';
export { listAnyEvents, pullEvents, readLogEnd, scanEvents } from './scan-events.ts';
export { sendTestEvent } from './send-test-event.ts';
