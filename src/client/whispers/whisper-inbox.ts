import { unattended, type Clock } from '../../link/clock.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { keyTag, type Signer } from '../../shared/crypto/sign.ts';
import { openWhisper } from '../../shared/crypto/whisper.ts';
import { ifWellFormed } from '../../shared/errors.ts';
import { identityKey, messageId, type IdentityKey, type MessageId } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import { decodeWhisper, type WhisperBody } from '../../shared/room/whisper.ts';
import { cleanNick, sanitizeLines } from '../../shared/text.ts';
import type { ReplyOf } from '../../shared/wire/control.ts';
import { tookIt } from '../archive/archive-database.ts';
import type { Archive } from '../archive/archive.ts';
import type { ClientLog } from '../client-log.ts';
import type { Contacts } from '../people/people.ts';
import { Prekeys } from './prekeys.ts';
import type { MailRelay } from './recipient-prekeys.ts';
import type { ClientEvent, WhisperLine } from '../session-events.ts';

/** Whispers kept of people never met in a room nor written to, of all of them and of one; further ones are not taken. */
export const MAX_STRANGER_WHISPERS = 200;
export const MAX_WHISPERS_OF_STRANGER = 20;
/** Mail that the disk would not take, tried again; a relay has no more than this under way. */
const MAX_UNSTORED = 64;
const STORE_AGAIN_MS = 5 * SECOND;

export interface WhisperInboxParts {
  readonly archive: Archive;
  readonly signer: Signer;
  readonly contacts: Pick<Contacts, 'ignores'>;
  readonly clock: Clock;
  readonly log: ClientLog;
  readonly emit: (event: ClientEvent) => void;
}

/** Whispers to this profile: opened, made durable, told, and only then acknowledged. */
export class WhisperInbox {
  readonly #parts: WhisperInboxParts;
  readonly #prekeys: Prekeys;
  /** What relays have taken. */
  readonly #left = new WeakMap<MailRelay, Uint8Array>();
  #unstored: (() => void)[] = [];
  #cancelStore: (() => void) | undefined;
  #closed = false;

  constructor(parts: WhisperInboxParts) {
    this.#parts = parts;
    this.#prekeys = new Prekeys(parts.archive.whispers, parts.signer, parts.clock);
  }

  /** Leaves our prekey at a relay that we have just logged in at: without one nobody can write to us. */
  relayOnline(relay: MailRelay): void {
    const prekey = this.#prekeys.current();
    if (!prekey || this.#closed) return;
    const left = relay.ask({ t: 'put-prekey', prekey }).then((outcome) => {
      if (outcome.t !== 'refused') {
        this.#left.set(relay, prekey);
        return;
      }
      this.#parts.log('prekey-refused', { code: outcome.code });
      // Question or answer was lost on the way.
      if (outcome.code === 'timeout' && relay.online) this.relayOnline(relay);
    });
    unattended(this.#parts.clock, left);
  }

  /** Time has passed: where a relay has no prekey of now, it gets one. */
  renew(relays: readonly MailRelay[]): void {
    const prekey = this.#prekeys.current();
    for (const relay of relays) {
      const left = this.#left.get(relay);
      if (prekey && !(left && equalBytes(left, prekey))) this.relayOnline(relay);
    }
  }

  mail(relay: MailRelay, received: ReplyOf<'mail'>): void {
    const { from, id, mail } = received;
    const { archive, clock, emit, log } = this.#parts;
    const body = this.#open(from, id, mail);
    // Sealed for another device of this account, or for a prekey that is gone; a forgery comes to nothing there, too.
    if (!body) log('mail-unreadable', { bytes: mail.length });
    // Given back, what nobody will read is told to its sender as not delivered, as where nobody has our key.
    if (!body || !this.#isWanted(identityKey(body.from), body.id)) {
      relay.tell({ t: 'return-mail', mails: [{ from, id }] });
      return;
    }
    const key = identityKey(body.from);
    const tag = keyTag(body.from);
    const nick = cleanNick(body.nick) ?? archive.people.get(key)?.nick ?? tag;
    const prev = body.prev && messageId(body.prev);
    const whisper: WhisperLine = {
      id: messageId(body.id),
      at: clock.wall(),
      sentAt: body.time,
      with: { key, tag, nick },
      mine: false,
      text: sanitizeLines(body.text),
    };
    let isNew = false;
    // Without an acknowledgement the relay keeps it, but sends it again only at the next login.
    if (!tookIt(() => (isNew = archive.whispers.add(whisper, prev ? { prev } : {}))))
      return this.#storeLater(() => this.mail(relay, received));
    // A relay that repeats old mail brings back neither an old name nor itself as the way there.
    if (isNew) {
      archive.people.heardOf(whisper.with, clock.wall(), relay.url);
      emit({ type: 'whisper', whisper: this.#told(whisper, prev) });
    }
    relay.tell({ t: 'ack-mail', mails: [{ from, id }] });
  }

  close(): void {
    this.#closed = true;
    this.#cancelStore?.();
  }

  /** What the mail says, if its sender signed just that for us under this id. */
  #open(from: Uint8Array, id: Uint8Array, mail: Uint8Array): WhisperBody | undefined {
    const me = this.#parts.signer.publicKey;
    const opened = openWhisper({ me, prekeySecret: (prekey) => this.#prekeys.secret(prekey), mail });
    if (!opened || !equalBytes(opened.from, from)) return undefined;
    const body = ifWellFormed(() => decodeWhisper(opened.body));
    const genuine = body && equalBytes(body.from, from) && equalBytes(body.to, me) && equalBytes(body.id, id);
    return genuine ? body : undefined;
  }

  /** Of people never met only so much is taken; of people ignored nothing. */
  #isWanted(from: IdentityKey, id: Uint8Array): boolean {
    const { archive, contacts, log } = this.#parts;
    // It is here: only the acknowledgement was lost.
    if (archive.whispers.has(from, messageId(id))) return true;
    if (contacts.ignores(from)) return false;
    if (!archive.people.isStranger(from)) return true;
    const { all, person } = archive.whispers.ofStrangers(from);
    if (all < MAX_STRANGER_WHISPERS && person < MAX_WHISPERS_OF_STRANGER) return true;
    log('stranger-quota', { kept: all });
    return false;
  }

  #told(whisper: WhisperLine, prev: MessageId | undefined): WhisperLine {
    const { people, whispers } = this.#parts.archive;
    const { key } = whisper.with;
    return {
      ...whisper,
      ...(prev !== undefined && !whispers.has(key, prev) ? { gap: true } : {}),
      ...(people.isStranger(key) ? { stranger: true } : {}),
    };
  }

  #storeLater(store: () => void): void {
    if (this.#unstored.length < MAX_UNSTORED) this.#unstored.push(store);
    this.#cancelStore ??= this.#parts.clock.after(STORE_AGAIN_MS, () => {
      this.#cancelStore = undefined;
      const unstored = this.#unstored;
      this.#unstored = [];
      for (const again of unstored) again();
    });
  }
}
