/** The whole program as a library: a relay, a host, and a member's session. */
export { startRelay, type RelayOptions, type RunningRelay } from './relay/index.ts';
export { hostRoom, type HostedRoom, type HostedRoomEvent, type HostRoomOptions } from './host-room.ts';
export type { HostedMember, HostEvent } from './host/host-events.ts';
export * from './client/public.ts';
