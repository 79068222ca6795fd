/**
 * What the rest stands on: the configuration, the table of errors, the clock and the log. It knows neither WhatsApp,
 * HTTP nor the database, holds no state of its own at import time, and imports lib/ only.
 */
export { type Clock, elapsed, now, sleep, startTimer, systemClock } from './clock.ts';
export { type Config, type ConfigOutcome, listSettings, parseConfig, type Setting } from './config.ts';
export { type ErrorCode, errorTable, GatewayError } from './errors.ts';
export { createLog, type Log, type LogLevel } from './log.ts';
