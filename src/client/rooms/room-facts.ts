import { keyTag } from '../../shared/crypto/sign.ts';
import { idBytes } from '../../shared/ids.ts';
import { MAX_MOTD_LINES } from '../../shared/limits.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';
import { cleanTitle, sanitizeLine, sanitizeLines } from '../../shared/text.ts';
import type { KnownRoom, PeopleArchive, RoomArchive } from '../archive/archive.ts';
import type { RoomEventBody, RoomInfo, RoomRules, Via } from '../session-events.ts';

const noRules: RoomRules = { slow: 0, filters: [], motd: '' };

interface Reached {
  readonly via: Via;
  readonly url: string;
}

export interface RoomFactsParts {
  readonly known: KnownRoom;
  readonly relay: Reached;
  readonly rooms: RoomArchive;
  readonly people: PeopleArchive;
  readonly emit: (event: RoomEventBody) => void;
}

/** What a room is called, what is the rule there, and by which way it is reached; kept for the next time. */
export class RoomFacts {
  readonly #parts: RoomFactsParts;
  #info: RoomInfo;
  #limits: HostMessageOf<'welcome'>['limits'] | undefined;

  constructor(parts: RoomFactsParts) {
    const { known, relay } = parts;
    const { id, title, topic, host } = known;
    this.#parts = parts;
    this.#info = {
      id,
      title,
      topic,
      host,
      tag: keyTag(idBytes(host)),
      private: known.private,
      via: relay.via,
      relay: relay.url,
    };
  }

  get info(): RoomInfo {
    return this.#info;
  }

  /** What the host takes of a member; absent until it has told. */
  get limits(): HostMessageOf<'welcome'>['limits'] | undefined {
    return this.#limits;
  }

  reachedBy({ via, url }: Reached): void {
    this.#info = { ...this.#info, via, relay: url };
  }

  welcomed({ title, topic, private: isPrivate, rules, limits }: HostMessageOf<'welcome'>): void {
    this.#limits = limits;
    this.#info = {
      ...this.#info,
      title: cleanTitle(title) ?? this.#info.title,
      topic: sanitizeLine(topic),
      private: isPrivate,
      rules: { ...rules, motd: sanitizeLines(rules.motd, MAX_MOTD_LINES) },
    };
  }

  topicChanged(topic: string): void {
    this.#change({ topic });
  }

  rulesChanged(change: (rules: RoomRules) => RoomRules): void {
    this.#change({ rules: change(this.#info.rules ?? noRules) });
  }

  /** `relay` is the URL to begin with the next time. */
  remember(relay: string): void {
    const { title, topic, private: isPrivate, host } = this.#info;
    const { known, rooms, people } = this.#parts;
    rooms.save({ ...known, title, topic, private: isPrivate, relay });
    // A host calls its room what it likes: a title that is another's already is given to nobody else by that.
    if (people.titlePins(title).length === 0) people.pinTitle(title, host);
  }

  #change(change: Partial<RoomInfo>): void {
    this.#info = { ...this.#info, ...change };
    this.#parts.emit({ type: 'info', info: this.#info });
  }
}
