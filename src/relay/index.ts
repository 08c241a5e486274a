export { startRelay, type RelayOptions, type RunningRelay } from './relay.ts';
export type { RelayLimits } from './limits.ts';
