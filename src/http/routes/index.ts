/**
 * The routes, a file a resource: each parses, opens one transaction, calls one verb of the domain and renders its answer.
 *
 * Imports domain, bus, db, platform and lib.
 */
import type { Edge } from '../edge.ts';
import { addAccountRoutes } from './account.ts';
import { addAdminRoutes } from './admin.ts';
import { addApiKeyRoutes } from './api-keys.ts';
import { addHealthRoutes } from './health.ts';

export function addRoutes(edge: Edge): void {
  addAccountRoutes(edge);
  addApiKeyRoutes(edge);
  addAdminRoutes(edge);
  addHealthRoutes(edge);
}
