import type { Via } from '../../client/session-events.ts';
import type { Presence, Role } from '../../shared/room/roles.ts';

export const viaWords: Readonly<Record<Via, string>> = { lan: 'LAN', relay: 'relay' };
export const roleMarks: Readonly<Record<Role, string>> = { owner: '★', op: '@', member: '' };
export const presenceMarks: Readonly<Record<Presence, string>> = { online: '●', away: '◐', offline: '○' };

/** `1 member`, `2 members`. */
export function count(many: number, one: string, more = `${one}s`): string {
  return `${many} ${many === 1 ? one : more}`;
}

/** `2 000`: digits in groups of three. */
export function grouped(many: number): string {
  return String(many).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** `chat.example.org` of `wss://chat.example.org/`; what cannot be read is shown as it is. */
export function relayName(url: string): string {
  return /^wss?:\/\/([^/]+)/.exec(url)?.[1] ?? url;
}
