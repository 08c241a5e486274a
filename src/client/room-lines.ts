import { assertNever } from '../shared/errors.ts';
import { identityKey, idBytes, messageId, type IdentityKey } from '../shared/ids.ts';
import { keyTag } from '../shared/crypto/sign.ts';
import { cleanTitle, sanitize, sanitizeLine } from '../shared/text.ts';
import type { PeopleArchive, SequencedLine } from './archive.ts';
import type { PlacedEvent } from './log-follower.ts';
import { personOf, type Roster } from './roster.ts';
import type { Person, RoomLineBody } from './session-events.ts';

/** Names heard in history, of people who may be gone. */
const MAX_FORMER_NAMES = 2_000;

/** Turns verified events into the lines people see: here every text is made safe. */
export class RoomLines {
  readonly #roster: Roster;
  readonly #people: PeopleArchive;
  readonly #host: IdentityKey;
  readonly #former = new Map<IdentityKey, Person>();

  constructor(roster: Roster, people: PeopleArchive, host: IdentityKey) {
    this.#roster = roster;
    this.#people = people;
    this.#host = host;
  }

  /** The name to show for a key: as heard along the pages while they are read, else by the roster of now. */
  person(key: IdentityKey, reading: boolean): Person {
    const here = this.#roster.get(key);
    const former = this.#former.get(key);
    const known = (reading ? (former ?? here) : (here ?? former)) ?? this.#people.get(key);
    if (known) return { key, tag: known.tag, nick: known.nick };
    const tag = keyTag(idBytes(key));
    return { key, tag, nick: key === this.#host ? 'host' : tag };
  }

  /** `at`: when it was received here. `reading`: from a page rather than as it happens. */
  line(placed: PlacedEvent, at: number, reading: boolean): SequencedLine {
    const { event, author, seq } = placed;
    const was = this.person(author, reading);
    const body = this.#body(placed, was);
    const by = body.kind === 'nick' ? { ...was, nick: body.nick } : was;
    return { seq, id: messageId(event.id), at, sentAt: event.time, by, ...body };
  }

  #body({ event, authorBytes }: PlacedEvent, by: Person): RoomLineBody {
    switch (event.kind) {
      case 'text':
      case 'me':
        return { kind: event.kind, text: sanitize(event.body.text) };
      case 'room-opened':
        return {
          kind: 'opened',
          title: cleanTitle(event.body.title) ?? '?',
          topic: sanitizeLine(event.body.topic),
        };
      case 'topic-changed':
        return { kind: 'topic', topic: sanitizeLine(event.body.topic) };
      case 'nick-changed': {
        const person = personOf(authorBytes, event.body.nick);
        this.#remember(person);
        return { kind: 'nick', was: by.nick, nick: person.nick };
      }
      case 'member-joined': {
        const who = personOf(event.body.key, event.body.nick);
        this.#remember(who);
        return { kind: 'join', who, role: event.body.role };
      }
      case 'member-left': {
        const who = this.person(identityKey(event.body.key), true);
        const reason = sanitizeLine(event.body.reason ?? '').trim();
        return { kind: 'leave', who, ...(reason === '' ? {} : { reason }) };
      }
      default:
        return assertNever(event);
    }
  }

  #remember(person: Person): void {
    this.#former.delete(person.key);
    this.#former.set(person.key, person);
    const [oldest] = this.#former.keys();
    if (this.#former.size > MAX_FORMER_NAMES && oldest) this.#former.delete(oldest);
  }
}
