/** The whole program as a library: a relay, a host, and a member's session. */
export { startRelay, type RelayOptions, type RunningRelay } from './relay/index.ts';
export { startHost, type HostOptions, type RunningHost } from './host/start.ts';
export * from './client/public.ts';
