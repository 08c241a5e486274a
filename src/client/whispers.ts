import type { Clock } from '../link/clock.ts';
import { equalBytes } from '../shared/bytes.ts';
import { openPrekey } from '../shared/crypto/certificate.ts';
import { keyTag, randomBytes, type Signer } from '../shared/crypto/sign.ts';
import { openWhisper, sealWhisper } from '../shared/crypto/whisper.ts';
import { ProtocolError, type RefusalCode } from '../shared/errors.ts';
import { identityKey, idBytes, messageId, type IdentityKey, type MessageId } from '../shared/ids.ts';
import { HOUR, MAIL_MS, OUTBOX_MS, SECOND } from '../shared/limits.ts';
import { decodeWhisper, encodeWhisper, type WhisperBody } from '../shared/room/whisper.ts';
import { cleanNick, sanitize } from '../shared/text.ts';
import type { ReplyOf } from '../shared/wire/control.ts';
import type { Self } from './api.ts';
import { tookIt } from './archive-database.ts';
import type { Archive, PendingWhisper } from './archive.ts';
import type { ClientLog } from './client-log.ts';
import { Prekeys } from './prekeys.ts';
import type { Device } from './profile.ts';
import type { RelayConnection } from './relay-connection.ts';
import type { Contacts } from './people.ts';
import type { ClientEvent, Person, WhisperLine, WhisperState } from './session-events.ts';

export const MAX_WAITING_WHISPERS = 100;
/** Whispers kept of people never met in a room nor written to, of all of them and of one; further ones are not taken. */
export const MAX_STRANGER_WHISPERS = 200;
export const MAX_WHISPERS_OF_STRANGER = 20;
/** Other people's prekeys kept, and for how long one is used without asking again. */
const MAX_CACHED_PREKEYS = 500;
const PREKEY_CACHE_MS = HOUR;
const RETRY_MS = 5 * SECOND;
/** A whisper that comes back more often is not delivered. */
export const MAX_RESEALS = 3;
/** Whispers of which that is remembered. */
const MAX_RESEALED = 500;
/** Mail that the disk would not take, tried again; a relay has no more than this under way. */
const MAX_UNSTORED = 64;

/** Refusals that waiting mends. */
const retryable: ReadonlySet<string> = new Set([
  'slow-down',
  'too-fast',
  'internal',
  'draining',
  'timeout',
  'unreachable',
]);

export interface WhisperParts {
  readonly archive: Archive;
  readonly signer: Signer;
  readonly device: Device;
  readonly self: () => Self;
  readonly clock: Clock;
  readonly log: ClientLog;
  readonly emit: (event: ClientEvent) => void;
  /** The relays through which mail for this key may go now, the likeliest first. */
  readonly relaysFor: (key: IdentityKey) => readonly RelayConnection[];
  /** A relay where this key was seen is tried again by itself: it may know more than those of now. */
  readonly mayComeLater: (key: IdentityKey) => boolean;
  readonly contacts: Pick<Contacts, 'ignores' | 'wroteTo'>;
}

interface CachedPrekey {
  readonly key: Uint8Array;
  readonly id: number;
  readonly until: number;
}

/** Private lines: sealed here, left at a relay, opened here; durable on both ways before anybody is told so. */
export class Whispers {
  readonly #parts: WhisperParts;
  readonly #prekeys: Prekeys;
  readonly #cache = new Map<IdentityKey, CachedPrekey>();
  readonly #busy = new Set<IdentityKey>();
  readonly #expires = new Map<MessageId, number>();
  /** How often a whisper of this session was sealed anew. */
  readonly #resealed = new Map<MessageId, number>();
  /** Came back before it was known to be stored. */
  readonly #overtaken = new Set<MessageId>();
  #unstored: (() => void)[] = [];
  #cancelStore: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(parts: WhisperParts) {
    this.#parts = parts;
    this.#prekeys = new Prekeys(parts.archive.whispers, parts.signer, parts.clock);
    for (const { id, time } of parts.archive.whispers.pending()) this.#expiry(id, time);
  }

  get full(): boolean {
    return this.#parts.archive.whispers.pending().length >= MAX_WAITING_WHISPERS;
  }

  /** Durable when this returns, and its states follow; undefined when the disk would not take it. */
  send(to: Person, text: string, ref?: string): WhisperLine | undefined {
    const { archive, clock, emit } = this.#parts;
    const id = messageId(randomBytes(16));
    const time = clock.wall();
    const whisper: WhisperLine = {
      id,
      at: time,
      sentAt: time,
      with: to,
      mine: true,
      text: sanitize(text),
      state: 'waiting',
    };
    if (!tookIt(() => archive.whispers.add(whisper, ref === undefined ? {} : { ref }))) return undefined;
    this.#expiry(id, time);
    this.#parts.contacts.wroteTo(to);
    archive.whispers.markRead(to.key);
    emit({ type: 'whisper', whisper });
    this.pump();
    return whisper;
  }

  /** Leaves our prekey at a relay that we have just logged in at, and sends what waits. */
  relayOnline(relay: RelayConnection): void {
    this.#leavePrekey(relay);
    this.expire();
    this.pump();
  }

  #leavePrekey(relay: RelayConnection): void {
    const prekey = this.#prekeys.current();
    if (!prekey || this.#closed) return;
    void relay.ask({ t: 'put-prekey', prekey }).then((outcome) => {
      if (outcome.t !== 'refused') return;
      this.#parts.log('prekey-refused', { code: outcome.code });
      // Question or answer was lost on the way; without a prekey nobody can write to us.
      if (outcome.code === 'timeout' && relay.online) this.#leavePrekey(relay);
    });
  }

  /** Gives up what a relay has kept for as long as it does. */
  expire(): void {
    const { archive, clock } = this.#parts;
    for (const id of archive.whispers.storedBefore(clock.wall() - MAIL_MS)) this.#settle(id, 'expired');
  }

  /** Sends what waits, each recipient's in order. */
  pump(): void {
    if (this.#closed) return;
    const waiting = Map.groupBy(this.#parts.archive.whispers.pending(), ({ to }) => to);
    for (const [to, whispers] of waiting) {
      if (this.#busy.has(to)) continue;
      this.#busy.add(to);
      void this.#deliver(to, whispers).then((again) => {
        this.#busy.delete(to);
        if (again) this.#retryIn(again);
      });
    }
  }

  /** Mail for us: opened, made durable, and only then acknowledged. */
  mail(relay: RelayConnection, received: ReplyOf<'mail'>): void {
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
      text: sanitize(body.text),
    };
    let isNew = false;
    // Without an acknowledgement the relay keeps it, but sends it again only at the next login.
    if (!tookIt(() => (isNew = archive.whispers.add(whisper, prev ? { prev } : {}))))
      return this.#storeLater(() => this.mail(relay, received));
    archive.people.heardOf(whisper.with, clock.wall(), relay.url);
    if (isNew) emit({ type: 'whisper', whisper: this.#told(whisper, prev) });
    relay.tell({ t: 'ack-mail', mails: [{ from, id }] });
  }

  #storeLater(store: () => void): void {
    if (this.#unstored.length < MAX_UNSTORED) this.#unstored.push(store);
    this.#cancelStore ??= this.#parts.clock.after(RETRY_MS, () => {
      this.#cancelStore = undefined;
      const unstored = this.#unstored;
      this.#unstored = [];
      for (const again of unstored) again();
    });
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

  receipts(relay: RelayConnection, { ids, returned }: ReplyOf<'receipts'>): void {
    for (const raw of ids) {
      const id = messageId(raw);
      const state = this.#parts.archive.whispers.own(id)?.state;
      if (state !== undefined && state !== 'delivered') this.#settle(id, 'delivered');
    }
    // Before anything is sent again under the same id.
    relay.tell({ t: 'ack-receipts', ids: [...ids, ...returned] });
    for (const raw of returned) this.#returned(messageId(raw));
    if (returned.length > 0) this.pump();
  }

  /** The recipient is on another device by now: seals it anew, for that one. */
  #returned(id: MessageId): void {
    const { archive, clock, emit } = this.#parts;
    const own = archive.whispers.own(id);
    if (own?.state !== 'stored' && own?.state !== 'waiting') return;
    const times = (this.#resealed.get(id) ?? 0) + 1;
    if (times > MAX_RESEALS) return this.#settle(id, 'refused', 'not-delivered');
    this.#resealed.delete(id);
    this.#resealed.set(id, times);
    const [oldest] = this.#resealed.keys();
    if (this.#resealed.size > MAX_RESEALED && oldest) this.#resealed.delete(oldest);
    this.#cache.delete(own.with.key);
    // The answer to the mail itself may still be on its way through this process.
    if (own.state === 'waiting') this.#overtaken.add(id);
    const ref = archive.whispers.setState(id, 'waiting');
    this.#expires.set(id, clock.now() + OUTBOX_MS);
    emit({ type: 'whisper-state', id, state: 'waiting', ...(ref === undefined ? {} : { ref }) });
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#cancelStore?.();
  }

  /** Ms after which to try again; undefined when there is nothing more to do, or nothing to do before a relay is back. */
  async #deliver(to: IdentityKey, whispers: readonly PendingWhisper[]): Promise<number | undefined> {
    for (const whisper of whispers) {
      if (this.#expiry(whisper.id, whisper.time) <= this.#parts.clock.now()) {
        this.#settle(whisper.id, 'expired');
        continue;
      }
      const relays = this.#parts.relaysFor(to);
      if (relays.length === 0) return undefined;
      const refusal = await this.#putSomewhere(relays, whisper);
      if (this.#closed) return undefined;
      if (!refusal) {
        if (!this.#overtaken.delete(whisper.id)) this.#settle(whisper.id, 'stored');
      } else if (retryable.has(refusal.code)) return refusal.retryMs ?? RETRY_MS;
      else if (refusal.code === 'not-delivered' && this.#parts.mayComeLater(to)) return undefined;
      else this.#settle(whisper.id, 'refused', isRefusalCode(refusal.code) ? refusal.code : undefined);
    }
    // What was said meanwhile.
    return this.#parts.archive.whispers.pending().some((one) => one.to === to) ? 1 : undefined;
  }

  /** A relay where nobody has left this key's prekey says nothing about the others. */
  async #putSomewhere(
    relays: readonly RelayConnection[],
    whisper: PendingWhisper,
  ): Promise<Refusal | undefined> {
    let unfinished: Refusal | undefined;
    let last: Refusal = { code: 'not-delivered' };
    for (const relay of relays) {
      const refusal = await this.#put(relay, whisper);
      if (!refusal || this.#closed) return undefined;
      if (refusal.code === 'not-delivered') continue;
      if (retryable.has(refusal.code)) unfinished ??= refusal;
      else last = refusal;
    }
    return unfinished ?? last;
  }

  async #put(relay: RelayConnection, whisper: PendingWhisper): Promise<Refusal | undefined> {
    const { whispers } = this.#parts.archive;
    const recipient = idBytes(whisper.to);
    let mail = whispers.sealed(whisper.id);
    if (!mail) {
      const prekey = await this.#prekeyOf(relay, whisper.to);
      if ('code' in prekey) return prekey;
      if (this.#closed) return { code: 'unreachable' };
      mail = this.#seal(whisper, prekey, whispers.lastTo(whisper.to));
      const sealed = mail;
      // What may have reached the relay must be what is sent again.
      if (!tookIt(() => whispers.seal(whisper.id, sealed))) return { code: 'internal' };
    }
    const outcome = await relay.ask({ t: 'put-mail', to: recipient, id: idBytes(whisper.id), mail });
    return outcome.t === 'refused' ? outcome : undefined;
  }

  async #prekeyOf(relay: RelayConnection, to: IdentityKey): Promise<CachedPrekey | Refusal> {
    const { clock } = this.#parts;
    const cached = this.#cache.get(to);
    if (cached && cached.until > clock.now()) return cached;
    const identity = idBytes(to);
    const outcome = await relay.ask({ t: 'get-prekey', identity });
    if (outcome.t === 'refused') return outcome;
    const prekey = openPrekey(outcome.prekey, identity, Math.floor(clock.wall() / SECOND));
    if (!prekey) return { code: 'not-delivered' };
    const fresh = { key: prekey.key, id: prekey.id, until: clock.now() + PREKEY_CACHE_MS };
    this.#cache.delete(to);
    this.#cache.set(to, fresh);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED_PREKEYS && oldest) this.#cache.delete(oldest);
    return fresh;
  }

  #seal(
    { id, to, text, time }: PendingWhisper,
    prekey: CachedPrekey,
    prev: MessageId | undefined,
  ): Uint8Array {
    const { signer, device, self } = this.#parts;
    const recipient = idBytes(to);
    const body = encodeWhisper({
      from: signer.publicKey,
      to: recipient,
      id: idBytes(id),
      time,
      nick: self().nick,
      text,
      ...(prev === undefined ? {} : { prev: idBytes(prev) }),
    });
    return sealWhisper({ to: recipient, prekey, device: device.keys, signer, body });
  }

  /** What the mail says, if its sender signed just that for us under this id. */
  #open(from: Uint8Array, id: Uint8Array, mail: Uint8Array): WhisperBody | undefined {
    const me = this.#parts.signer.publicKey;
    const opened = openWhisper({ me, prekeySecret: (prekey) => this.#prekeys.secret(prekey), mail });
    if (!opened || !equalBytes(opened.from, from)) return undefined;
    const body = decoded(opened.body);
    const genuine = body && equalBytes(body.from, from) && equalBytes(body.to, me) && equalBytes(body.id, id);
    return genuine ? body : undefined;
  }

  #settle(id: WhisperLine['id'], state: Exclude<WhisperState, 'waiting'>, code?: RefusalCode): void {
    // A receipt may overtake the answer to the mail.
    if (state === 'stored' && this.#parts.archive.whispers.own(id)?.state !== 'waiting') return;
    this.#expires.delete(id);
    if (state !== 'stored') this.#resealed.delete(id);
    const nick = this.#parts.archive.whispers.own(id)?.with.nick;
    const ref = this.#parts.archive.whispers.setState(id, state);
    this.#parts.emit({
      type: 'whisper-state',
      id,
      state,
      ...(code === undefined ? {} : { code, ...(nick === undefined ? {} : { nick }) }),
      ...(ref === undefined ? {} : { ref }),
    });
  }

  /** Monotonic ms, so that setting the wall clock makes nothing old. */
  #expiry(id: MessageId, time: number): number {
    const known = this.#expires.get(id);
    if (known !== undefined) return known;
    const { clock } = this.#parts;
    const age = Math.min(Math.max(0, clock.wall() - time), OUTBOX_MS);
    const expiry = clock.now() + OUTBOX_MS - age;
    this.#expires.set(id, expiry);
    return expiry;
  }

  #retryIn(ms: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#parts.clock.after(ms, () => this.pump());
  }
}

interface Refusal {
  readonly code: RefusalCode | 'unreachable' | 'timeout';
  readonly retryMs?: number;
}

function isRefusalCode(code: Refusal['code']): code is RefusalCode {
  return code !== 'unreachable' && code !== 'timeout';
}

function decoded(bytes: Uint8Array): WhisperBody | undefined {
  try {
    return decodeWhisper(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
