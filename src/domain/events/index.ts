/**
 * The log of events: facts in the past tense, written with what they tell of and never changed, and the body that
 * receivers get; and replays, which deliver again what is in it. How a body reaches receivers is the business of webhooks/ and of the worker.
 *
 * Imports webhooks, customers, audit, lanes, db, platform and lib.
 */
export { apiVersion, buildEnvelope } from './envelope.ts';
export type { EventRow } from './events.sql.ts';
export type { ReplayWish } from './find-replayable.ts';
export { listEventsOfMessage, requireEvent, requireResumable } from './list-events.ts';
export { recordEndpointChange } from './record-endpoint-change.ts';
export { eventsTopic, recordEvent } from './record-event.ts';
export { cancelReplay, countReplayable, listReplays, type Replay, requireReplay, startReplay } from './replays.ts';
export { listAnyEvents, pullEvents, readLogEnd, scanEvents } from './scan-events.ts';
export { sendTestEvent } from './send-test-event.ts';
export { listOpenReplays, workReplay } from './work-replays.ts';
