import { unattended, type Clock } from '../../link/clock.ts';
import { randomBytes, type Signer } from '../../shared/crypto/sign.ts';
import { sealWhisper } from '../../shared/crypto/whisper.ts';
import { isRefusalCode, type RefusalCode } from '../../shared/errors.ts';
import { idBytes, messageId, type IdentityKey, type MessageId } from '../../shared/ids.ts';
import { MAIL_MS, OUTBOX_MS, SECOND } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import { encodeWhisper } from '../../shared/room/whisper.ts';
import { sanitize } from '../../shared/text.ts';
import type { ReplyOf } from '../../shared/wire/control.ts';
import type { Result, Self } from '../api.ts';
import { outboxExpiry } from '../outbox-expiry.ts';
import { refusedBy, tookIt } from '../archive/archive-database.ts';
import type { Archive, PendingWhisper } from '../archive/archive.ts';
import type { Device } from '../profile/profile.ts';
import {
  RecipientPrekeys,
  type MailRelay,
  type RecipientPrekey,
  type RelayRefusal,
} from './recipient-prekeys.ts';
import type { Contacts } from '../people/people.ts';
import type { ClientEvent, Person, WhisperLine, WhisperState } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

const MAX_WAITING_WHISPERS = 100;
const RETRY_MS = 5 * SECOND;
/** A whisper that comes back more often is not delivered. */
const MAX_RESEALS = 3;
/** Whispers of which that is remembered. */
const MAX_RESEALED = 500;
/** Refusals that waiting mends. */
const retryable: ReadonlySet<string> = new Set([
  'slow-down',
  'too-fast',
  'internal',
  'draining',
  'timeout',
  'unreachable',
]);

export interface WhisperOutboxParts {
  readonly archive: Archive;
  readonly signer: Signer;
  readonly device: Device;
  readonly self: () => Self;
  readonly clock: Clock;
  readonly emit: (event: ClientEvent) => void;
  /** The relays through which mail for this key may go now, the likeliest first. */
  readonly relaysFor: (key: IdentityKey) => readonly MailRelay[];
  /** A relay where this key was seen is tried again by itself: it may know more than those of now. */
  readonly mayComeLater: (key: IdentityKey) => boolean;
  readonly contacts: Pick<Contacts, 'wroteTo'>;
}

/** Own whispers, each recipient's in order: durable, then sealed and left at a relay, until they are fetched or given up. */
export class WhisperOutbox {
  readonly #parts: WhisperOutboxParts;
  readonly #prekeys: RecipientPrekeys;
  readonly #busy = new Set<IdentityKey>();
  readonly #expires = new Map<MessageId, number>();
  /** How often a whisper of this session was sealed anew. */
  readonly #resealed = new Map<MessageId, number>();
  /** Came back before it was known to be stored. */
  readonly #overtaken = new Set<MessageId>();
  /** Ends the wait of those whom a relay wants to hear of later. */
  readonly #retries = new Map<IdentityKey, () => void>();
  #closed = false;

  constructor(parts: WhisperOutboxParts) {
    this.#parts = parts;
    this.#prekeys = new RecipientPrekeys(parts.clock);
    for (const { id, time } of parts.archive.whispers.pending()) this.#expiry(id, time);
  }

  get full(): boolean {
    return this.#parts.archive.whispers.pending().length >= MAX_WAITING_WHISPERS;
  }

  /** Durable when this returns, and its states follow; refused when the disk would not take it. */
  send(to: Person, text: string, ref?: string): Result<WhisperLine> {
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
    const refusal = refusedBy(() => archive.whispers.add(whisper, defined({ ref })));
    if (refusal) return refusal;
    this.#expiry(id, time);
    this.#parts.contacts.wroteTo(to);
    archive.whispers.markRead(to.key);
    emit({ type: 'whisper', whisper });
    this.pump();
    return { ok: true, value: whisper };
  }

  /** Gives up what a relay has kept for as long as it does, and what no relay would take for a day. */
  expire(): void {
    const { archive, clock } = this.#parts;
    for (const { id, to, time } of archive.whispers.pending())
      if (!this.#busy.has(to) && this.#expiry(id, time) <= clock.now()) this.#settle(id, 'expired');
    for (const id of archive.whispers.storedBefore(clock.wall() - MAIL_MS)) this.#settle(id, 'expired');
  }

  /** Sends what waits, for one person or for all; called whenever a relay comes. */
  pump(only?: IdentityKey): void {
    if (this.#closed) return;
    const waiting = Map.groupBy(this.#parts.archive.whispers.pending(), ({ to }) => to);
    for (const [to, whispers] of waiting) {
      if (this.#busy.has(to) || (only !== undefined && only !== to)) continue;
      this.#busy.add(to);
      this.#retries.get(to)?.();
      this.#retries.delete(to);
      const delivered = this.#deliver(to, whispers).then((again) => {
        this.#busy.delete(to);
        if (again !== undefined) this.#retryIn(again, to);
      });
      unattended(this.#parts.clock, delivered);
    }
  }

  receipts(relay: MailRelay, { ids, returned }: ReplyOf<'receipts'>): void {
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

  close(): void {
    this.#closed = true;
    for (const cancel of this.#retries.values()) cancel();
  }

  /** The recipient is on another device by now: seals it anew, for that one. */
  #returned(id: MessageId): void {
    const { archive, clock, emit } = this.#parts;
    const own = archive.whispers.own(id);
    if (own?.state !== 'stored' && own?.state !== 'waiting') return;
    const times = (this.#resealed.get(id) ?? 0) + 1;
    if (times > MAX_RESEALS) return this.#settle(id, 'refused', 'not-delivered');
    putNewest(this.#resealed, id, times, MAX_RESEALED);
    this.#prekeys.forget(own.with.key);
    // The answer to the mail itself may still be on its way through this process.
    if (own.state === 'waiting') this.#overtaken.add(id);
    const ref = archive.whispers.setState(id, 'waiting');
    this.#expires.set(id, clock.now() + OUTBOX_MS);
    emit({ type: 'whisper-state', id, state: 'waiting', ...defined({ ref }) });
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
    relays: readonly MailRelay[],
    whisper: PendingWhisper,
  ): Promise<RelayRefusal | undefined> {
    let unfinished: RelayRefusal | undefined;
    let last: RelayRefusal = { code: 'not-delivered' };
    for (const relay of relays) {
      const refusal = await this.#put(relay, whisper);
      if (!refusal || this.#closed) return undefined;
      if (refusal.code === 'not-delivered') continue;
      if (retryable.has(refusal.code)) unfinished ??= refusal;
      else last = refusal;
    }
    return unfinished ?? last;
  }

  async #put(relay: MailRelay, whisper: PendingWhisper): Promise<RelayRefusal | undefined> {
    const { whispers } = this.#parts.archive;
    let mail = whispers.sealed(whisper.id);
    if (!mail) {
      const recipient = await this.#prekeys.of(relay, whisper.to);
      if ('code' in recipient) return recipient;
      if (this.#closed) return { code: 'unreachable' };
      mail = this.#seal(whisper, recipient.prekey, whispers.lastTo(whisper.to));
      const sealed = mail;
      // What may have reached the relay must be what is sent again.
      if (!tookIt(() => whispers.seal(whisper.id, sealed))) return { code: 'internal' };
    }
    const [to, id] = [idBytes(whisper.to), idBytes(whisper.id)];
    const outcome = await relay.ask({ t: 'put-mail', to, id, mail });
    return outcome.t === 'refused' ? outcome : undefined;
  }

  #seal(
    { id, to, text, time }: PendingWhisper,
    prekey: RecipientPrekey,
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

  #settle(id: WhisperLine['id'], state: Exclude<WhisperState, 'waiting'>, code?: RefusalCode): void {
    // A receipt may overtake the answer to the mail.
    if (state === 'stored' && this.#parts.archive.whispers.own(id)?.state !== 'waiting') return;
    this.#expires.delete(id);
    if (state !== 'stored') {
      this.#resealed.delete(id);
      this.#overtaken.delete(id);
    }
    const nick = this.#parts.archive.whispers.own(id)?.with.nick;
    const ref = this.#parts.archive.whispers.setState(id, state);
    this.#parts.emit({
      type: 'whisper-state',
      id,
      state,
      ...(code === undefined ? {} : { code, ...defined({ nick }) }),
      ...defined({ ref }),
    });
  }

  #expiry(id: MessageId, time: number): number {
    const known = this.#expires.get(id);
    if (known !== undefined) return known;
    const expiry = outboxExpiry(this.#parts.clock, time);
    this.#expires.set(id, expiry);
    return expiry;
  }

  #retryIn(ms: number, to: IdentityKey): void {
    const cancel = this.#parts.clock.after(ms, () => {
      this.#retries.delete(to);
      this.pump(to);
    });
    this.#retries.set(to, cancel);
  }
}
