/**
 * The edge out: the sessions this process holds, and the loops that send, receive and deliver what the database says.
 * It decides when something is tried again; what it means is the domain's, and how it is said the network's.
 *
 * Imports domain, network, lanes, bus, db, platform and lib.
 */
export { createDeliverer } from './deliver-step.ts';
export { createWorker, type Worker } from './worker.ts';
export type { WorkerStatus } from './worker-status.ts';
