/**
 * Endpoints, to which events go, and the deliveries that take them there, with every attempt. What an event says is the
 * business of events/; who posts it, and when, is the worker's.
 *
 * Imports audit, customers, lanes, network, db, platform and lib.
 */
export {
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  holdDisabledLane,
  recordEndpointAudit,
} from './change-endpoint.ts';
export { createDeliveries, createDelivery } from './create-deliveries.ts';
export type { AttemptRow, DeliveryRow } from './deliveries.sql.ts';
export { type Endpoint, onlyInstanceOf } from './endpoint.ts';
export type { EndpointPatch } from './endpoint-columns.ts';
export type { EndpointChange } from './endpoint-health.ts';
export { createEndpoints, type Endpoints, rotationOverlapMaxMs } from './endpoints.ts';
export {
  type ChatTypeFilter,
  chatTypeFilters,
  type EventChat,
  type EventFilter,
  matchesFilter,
  narrowFilter,
} from './event-filter.ts';
export { type EventType, parseEventNames } from './event-types.ts';
export {
  listAttempts,
  listDeliveries,
  requireDelivery,
} from './list-deliveries.ts';
export { listEndpoints, readEndpoint, requireEndpoint } from './read-endpoints.ts';
export { type AttemptPolicy, type AttemptVerdict, judgeAttempt, recordAttempt } from './record-attempt.ts';
export { replaceChat } from './replace-chat.ts';
export { replayDelivery, restartDelivery } from './replay-delivery.ts';
export { readDeliveriesOf, scanDeliveries } from './scan-deliveries.ts';
export { readTargets, type Target } from './targets.ts';
