import type { Clock } from '../../link/clock.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { generateCode } from '../../shared/crypto/invite.ts';
import { generateWordsSecret } from '../../shared/crypto/invite-words.ts';
import { joinPsk } from '../../shared/crypto/keys.ts';
import type { Rejection } from '../../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import { DAY, DEFAULT_WORDS_MS, MAX_INVITES, MAX_WORDS_MS } from '../../shared/limits.ts';
import type { InviteState } from '../../shared/room/messages.ts';
import { tookIt, type History, type InviteRecord, type RoomRecord } from '../history/history.ts';
import { defined } from '../../shared/defined.ts';

/** Invites that still lead in, and those of them that are spoken: each of these holds a connection to the relay. */
export const MAX_OPEN_INVITES = 32;
export const MAX_OPEN_WORDS = 3;
/** Timers cannot wait longer. */
const LONGEST_TIMER_MS = 20 * DAY;

/** Somewhere callers who know the words are given the link. */
export interface MeetingPoint {
  open(): Promise<Rejection | undefined>;
  close(): Promise<void>;
}

export interface InvitesOptions {
  readonly history: History;
  readonly record: RoomRecord;
  readonly clock: Clock;
  /** Opens nothing yet; `link` is asked for at each call. */
  readonly meetingPoint: (secret: Uint8Array, link: () => string | Rejection) => MeetingPoint;
  /** The link to the room with this code. */
  readonly linkWith: (code: Uint8Array | undefined) => string;
}

export interface InviteRequest {
  readonly once: boolean;
  readonly words: boolean;
  /** How long it leads in. */
  readonly ms?: number | undefined;
}

export interface MadeInvite {
  readonly n?: number;
  readonly link: string;
  readonly words?: Uint8Array;
  readonly ms?: number;
}

/** Who may come in by which code: the room's own, those made for somebody, and none for those who were in before. */
export class Invites {
  readonly #options: InvitesOptions;
  readonly #psks = new Map<number, Uint8Array>();
  readonly #ownPsk: Uint8Array;
  readonly #openPsk = new Uint8Array(32);
  readonly #points = new Map<number, MeetingPoint>();
  #records: readonly InviteRecord[];
  #cancelExpiry: () => void = () => undefined;
  #closed = false;

  constructor(options: InvitesOptions) {
    this.#options = options;
    const { history, record } = options;
    this.#ownPsk = joinPsk(record.code, record.room);
    this.#records = history.invites().map((invite) => this.#settled(invite));
    for (const { n, code } of this.#records) this.#psks.set(n, joinPsk(code, record.room));
  }

  /** The meeting points of an earlier run. */
  open(): void {
    for (const invite of this.#records)
      if (invite.words && this.stateOf(invite) === 'open') void this.#meet(invite).open();
    this.#watchExpiry();
  }

  /** Keys with which somebody may have sealed the first words. */
  psks(): readonly Uint8Array[] {
    // Without one nobody gets further than to be told so, in words that are the host's.
    const none = this.#options.record.code ? [this.#openPsk] : [];
    return [this.#ownPsk, ...none, ...this.#psks.values()];
  }

  /** Why somebody who has shown this key may not come in; undefined when it may. */
  refusal(identity: IdentityKey, psk: Uint8Array): Rejection | undefined {
    if (equalBytes(psk, this.#ownPsk) || this.#wasIn(identity)) return undefined;
    const invite = this.#by(psk);
    if (!invite) return { code: 'wrong-code' };
    const state = this.stateOf(invite);
    if (state === 'open') return undefined;
    // It had come half way when something ended.
    const again = state === 'used' && this.#isOf(invite, identity) && !this.#wasPutOut(identity);
    return again ? undefined : { code: `invite-${state}` };
  }

  /** Notes durably who is about to come in by an invite. */
  claim(identity: IdentityKey, psk: Uint8Array): Rejection | undefined {
    const refusal = this.refusal(identity, psk);
    const invite = this.#by(psk);
    if (refusal || !invite || this.#wasIn(identity) || this.#isOf(invite, identity)) return refusal;
    return this.#keep({ ...invite, usedBy: idBytes(identity) });
  }

  /** Whoever claimed one is in; what was for one person leads nowhere any more. */
  entered(identity: IdentityKey): void {
    for (const invite of this.#records)
      if (invite.once && this.#isOf(invite, identity)) this.#closePoint(invite.n);
  }

  /** It did not come in after all. */
  release(identity: IdentityKey, psk: Uint8Array): void {
    const invite = this.#by(psk);
    // Where that cannot be stored it stays this person's, who can come by it again.
    if (invite && this.#isOf(invite, identity)) this.#keep({ ...invite, usedBy: undefined });
  }

  async make(by: IdentityKey, request: InviteRequest): Promise<MadeInvite | Rejection> {
    const { clock, linkWith, record } = this.#options;
    const { words } = request;
    const once = request.once || words;
    if (!once && request.ms === undefined) return { link: linkWith(record.code) };
    if (!words && !record.code) return { code: 'no-code' };
    const open = this.#records.filter((invite) => this.stateOf(invite) === 'open');
    if (open.length >= MAX_OPEN_INVITES) return { code: 'invite-limit', limit: MAX_OPEN_INVITES };
    const spoken = open.filter((invite) => invite.words).length;
    if (words && spoken >= MAX_OPEN_WORDS) return { code: 'invite-limit', limit: MAX_OPEN_WORDS };
    const ms = words ? Math.min(request.ms ?? DEFAULT_WORDS_MS, MAX_WORDS_MS) : request.ms;
    const invite: InviteRecord = {
      n: Math.max(0, ...this.#records.map(({ n }) => n)) + 1,
      code: generateCode(),
      words: words ? generateWordsSecret() : undefined,
      once,
      expires: ms === undefined ? undefined : clock.wall() + ms,
      by: idBytes(by),
      usedBy: undefined,
      revoked: false,
    };
    const full = this.#keep(invite);
    if (full) return full;
    this.#dropOldest();
    const refusal = invite.words ? await this.#meet(invite).open() : undefined;
    if (refusal) {
      this.#closePoint(invite.n);
      this.#drop(invite);
      return refusal;
    }
    this.#watchExpiry();
    return {
      n: invite.n,
      link: linkWith(invite.code),
      ...(invite.words ? { words: invite.words } : {}),
      ...defined({ ms }),
    };
  }

  list(): readonly InviteRecord[] {
    return this.#records;
  }

  stateOf({ revoked, once, usedBy, expires }: InviteRecord): InviteState {
    if (once && usedBy) return 'used';
    if (revoked) return 'revoked';
    return expires !== undefined && expires <= this.#options.clock.wall() ? 'expired' : 'open';
  }

  /** Takes back one that still leads in. */
  revoke(n: number): Rejection | undefined {
    const invite = this.#records.find((each) => each.n === n);
    if (!invite || this.stateOf(invite) !== 'open') return { code: 'no-change' };
    const full = this.#keep({ ...invite, revoked: true });
    if (!full) this.#closePoint(n);
    return full;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelExpiry();
    const points = [...this.#points.values()];
    this.#points.clear();
    await Promise.all(points.map((point) => point.close()));
  }

  #meet(invite: InviteRecord): MeetingPoint {
    const { meetingPoint, linkWith } = this.#options;
    const { n, code, words } = invite;
    const link = (): string | Rejection => {
      const now = this.#records.find((each) => each.n === n);
      const state = now ? this.stateOf(now) : 'revoked';
      return state === 'open' ? linkWith(code) : { code: `invite-${state}` };
    };
    const point = meetingPoint(words ?? new Uint8Array(), link);
    this.#points.set(n, point);
    return point;
  }

  #closePoint(n: number): void {
    const point = this.#points.get(n);
    this.#points.delete(n);
    void point?.close();
  }

  #watchExpiry(): void {
    this.#cancelExpiry();
    if (this.#closed) return;
    const { clock } = this.#options;
    const spoken = this.#records.filter(({ n }) => this.#points.has(n));
    for (const invite of spoken) if (this.stateOf(invite) === 'expired') this.#closePoint(invite.n);
    const next = Math.min(
      ...spoken
        .filter(({ n }) => this.#points.has(n))
        .map(({ expires = Number.POSITIVE_INFINITY }) => expires),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(LONGEST_TIMER_MS, Math.max(1, next - clock.wall()));
    this.#cancelExpiry = clock.after(wait, () => this.#watchExpiry());
  }

  /** Somebody on the roster, or who went of itself. */
  #wasIn(identity: IdentityKey): boolean {
    const known = this.#options.history.member(idBytes(identity));
    return known !== undefined && !known.kicked;
  }

  #wasPutOut(identity: IdentityKey): boolean {
    return this.#options.history.member(idBytes(identity))?.kicked === true;
  }

  #isOf({ usedBy }: InviteRecord, identity: IdentityKey): boolean {
    return usedBy !== undefined && identityKey(usedBy) === identity;
  }

  #by(psk: Uint8Array): InviteRecord | undefined {
    return this.#records.find(({ n }) => equalBytes(this.#psks.get(n) ?? this.#openPsk, psk));
  }

  /** A claim of an earlier run by somebody who never came in. */
  #settled(invite: InviteRecord): InviteRecord {
    const { usedBy } = invite;
    return usedBy && !this.#options.history.member(usedBy) ? { ...invite, usedBy: undefined } : invite;
  }

  /** Durably; refused where the store would not take it, and nothing has changed then. */
  #keep(invite: InviteRecord): Rejection | undefined {
    const { history, record } = this.#options;
    if (!tookIt(() => history.keepInvite(invite))) return { code: 'storage-full' };
    this.#records = [...this.#records.filter(({ n }) => n !== invite.n), invite].sort((a, b) => a.n - b.n);
    if (!this.#psks.has(invite.n)) this.#psks.set(invite.n, joinPsk(invite.code, record.room));
    return undefined;
  }

  /** Of those that lead nowhere any more. */
  #dropOldest(): void {
    if (this.#records.length <= MAX_INVITES) return;
    const oldest = this.#records.find((invite) => this.stateOf(invite) !== 'open');
    if (oldest) this.#drop(oldest);
  }

  #drop({ n }: InviteRecord): void {
    // A full disk may keep it; it was told to nobody, or leads nowhere.
    tookIt(() => this.#options.history.dropInvite(n));
    this.#records = this.#records.filter((invite) => invite.n !== n);
    this.#psks.delete(n);
  }
}
