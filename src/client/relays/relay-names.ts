import { skeleton } from '../../shared/lookalike.ts';
import { textWidth } from '../../shared/text.ts';
import type { ListedRoom, RelayInfo } from '../session-events.ts';

/** Longest name that a relay may give itself in lists. */
const MAX_NAME_CELLS = 16;

type Named = Pick<RelayInfo, 'url' | 'via' | 'name'>;

/**
 * A short name for each relay by its URL, which no other one has or looks like: what its operator calls it, else as much
 * of its address as tells it apart. Those of this network are all `LAN`.
 */
export function relayNames(relays: readonly Named[]): ReadonlyMap<string, string> {
  const far = relays.filter(({ via }) => via === 'relay');
  const forms = new Map(far.map((relay) => [relay.url, formsOf(relay)]));
  // A relay calls itself what it likes, but not as another one is called.
  const free = (name: string, url: string): boolean =>
    far.every((other) => other.url === url || !forms.get(other.url)?.some((form) => alike(form, name)));
  return new Map(
    relays.map(({ url, via }) => [
      url,
      via === 'lan' ? 'LAN' : (forms.get(url)?.find((form) => free(form, url)) ?? url),
    ]),
  );
}

/** Names of the relays that rooms are marked with: none while there are no two to tell apart. */
export function relayMarks(relays: readonly Named[]): ReadonlyMap<string, string> {
  const far = relays.filter(({ via }) => via === 'relay');
  return far.length > 1 ? relayNames(relays) : new Map<string, string>();
}

/** How many rooms each relay has that are listed there or joined. */
export function roomCounts(
  listed: readonly Pick<ListedRoom, 'id' | 'relay'>[],
  joined: readonly Pick<ListedRoom, 'id' | 'relay'>[],
): ReadonlyMap<string, number> {
  const rooms = new Map<string, Set<string>>();
  for (const { id, relay } of [...listed, ...joined])
    rooms.set(relay, (rooms.get(relay) ?? new Set()).add(id));
  return new Map([...rooms].map(([relay, ids]) => [relay, ids.size]));
}

/** From the shortest to the whole address. */
function formsOf({ url, name }: Named): readonly string[] {
  const { hostname, host } = new URL(url);
  const own = name !== undefined && /^\S+$/.test(name) && textWidth(name) <= MAX_NAME_CELLS ? [name] : [];
  const labels = /^[\d.]+$|:/.test(hostname) ? [] : hostname.split('.');
  const beginnings = labels.map((_, index) => labels.slice(0, index + 1).join('.'));
  return [...own, ...beginnings, hostname, host, url];
}

function alike(a: string, b: string): boolean {
  return skeleton(a) === skeleton(b);
}
