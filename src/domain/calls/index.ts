/**
 * Calls that come in: who calls, and how it ended. Nobody talks here; a call can be turned down, by hand or always.
 *
 * Imports messages, contacts, instances, events, audit, customers, network, db, platform and lib.
 */
export {
  type CallView,
  findRinging,
  listCalls,
  recordCall,
  recordRejection,
  requireCall,
  requireRinging,
  viewCall,
} from './calls.ts';
