import type { Clock } from '../../link/clock.ts';
import { parseWords } from '../../shared/crypto/invite-words.ts';
import { inviteFlaw, inviteRelayUrl, looksLikeInvite, parseInvite } from '../../shared/crypto/invite.ts';
import { SECOND } from '../../shared/limits.ts';
import { refused, type Refusal, type Result } from '../api.ts';
import type { Archive } from '../archive/archive.ts';
import type { Device } from '../profile/profile.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';
import type { RelayPool } from '../relays/relay-pool.ts';
import { resolveRoom, type FoundRoom } from './resolve-room.ts';
import type { ListedRoom } from '../session-events.ts';
import { inviteOfWords, type FoundInvite } from './word-invite.ts';

/** How long a join waits for relays that are still connecting. */
const FIND_ROOM_MS = 3 * SECOND;

/** A room, and the way to it that an invite names. */
export interface RoomTarget extends FoundRoom {
  readonly relay?: RelayConnection;
  readonly code?: Uint8Array;
  /** URL of the relay that the invite names. */
  readonly invitedTo?: string;
}

export interface RoomFinderParts {
  readonly relays: Pick<RelayPool, 'allHeard' | 'connect' | 'infos' | 'online' | 'rooms' | 'size' | 'until'>;
  readonly archive: Pick<Archive, 'rooms' | 'people'>;
  readonly device: Device;
  readonly nick: () => string;
  readonly clock: Clock;
  /** Relays of this network are looked for. */
  readonly looksNearby: boolean;
}

/** Where a title, `title~tag`, room id, invite or eight words lead. */
export class RoomFinder {
  readonly #parts: RoomFinderParts;

  constructor(parts: RoomFinderParts) {
    this.#parts = parts;
  }

  async find(target: string): Promise<Result<RoomTarget>> {
    const name = target.trim();
    const spoken = parseWords(name);
    // A room may be called what sounds like an invite.
    if (!spoken || this.#resolve(name).ok)
      return looksLikeInvite(name) ? await this.#byLink(name) : await this.#byName(name);
    if (!spoken.ok) return { ok: false, code: 'bad-words', limit: spoken.count, names: spoken.unknown };
    return await this.#byWords(spoken.secret);
  }

  /** A title whose host key is another than before, which the person says is right; the value names the room. */
  trust(name: string): Result<string> {
    const { people } = this.#parts.archive;
    const first = this.#resolve(name);
    const full = !first.ok && first.code === 'changed-key' ? first.names?.[0] : undefined;
    const found = full === undefined ? first : this.#resolve(full);
    if (!found.ok) return found;
    const pins = people.titlePins(titleOf(found.value));
    if (pins.length === 0 || pins.includes(found.value.host)) return refused('no-such-room');
    this.#accept(found.value);
    return { ok: true, value: full ?? name };
  }

  /** The title may be this host's, too. */
  #accept(room: FoundRoom): void {
    this.#parts.archive.people.pinTitle(titleOf(room), room.host);
  }

  async #byName(name: string): Promise<Result<RoomTarget>> {
    const { relays, looksNearby } = this.#parts;
    if (relays.size === 0 && looksNearby) await relays.until(FIND_ROOM_MS, () => relays.size > 0);
    if (relays.size === 0) return refused('no-relay');
    await relays.until(FIND_ROOM_MS, () => relays.allHeard || this.#isListed(name));
    const found = this.#resolve(name);
    if (found.ok && name.includes('~')) this.#accept(found.value);
    const offline = !found.ok && found.code === 'no-such-room' && relays.online().length === 0;
    if (!offline) return found;
    const told = relays.infos().find(({ reason }) => reason !== undefined && reason !== 'unreachable');
    if (!told?.reason) {
      const names = relays.infos().flatMap(({ via, url }) => (via === 'relay' ? [url] : []));
      return { ok: false, code: 'unreachable', names };
    }
    const about = told.reason === 'changed-key' ? { names: [told.url], about: 'relay' as const } : {};
    return { ok: false, code: told.reason, ...about };
  }

  /** A relay that lists the room by now is as good as the one that the link names. */
  async #byLink(text: string): Promise<Result<RoomTarget>> {
    // A terminal's rows may have been copied with their ends.
    const link = text.replace(/\s+/g, '');
    const invite = parseInvite(link);
    if (!invite) return refused(inviteFlaws[inviteFlaw(link)]);
    const { relays, archive, looksNearby } = this.#parts;
    const { room: id, key: host, code } = invite;
    const known = archive.rooms.get(id);
    const invitedTo = inviteRelayUrl(invite);
    const found = { id, host, invitedTo, ...(known && { known }), ...(code && { code }) };
    const inReach = (): ListedRoom | undefined => relays.rooms().find((room) => room.id === id);
    const listed = inReach();
    // A room's id is made from its host's key: of two keys for one room one is forged.
    if ((listed ?? known ?? found).host !== host) return refused('foreign-invite');
    if (listed) return { ok: true, value: { ...found, listed } };
    const connected = await relays.connect(invitedTo);
    if (connected.ok) return { ok: true, value: { ...found, relay: connected.value } };
    // Without that relay the room may be on this network, and just not have been heard of.
    if (looksNearby) await relays.until(FIND_ROOM_MS, () => inReach() !== undefined);
    const nearby = inReach();
    return nearby?.host === host
      ? { ok: true, value: { ...found, listed: nearby } }
      : ofInvite(connected, invitedTo);
  }

  async #byWords(secret: Uint8Array): Promise<Result<RoomTarget>> {
    const found = await this.#heard(secret);
    if (!found.ok) return found;
    const { invite, relay } = found.value;
    const { room: id, key: host, code } = invite;
    const known = this.#parts.archive.rooms.get(id);
    if (known && known.host !== host) return refused('foreign-invite');
    const more = { ...(known && { known }), ...(code && { code }) };
    return { ok: true, value: { id, host, relay, invitedTo: relay.url, ...more } };
  }

  /** Relays are asked as they come: one that does not answer keeps nobody waiting. */
  async #heard(secret: Uint8Array): Promise<Result<FoundInvite>> {
    const { relays, device, nick, clock } = this.#parts;
    const asked = new Set<RelayConnection>();
    let refusal: Refusal | undefined;
    const fresh = (): readonly RelayConnection[] => relays.online().filter((relay) => !asked.has(relay));
    const self = { device, nick: nick(), clock };
    for (;;) {
      if (fresh().length === 0)
        await relays.until(FIND_ROOM_MS, () => fresh().length > 0 || (relays.size > 0 && relays.allHeard));
      const now = fresh();
      if (now.length === 0) break;
      for (const relay of now) asked.add(relay);
      const found = await inviteOfWords(secret, now, self);
      if (found.ok) return found;
      // One relay's word does not keep the others from being asked.
      if (found.code !== 'no-such-room') refusal = found;
    }
    if (refusal) return refusal;
    if (asked.size > 0) return { ok: false, code: 'unknown-words', names: [...asked].map(({ url }) => url) };
    return refused(relays.size === 0 ? 'no-relay' : 'unreachable');
  }

  #isListed(name: string): boolean {
    const found = this.#resolve(name);
    return found.ok && found.value.listed !== undefined;
  }

  #resolve(name: string): Result<FoundRoom> {
    const { relays, archive } = this.#parts;
    return resolveRoom(name, {
      listed: relays.rooms(),
      known: archive.rooms.all(),
      pins: (title) => archive.people.titlePins(title),
    });
  }
}

function titleOf({ listed, known }: FoundRoom): string {
  return listed?.title ?? known?.title ?? '';
}

const inviteFlaws = { version: 'other-invite', cut: 'cut-invite', damaged: 'bad-invite' } as const;

/** Why an invite led nowhere, for words that name where it led. */
export function ofInvite(refusal: Refusal, relay: string): Refusal {
  if (refusal.code === 'changed-key' && refusal.about === undefined) return refused('foreign-invite');
  if (refusal.code !== 'no-such-room' && refusal.code !== 'unreachable') return refusal;
  return { ...refusal, about: 'invite', names: [relay] };
}
