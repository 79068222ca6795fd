/**
 * The edge in: REST over HTTP. It lets nobody in without a key, parses, opens one transaction, calls one verb of the
 * domain and renders what it answers. It knows no rule of the domain, and neither lanes nor network.
 *
 * Imports domain, bus, db, platform and lib.
 */
export type { HttpConfig, HttpDeps, WorkerStatus } from './deps.ts';
export { createHttpServer, type HttpServer } from './http-server.ts';
