/**
 * Instances: the numbers that we hold credentials for, their connection state, the store that a session keeps its keys
 * in, and the journal of what came in. It knows no wire: what a stanza means, the network says.
 *
 * Imports events, audit, customers, lanes, bus, network, db, platform and lib.
 */
export { capabilityMeanings } from './capabilities.ts';
export {
  createInstance,
  deleteInstance,
  type InstanceRow,
  linkCodeCall,
  listInstances,
  listWanted,
  markGroupsKnown,
  type NewInstance,
  patchInstance,
  type QrCode,
  qrCall,
  readAnyInstance,
  readInstance,
  readStateCounts,
  requireInstance,
} from './instances.ts';
export { readJournaled, settleJournaled, sweepJournal } from './journal.ts';
export { type AskInput, askCall, createNetworkAccess, type NetworkAccess } from './network-access.ts';
export { type ProxyView, readProxy, readProxyUrlOf, setProxy } from './proxy.ts';
export {
  isRestricted,
  liftRestrictions,
  recordConnected,
  recordLinked,
  recordPairingRound,
  recordQr,
  recordRestricted,
  recordState,
  recordUnlinked,
  type StateChange,
} from './record-connection.ts';
export { recordOwnName, recordProfile } from './record-profile.ts';
export { requestConnect, requestDisconnect, requestUnlink } from './request-connection.ts';
export {
  attendTopic,
  type InstanceSettings,
  ignoresChats,
  instanceSettings,
  patchSettings,
  readSettings,
  type Setting,
} from './settings.ts';
export { createSignalStore, type StoreClaim } from './signal-store.ts';
export { explainReason, type InstanceState, type StateReason } from './state-reasons.ts';
