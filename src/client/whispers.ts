import type { Clock } from '../link/clock.ts';
import { equalBytes } from '../shared/bytes.ts';
import { openPrekey } from '../shared/crypto/certificate.ts';
import { keyTag, randomBytes, type Signer } from '../shared/crypto/sign.ts';
import { openWhisper, sealWhisper } from '../shared/crypto/whisper.ts';
import { ProtocolError, type RefusalCode } from '../shared/errors.ts';
import { identityKey, idBytes, messageId, type IdentityKey } from '../shared/ids.ts';
import { HOUR, OUTBOX_MS, SECOND } from '../shared/limits.ts';
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
import type { ClientEvent, Person, WhisperLine } from './session-events.ts';

export const MAX_WAITING_WHISPERS = 100;
/** Other people's prekeys kept, and for how long one is used without asking again. */
const MAX_CACHED_PREKEYS = 500;
const PREKEY_CACHE_MS = HOUR;
const RETRY_MS = 5 * SECOND;

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
  /** The relay through which mail for this key goes, if one can be used now. */
  readonly relayFor: (key: IdentityKey) => RelayConnection | undefined;
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
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(parts: WhisperParts) {
    this.#parts = parts;
    this.#prekeys = new Prekeys(parts.archive.whispers, parts.signer, parts.clock);
  }

  get full(): boolean {
    return this.#parts.archive.whispers.pending().length >= MAX_WAITING_WHISPERS;
  }

  /** Durable when this returns, and its states follow; undefined when the disk would not take it. */
  send(to: Person, text: string, ref?: string): WhisperLine | undefined {
    const { archive, clock, emit } = this.#parts;
    const id = messageId(randomBytes(16));
    const time = clock.wall();
    const prev = archive.whispers.lastTo(to.key);
    const whisper: WhisperLine = {
      id,
      at: time,
      sentAt: time,
      with: to,
      mine: true,
      text: sanitize(text),
      state: 'waiting',
    };
    const pending: PendingWhisper = {
      id,
      to: to.key,
      text,
      time,
      ...(prev === undefined ? {} : { prev }),
      ...(ref === undefined ? {} : { ref }),
    };
    if (!tookIt(() => archive.whispers.add(whisper, pending))) return undefined;
    emit({ type: 'whisper', whisper });
    this.pump();
    return whisper;
  }

  /** Leaves our prekey at a relay that we have just logged in at, and sends what waits. */
  relayOnline(relay: RelayConnection): void {
    const prekey = this.#prekeys.current();
    if (prekey)
      void relay.ask({ t: 'put-prekey', prekey }).then((outcome) => {
        if (outcome.t === 'refused') this.#parts.log('prekey-refused', { code: outcome.code });
      });
    this.pump();
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
  mail(relay: RelayConnection, { from, id, mail }: ReplyOf<'mail'>): void {
    const { archive, clock, emit, log } = this.#parts;
    const body = this.#open(from, id, mail);
    if (body) {
      const key = identityKey(body.from);
      const tag = keyTag(body.from);
      const nick = cleanNick(body.nick) ?? archive.people.get(key)?.nick ?? tag;
      const whisper: WhisperLine = {
        id: messageId(body.id),
        at: clock.wall(),
        sentAt: body.time,
        with: { key, tag, nick },
        mine: false,
        text: sanitize(body.text),
      };
      let isNew = false;
      // Without an acknowledgement the relay keeps it.
      if (!tookIt(() => (isNew = archive.whispers.add(whisper)))) return;
      archive.people.meet(whisper.with, clock.wall(), relay.url);
      if (isNew) emit({ type: 'whisper', whisper });
    } else {
      // Nothing will ever open it: a prekey that is gone, or a forgery.
      log('mail-unreadable', { bytes: mail.length });
    }
    relay.tell({ t: 'ack-mail', mails: [{ from, id }] });
  }

  receipts(relay: RelayConnection, { ids }: ReplyOf<'receipts'>): void {
    for (const raw of ids) {
      const id = messageId(raw);
      const state = this.#parts.archive.whispers.own(id)?.state;
      if (state !== undefined && state !== 'delivered') this.#settle(id, 'delivered');
    }
    relay.tell({ t: 'ack-receipts', ids });
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
  }

  /** Ms after which to try again; undefined when there is nothing more to do, or nothing to do before a relay is back. */
  async #deliver(to: IdentityKey, whispers: readonly PendingWhisper[]): Promise<number | undefined> {
    for (const whisper of whispers) {
      if (whisper.time < this.#parts.clock.wall() - OUTBOX_MS) {
        this.#settle(whisper.id, 'failed', 'not-delivered');
        continue;
      }
      const relay = this.#parts.relayFor(to);
      if (!relay) return undefined;
      const refusal = await this.#put(relay, whisper);
      if (this.#closed) return undefined;
      if (!refusal) this.#settle(whisper.id, 'stored');
      else if (retryable.has(refusal.code)) return refusal.retryMs ?? RETRY_MS;
      else this.#settle(whisper.id, 'failed', isRefusalCode(refusal.code) ? refusal.code : undefined);
    }
    // What was said meanwhile.
    return this.#parts.archive.whispers.pending().some((one) => one.to === to) ? 1 : undefined;
  }

  async #put(relay: RelayConnection, whisper: PendingWhisper): Promise<Refusal | undefined> {
    const recipient = idBytes(whisper.to);
    let { mail } = whisper;
    if (!mail) {
      const prekey = await this.#prekeyOf(relay, whisper.to);
      if ('code' in prekey) return prekey;
      if (this.#closed) return { code: 'unreachable' };
      mail = this.#seal(whisper, prekey);
      const sealed = mail;
      // What may have reached the relay must be what is sent again.
      if (!tookIt(() => this.#parts.archive.whispers.seal(whisper.id, sealed))) return { code: 'internal' };
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

  #seal({ id, to, text, time, prev }: PendingWhisper, prekey: CachedPrekey): Uint8Array {
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

  #settle(id: WhisperLine['id'], state: 'stored' | 'delivered' | 'failed', code?: RefusalCode): void {
    // A receipt may overtake the answer to the mail.
    if (state === 'stored' && this.#parts.archive.whispers.own(id)?.state !== 'waiting') return;
    const ref = this.#parts.archive.whispers.setState(id, state);
    this.#parts.emit({
      type: 'whisper-state',
      id,
      state,
      ...(code === undefined ? {} : { code }),
      ...(ref === undefined ? {} : { ref }),
    });
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
