import type { Clock } from '../../link/clock.ts';
import type { Signer } from '../../shared/crypto/sign.ts';
import type { IdentityKey, RoomId } from '../../shared/ids.ts';
import type { ReplyOf } from '../../shared/wire/control.ts';
import { refused, type BesideWhisper, type Result, type Self } from '../api.ts';
import type { Archive } from '../archive/archive.ts';
import type { ClientLog } from '../client-log.ts';
import type { Contacts } from '../people/people.ts';
import { fullName } from '../words/full-name.ts';
import { flawOf } from '../posts/own-lines.ts';
import type { Device } from '../profile/profile.ts';
import type { RelayPool } from '../relays/relay-pool.ts';
import type { JoinedRooms } from '../rooms/joined-rooms.ts';
import type { ClientEvent, Person, WhisperLine } from '../session-events.ts';
import type { MailRelay } from './recipient-prekeys.ts';
import { WhisperInbox } from './whisper-inbox.ts';
import { WhisperOutbox } from './whisper-outbox.ts';
import { WhisperRoutes } from './whisper-routes.ts';

/** Whispers that `unread` gives at most; the rest follows when these are read. */
const MAX_UNREAD = 500;

export interface WhispersParts {
  readonly archive: Archive;
  readonly signer: Signer;
  readonly device: Device;
  readonly self: () => Self;
  readonly contacts: Contacts;
  readonly relays: Pick<RelayPool, 'online' | 'get'>;
  readonly rooms: Pick<JoinedRooms, 'all'>;
  /** Whose name this is at a relay. */
  readonly registered: (name: string) => Promise<Result<Person>>;
  readonly clock: Clock;
  readonly log: ClientLog;
  readonly emit: (event: ClientEvent) => void;
}

/** Private lines between this profile and others: said, kept, and shown unless they are of people it ignores. */
export class Whispers {
  readonly #parts: WhispersParts;
  readonly #inbox: WhisperInbox;
  readonly #outbox: WhisperOutbox;

  constructor(parts: WhispersParts) {
    const { relays, rooms, archive } = parts;
    const routes = new WhisperRoutes({ relays, rooms, people: archive.people });
    this.#parts = parts;
    this.#inbox = new WhisperInbox(parts);
    this.#outbox = new WhisperOutbox({
      ...parts,
      relaysFor: (person) => routes.to(person),
      mayComeLater: (person) => routes.mayComeLater(person),
    });
  }

  /** `to` is a nick or `nick~tag` of somebody seen before, a name at a relay, or a key; `room` is looked through first. */
  async send(
    to: string,
    text: string,
    { room, ref }: { readonly room?: RoomId; readonly ref?: string } = {},
  ): Promise<Result<WhisperLine>> {
    const { contacts, self, registered } = this.#parts;
    const flaw = flawOf(text);
    if (flaw) return flaw;
    const met = contacts.resolve(to, room);
    const person = !met.ok && met.code === 'no-such-person' ? await registered(to) : met;
    if (!person.ok) return person;
    if (person.value.key === self().key) return refused('no-such-person');
    if (contacts.standing(person.value) === 'changed') {
      const names = [person.value, ...contacts.namesakes(person.value)].map(fullName);
      return { ...refused('changed-key'), names, about: 'person' };
    }
    if (this.#outbox.full) return refused('outbox-full');
    return this.#outbox.send(person.value, text, ref);
  }

  /** The newest, oldest first; with `person`, those with this one, and beside one of them. */
  lines(limit: number, person?: IdentityKey, beside?: BesideWhisper): readonly WhisperLine[] {
    const { whispers } = this.#parts.archive;
    const found =
      person !== undefined && beside
        ? whispers.beside(limit, person, beside)
        : whispers.newest(limit, person);
    return found.filter((whisper) => this.#isShown(whisper));
  }

  /** Oldest first. */
  unread(): readonly WhisperLine[] {
    const { whispers, people } = this.#parts.archive;
    return whispers
      .unread(MAX_UNREAD)
      .filter((whisper) => this.#isShown(whisper))
      .map((whisper) => ({ ...whisper, ...(people.isStranger(whisper.with.key) ? { stranger: true } : {}) }));
  }

  markRead(person: IdentityKey): void {
    this.#parts.archive.whispers.markRead(person);
  }

  /** Who whispered last, strangers and people ignored apart. */
  lastWhisperer(): Person | undefined {
    const { whispers, people } = this.#parts.archive;
    const key = whispers.lastFrom();
    const person = key && people.get(key);
    return person && { key: person.key, tag: person.tag, nick: person.nick };
  }

  /** A relay has a mailbox for us, and may have some for others. */
  relayOnline(relay: MailRelay): void {
    this.#inbox.relayOnline(relay);
    this.#outbox.expire();
    this.#outbox.pump();
  }

  mail(relay: MailRelay, received: ReplyOf<'mail'>): void {
    this.#inbox.mail(relay, received);
  }

  receipts(relay: MailRelay, received: ReplyOf<'receipts'>): void {
    this.#outbox.receipts(relay, received);
  }

  /** Time has passed: keys are made anew, and what nobody took is given up. */
  renew(): void {
    this.#inbox.renew(this.#parts.relays.online());
    this.#outbox.expire();
  }

  close(): void {
    this.#inbox.close();
    this.#outbox.close();
  }

  #isShown({ with: person }: WhisperLine): boolean {
    return !this.#parts.contacts.ignores(person.key);
  }
}
