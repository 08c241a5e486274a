import { safetyNumber } from '../../shared/crypto/keys.ts';
import { idBytes, type IdentityKey, type RoomId } from '../../shared/ids.ts';
import { refused, type Result } from '../api.ts';
import type { NickPin, PeopleArchive } from '../archive/archive.ts';
import { fold } from '../fold.ts';
import { Names } from './person-names.ts';
import { resolvePerson } from './resolve-person.ts';
import type { MemberInfo, Person, RoomInfo, Standing } from '../session-events.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { defined } from '../../shared/defined.ts';

/** People ignored at a time. */
export const MAX_IGNORED = 256;

/** What this profile knows of somebody. */
export interface PersonFile extends Person {
  readonly standing: Standing;
  /** Absent for somebody only known by their key. */
  readonly firstSeen?: number;
  readonly verifiedAt?: number;
  readonly ignored: boolean;
  readonly stranger: boolean;
  /** Rooms of now in which both are. */
  readonly rooms: readonly { readonly info: RoomInfo; readonly member: MemberInfo }[];
  /** Others that this profile knows by the same name. */
  readonly namesakes: readonly Person[];
}

/** Who is who. A `name` is a nick, `nick~tag` or a key. */
export interface People {
  /** `room` is looked through first. */
  find(name: string, room?: RoomId): Result<Person>;
  /** As `find`, and by a name that somebody has at a relay. */
  look(name: string, room?: RoomId): Promise<Result<Person>>;
  about(person: Person): PersonFile;
  /** How to call people so that nobody here can be taken for somebody else: key tags where they are needed. */
  names(): Names;
  /** Everybody known by name: written to, verified or trusted. */
  known(): readonly Person[];
  /** Of the own key and `other`; without it a number for the own key alone. */
  safetyNumber(other?: IdentityKey): string;
  /** The numbers were compared and are the same; trusts the name too. */
  verify(person: Person): void;
  /** From now on this key may go by its name. */
  trust(person: Person): void;
  /** The title may be opened by the key that has it now. Refused where it needs no trust, too: `no-such-room`. */
  trustRoom(title: string): Result<string>;
  ignored(): readonly Person[];
  ignore(person: Person): Result<void>;
  /** False when they were not ignored. */
  unignore(key: IdentityKey): boolean;
}

/** The part of a room that tells who is in it. */
export interface Company {
  readonly info: RoomInfo;
  members(): readonly MemberInfo[];
}

export interface ContactsParts {
  readonly self: IdentityKey;
  readonly archive: PeopleArchive;
  /** The wall clock. */
  readonly now: () => number;
  readonly rooms: () => readonly Company[];
  readonly trustRoom: (title: string) => Result<string>;
  /** Whose name this is at a relay. */
  readonly registered: (name: string) => Promise<Result<Person>>;
  /** Somebody is known otherwise than before. */
  readonly changed: () => void;
}

/** Names and keys as this profile has come to know them. */
export class Contacts implements People {
  readonly #parts: ContactsParts;
  // Looked at for every member of every room; nobody else writes to this profile.
  readonly #ignored: Map<IdentityKey, Person>;
  readonly #verified: Map<IdentityKey, number>;
  /** By name, the newest first. */
  #pins: ReadonlyMap<string, readonly NickPin[]>;

  constructor(parts: ContactsParts) {
    this.#parts = parts;
    this.#ignored = new Map(parts.archive.ignored().map((person) => [person.key, person]));
    this.#verified = new Map(parts.archive.verified());
    this.#pins = pinsByName(parts.archive);
  }

  find(name: string, room?: RoomId): Result<Person> {
    const found = this.resolve(name, room);
    // To look at somebody is no risk: that there are several is all that matters.
    if (!found.ok && found.code === 'changed-key') return { ...found, code: 'ambiguous-person' };
    return found;
  }

  async look(name: string, room?: RoomId): Promise<Result<Person>> {
    const found = this.find(name, room);
    return !found.ok && found.code === 'no-such-person' ? this.#parts.registered(name) : found;
  }

  /** As `find`, but refuses with `changed-key` where a name known with one key is here with another. */
  resolve(name: string, room?: RoomId): Result<Person> {
    const { archive, self, rooms } = this.#parts;
    const all = rooms();
    const here = all.find(({ info }) => info.id === room);
    // No nick begins with an @, but people write one before it.
    return resolvePerson(name.trim().replace(/^@/, ''), {
      self,
      here: here?.members() ?? [],
      elsewhere: all.flatMap((each) => (each === here ? [] : each.members())),
      known: (nick) => archive.named(nick),
      byKey: (key) => archive.get(key),
      pins: (nick) => this.#pinsOf(nick),
    });
  }

  standing({ key, nick }: Pick<Person, 'key' | 'nick'>): Standing {
    if (key === this.#parts.self) return 'known';
    const pins = this.#pinsOf(nick);
    const pinned = pins.some((pin) => pin.key === key);
    if (pins.length > 0 && !pinned) return 'changed';
    if (this.#verified.has(key)) return 'verified';
    return pinned ? 'known' : 'new';
  }

  /** Those who are known by this person's name; newest first. */
  namesakes({ key, nick }: Pick<Person, 'key' | 'nick'>): readonly Person[] {
    return this.#pinsOf(nick)
      .filter((pin) => pin.key !== key)
      .map(personOfPin);
  }

  about(person: Person): PersonFile {
    const { archive, rooms } = this.#parts;
    const { key, tag, nick } = person;
    const known = archive.get(key);
    const verifiedAt = this.#verified.get(key);
    return {
      key,
      tag,
      nick,
      standing: this.standing(person),
      ...(known ? { firstSeen: known.firstSeen } : {}),
      ...defined({ verifiedAt }),
      ignored: this.ignores(key),
      stranger: known === undefined || known.stranger === true,
      rooms: rooms().flatMap((room) => {
        const member = room.members().find((each) => each.key === key);
        return member ? [{ info: room.info, member }] : [];
      }),
      namesakes: this.namesakes(person),
    };
  }

  names(): Names {
    const { archive, rooms } = this.#parts;
    return new Names([...rooms().flatMap((room) => room.members()), ...archive.pinned().map(personOfPin)]);
  }

  known(): readonly Person[] {
    return this.#parts.archive.pinned().map(personOfPin);
  }

  safetyNumber(other: IdentityKey = this.#parts.self): string {
    return safetyNumber(idBytes(this.#parts.self), idBytes(other));
  }

  verify(person: Person): void {
    const { archive, now, changed } = this.#parts;
    this.#verified.set(person.key, now());
    archive.verify(person.key, now());
    this.#pin(person);
    changed();
  }

  trust(person: Person): void {
    this.#pin(person);
    this.#parts.changed();
  }

  trustRoom(title: string): Result<string> {
    return this.#parts.trustRoom(title);
  }

  /** The name is this key's from the first time that something is written to it. */
  wroteTo(person: Person): void {
    if (!this.#pinsOf(person.nick).some(({ key }) => key === person.key)) this.#pin(person);
  }

  ignores(key: IdentityKey): boolean {
    return this.#ignored.has(key);
  }

  ignored(): readonly Person[] {
    return [...this.#ignored.values()];
  }

  ignore({ key, tag, nick }: Person): Result<void> {
    const { archive, now, changed } = this.#parts;
    if (this.#ignored.size >= MAX_IGNORED && !this.#ignored.has(key)) return refused('ignore-limit');
    this.#ignored.set(key, { key, tag, nick });
    archive.ignore({ key, nick }, now());
    changed();
    return { ok: true, value: undefined };
  }

  unignore(key: IdentityKey): boolean {
    if (!this.#ignored.delete(key)) return false;
    this.#parts.archive.unignore(key);
    this.#parts.changed();
    return true;
  }

  /** What a member list shows beside a name. */
  marks(person: Pick<Person, 'key' | 'nick'>): Pick<MemberInfo, 'standing' | 'ignored'> {
    const standing = this.standing(person);
    return {
      ...(standing === 'verified' || standing === 'changed' ? { standing } : {}),
      ...(this.ignores(person.key) ? { ignored: true } : {}),
    };
  }

  #pinsOf(nick: string): readonly NickPin[] {
    return this.#pins.get(fold(nick)) ?? [];
  }

  #pin(person: Person): void {
    const { archive, now } = this.#parts;
    archive.pinNick(person, now());
    this.#pins = pinsByName(archive);
  }
}

function pinsByName(archive: PeopleArchive): ReadonlyMap<string, readonly NickPin[]> {
  return Map.groupBy(archive.pinned(), ({ nick }) => fold(nick));
}

function personOfPin({ key, nick }: NickPin): Person {
  return { key, nick, tag: keyTag(idBytes(key)) };
}
