/**
 * Customers, their API keys, the operator's key, and what was answered under an idempotency key: whose everything is, and
 * who may ask for it. It knows nothing of what customers own.
 *
 * Imports audit, db, lib and platform.
 */
export { ensureAdminKey, isAdminKey, readCanary, recordCanary, renewAdminKey } from './admin-key.ts';
export { readAnswer, recordAnswer, sweepAnswers } from './answers.ts';
export {
  type ApiKeyRow,
  apiKeyTopic,
  createApiKey,
  isKeyGood,
  type KeyHolder,
  listApiKeys,
  readKeyByHash,
  recordKeyUse,
  revokeAnyApiKey,
  revokeApiKey,
} from './api-keys.ts';
export { type Caller, operatorOf, systemCaller } from './caller.ts';
export {
  type CustomerRow,
  createCustomer,
  ensureFirstCustomer,
  listCustomers,
  patchCustomer,
  requireCustomer,
} from './customers.ts';
