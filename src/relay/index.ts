export { startRelay } from './relay.ts';
export type { RelayOptions, RunningRelay } from './relay-options.ts';
export type { RelayLimits } from './limits.ts';
