/**
 * Endpoints, to which events go, and the deliveries that take them there, with every attempt. What an event says is the
 * business of events/; who posts it, and when, is the worker's.
 *
 * Imports audit, customers, lanes, db, platform and lib.
 */
export { createDeliveries, createDelivery, type DeliverableEvent, type Ordering } from './create-deliveries.ts';
export { type EventFilter, type EventType, eventTypes, matchesFilter, parseEventFilter } from './event-types.ts';
