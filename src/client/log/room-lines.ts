import { assertNever } from '../../shared/errors.ts';
import { identityKey, idBytes, messageId, type IdentityKey } from '../../shared/ids.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { MAX_MOTD_LINES } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import type { EventKind, EventOf, RoomEvent } from '../../shared/room/events.ts';
import { cleanTitle, sanitizeLine, sanitizeLines } from '../../shared/text.ts';
import type { PeopleArchive, SequencedLine } from '../archive/archive.ts';
import type { SequencedChange } from '../archive/line-changes.ts';
import type { PlacedEvent } from './log-follower.ts';
import { personOf, type Roster } from './roster.ts';
import type { Person, RoomLineBody } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

/** Names heard in history, of people who may be gone. */
const MAX_FORMER_NAMES = 2_000;

type ChangeEvent = EventOf<'edited' | 'deleted' | 'reacted'>;
type ChangePlaced = PlacedEvent & { readonly event: ChangeEvent };
type LinePlaced = PlacedEvent & { readonly event: Exclude<RoomEvent, ChangeEvent> };

/** Whether an event is about an earlier line rather than one itself. */
export function isChange(placed: PlacedEvent): placed is ChangePlaced {
  return changeKinds.has(placed.event.kind);
}
/** The others. */
export function isLine(placed: PlacedEvent): placed is LinePlaced {
  return !isChange(placed);
}
const changeKinds: ReadonlySet<EventKind> = new Set(['edited', 'deleted', 'reacted']);

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

  /** Somebody in history is not here any more, and was called this last. */
  heardOf(person: Person): void {
    if (!this.#former.has(person.key) && !this.#roster.get(person.key)) this.#remember(person);
  }

  /** `at`: when it was said or received. `reading`: from a page rather than as it happens. */
  line(placed: LinePlaced, at: number, reading: boolean): SequencedLine {
    const { event, author, seq } = placed;
    const was = this.person(author, reading);
    const body = this.#body(placed, was, reading);
    const by = body.kind === 'nick' ? { ...was, nick: body.nick } : was;
    return { seq, id: messageId(event.id), at, sentAt: event.time, by, ...body };
  }

  /** What an event does to the line it refers to. */
  change({ event, author, seq }: ChangePlaced, reading: boolean): SequencedChange {
    const by = this.person(author, reading);
    const target = event.kind === 'edited' ? author : identityKey(event.body.author);
    const head = { seq, by, of: { author: target, id: messageId(event.body.of) } };
    switch (event.kind) {
      case 'edited':
        return { ...head, kind: 'edit', text: sanitizeLines(event.body.text) };
      case 'deleted':
        return { ...head, kind: 'delete' };
      case 'reacted':
        return { ...head, kind: 'react', emoji: sanitizeLine(event.body.emoji), on: event.body.on };
      default:
        return assertNever(event);
    }
  }

  #body({ event, authorBytes }: LinePlaced, by: Person, reading: boolean): RoomLineBody {
    switch (event.kind) {
      case 'text': {
        const { text, re } = event.body;
        const ref = re && { author: identityKey(re.author), id: messageId(re.id) };
        return {
          kind: 'text',
          text: sanitizeLines(text),
          ...(ref ? { re: ref, quoted: { by: this.person(ref.author, reading) } } : {}),
        };
      }
      case 'me':
        return { kind: 'me', text: sanitizeLines(event.body.text) };
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
        return { kind: 'leave', who, ...reasonOf(event.body) };
      }
      case 'kicked':
        return { kind: 'kick', who: this.#target(event.body, reading), ...reasonOf(event.body) };
      case 'banned': {
        const who = this.#target(event.body, reading);
        return { kind: 'ban', who, ...msOf(event.body), ...reasonOf(event.body) };
      }
      case 'unbanned':
        return { kind: 'unban', who: this.#target(event.body, reading) };
      case 'muted':
        return { kind: 'mute', who: this.#target(event.body, reading), ...msOf(event.body) };
      case 'role-changed':
        return { kind: 'role', who: this.#target(event.body, reading), role: event.body.role };
      case 'slow-changed':
        return { kind: 'slow', seconds: event.body.seconds };
      case 'filter-changed':
        return { kind: 'filter', filter: event.body.filter, on: event.body.on };
      case 'motd-changed':
        return { kind: 'motd', motd: sanitizeLines(event.body.motd, MAX_MOTD_LINES) };
      default:
        return assertNever(event);
    }
  }

  #target({ key }: { readonly key: Uint8Array }, reading: boolean): Person {
    return this.person(identityKey(key), reading);
  }

  #remember(person: Person): void {
    putNewest(this.#former, person.key, person, MAX_FORMER_NAMES);
  }
}

function reasonOf({ reason }: { readonly reason?: string | undefined }): { reason?: string } {
  const shown = sanitizeLine(reason ?? '').trim();
  return shown === '' ? {} : { reason: shown };
}

function msOf({ ms }: { readonly ms?: number | undefined }): { ms?: number } {
  return defined({ ms });
}
