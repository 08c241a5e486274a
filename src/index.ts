/** The whole program as a library: a relay, a host, and a member's session. */
export { startRelay, type RelayOptions, type RunningRelay } from './relay/index.ts';
export type { RunningHost } from './host/hosting.ts';
export { startHost, type HostOptions } from './host/start.ts';
export * from './client/public.ts';
