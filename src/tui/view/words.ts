import { relayMarks } from '../../client/relays/relay-names.ts';
import type { RelayInfo, Via } from '../../client/session-events.ts';
import { truncate } from '../../shared/text.ts';
import { printableLine } from './span.ts';
import type { Presence, Role } from '../../shared/room/roles.ts';

export const viaWords: Readonly<Record<Via, string>> = { lan: 'LAN', relay: 'relay' };

/** How rooms are reached, each in so many cells; several relays are told apart by their short names. */
export function viaNames(relays: readonly RelayInfo[]) {
  const marks = relayMarks(relays);
  return ({ via, relay }: { readonly via: Via; readonly relay: string }, cells: number): string =>
    via === 'lan' ? viaWords.lan : shortened(printableLine(marks.get(relay) ?? viaWords.relay), cells);
}

/** What tells numbers of hosts and ports apart is at their end. */
function shortened(name: string, cells: number): string {
  return /^[\d.:]+$/.test(name) && name.length > cells ? `…${name.slice(1 - cells)}` : truncate(name, cells);
}

export const roleMarks: Readonly<Record<Role, string>> = { owner: '★', op: '@', member: '' };
export const presenceMarks: Readonly<Record<Presence, string>> = { online: '●', away: '◐', offline: '○' };

/** `2 000`: digits in groups of three. */
export function grouped(many: number): string {
  return String(many).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** `chat.example.org` of `wss://chat.example.org/`; what cannot be read is shown as it is. */
export function relayName(url: string): string {
  return /^wss?:\/\/([^/]+)/.exec(url)?.[1] ?? url;
}
