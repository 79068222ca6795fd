/**
 * What the rest stands on: the configuration, the table of errors, the clock, the log, the metrics, the vault for secrets
 * and the data folder. It knows neither WhatsApp, HTTP nor any table, and holds no state at import time; it imports lib/ only.
 */
export { type BlobDraft, type BlobRange, type BlobStore, openBlobStore } from './blob-store.ts';
export { type Clock, now, sleep, startTimer, systemClock } from './clock.ts';
export { type Config, type ConfigOutcome, listSettings, parseConfig, type Setting } from './config.ts';
export { type DataFolder, type DataFolderOutcome, openDataFolder, type SecretOutcome } from './data-folder.ts';
export {
  createEgress,
  type DownloadFailureCode,
  type DownloadHead,
  type Egress,
  type EgressDownload,
  type EgressFailureCode,
  type EgressOptions,
  type EgressOutcome,
  type EgressPost,
  type EgressTimings,
  type UrlCheck,
} from './egress.ts';
export { type ErrorCode, errorTable, GatewayError } from './errors.ts';
export { createLog, type Log, type LogLevel } from './log.ts';
export { createMetrics, type MetricCounter, type MetricGauge, type MetricHistogram, type Metrics } from './metrics.ts';
export { createProxyRoute, nameProxy, type ProxyRoute, readProxyUrl } from './proxy.ts';
export { random } from './random.ts';
export {
  type Canary,
  type CanaryOutcome,
  checkCanary,
  createVault,
  hashApiKey,
  makeCanary,
  type Vault,
} from './secrets.ts';
export {
  type ConvertVoice,
  createVoiceConverter,
  findFfmpeg,
  UnconvertibleSound,
} from './voice-converter.ts';
