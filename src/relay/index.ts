export { startRelay, type RelayOptions, type RunningRelay } from './relay.ts';
export type { RelayLimits } from './limits.ts';
export type { Logger } from './log.ts';
export type { TlsFiles } from './tls-files.ts';
