/**
 * Bells, calls and live fan-out between the parts of a process (and, grown, between processes). Everything on it may be
 * lost without harm: a lost bell costs one sweep, a lost call is an error to its caller. Nothing here is a truth.
 *
 * Imports platform.
 */
export { type Bus, createLocalBus } from './local-bus.ts';
