import type { Clock } from '../../link/clock.ts';
import { backoffMs } from '../../link/link-state.ts';
import type { Link } from '../../link/link.ts';
import type { AnswerTo, Refused } from '../../link/questions.ts';
import { concatBytes } from '../../shared/bytes.ts';
import { labels, memberMark, type Signer } from '../../shared/crypto/sign.ts';
import { idBytes, type IdentityKey } from '../../shared/ids.ts';
import { ENTRY_MS, HARD_MAX_MEMBERS, LEASE_RENEW_MS, MAX_EXPECTED, SECOND } from '../../shared/limits.ts';
import { encodeListing, type ListingBody } from '../../shared/wire/listing.ts';
import { defined } from '../../shared/defined.ts';

const ENTRY_REFRESH_MS = ENTRY_MS / 2;

export interface LeaseOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signer: Signer;
  readonly room: Uint8Array;
  readonly nonce: Uint8Array;
  readonly maxMembers: number;
  /** Who is on the roster and may come back. */
  readonly expected: () => readonly IdentityKey[];
  /** What is listed of the room now; undefined for a private one. */
  readonly listing: () => Pick<ListingBody, 'title' | 'topic' | 'code'> | undefined;
  /** A revision above every one used before. */
  readonly nextRev: () => number;
  readonly notify: (event: LeaseEvent) => void;
}

export type LeaseEvent =
  | { readonly type: 'opened'; readonly handle: number }
  /** Tried again after `retryMs`. */
  | { readonly type: 'refused'; readonly code: Refused['code']; readonly retryMs: number }
  /** The relay let go of the room, and of whoever was in it; it is asked for again at once. */
  | { readonly type: 'lapsed' }
  /** Somebody else holds the room now, for good. */
  | { readonly type: 'fenced' };

/** Keeps a room open at its relay: opens it whenever the link is online, renews the lease, refreshes the entry. */
export class Lease {
  readonly #options: LeaseOptions;
  #held: { readonly handle: number; readonly fence: number } | undefined;
  #failures = 0;
  #cancelTimer: () => void = () => undefined;
  #cancelRefresh: () => void = () => undefined;
  #ended = false;
  #lapsed = false;
  #paused = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** The room's handle at the relay while it is open there. */
  get handle(): number | undefined {
    return this.#held?.handle;
  }

  /** The link is online. */
  open(): void {
    if (this.#ended || this.#paused) return;
    const { link, room, nonce, maxMembers, expected } = this.#options;
    const entry = this.#entry();
    const marks = expected()
      .slice(0, MAX_EXPECTED)
      .map((key) => memberMark(room, idBytes(key)));
    void link.request(
      {
        t: 'open-room',
        room,
        nonce,
        // One more for the owner, who is not counted.
        maxMembers: Math.min(maxMembers + 1, HARD_MAX_MEMBERS),
        ...defined({ entry }),
        expected: concatBytes(...marks),
      },
      (outcome) => this.#opened(outcome),
    );
  }

  /** The link is offline: the relay closes the room by itself. */
  lost(): void {
    this.#held = undefined;
    this.#lapsed = false;
    this.#cancelTimer();
    this.#cancelRefresh();
  }

  /** Gives the room back and asks for it no more until `resume`. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    const held = this.#held;
    this.lost();
    if (held) void this.#options.link.request({ t: 'close-room', ...held });
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#options.link.state === 'online') this.open();
  }

  /** Title or topic changed, or the entry grows old. */
  refresh(): void {
    const entry = this.#entry();
    if (!this.#held || !entry) return;
    void this.#options.link.request({ t: 'update', ...this.#held, entry });
    this.#cancelRefresh();
    this.#cancelRefresh = this.#options.clock.after(ENTRY_REFRESH_MS, () => this.refresh());
  }

  /** Resolves when the relay has heard of it, or cannot. */
  async close(): Promise<void> {
    this.#ended = true;
    const held = this.#held;
    this.lost();
    if (held) await this.#options.link.request({ t: 'close-room', ...held });
  }

  #opened(outcome: AnswerTo<'open-room'> | Refused): void {
    if (this.#ended) return;
    if (this.#paused) {
      const { link } = this.#options;
      // Asked for before the pause.
      if (outcome.t !== 'refused')
        void link.request({ t: 'close-room', handle: outcome.handle, fence: outcome.fence });
      return;
    }
    const { notify, clock, random } = this.#options;
    // It may have been asked for twice: given back and wanted again before the first answer.
    this.#cancelTimer();
    this.#cancelRefresh();
    if (outcome.t === 'refused') {
      // The link comes back by itself and opens the room again.
      if (outcome.code === 'unreachable') return;
      if (this.#lapsed && (outcome.code === 'taken' || outcome.code === 'fenced')) return this.#fenced();
      const retryMs = Math.max(SECOND, backoffMs(++this.#failures, random()));
      this.#cancelTimer = clock.after(retryMs, () => this.open());
      notify({ type: 'refused', code: outcome.code, retryMs });
      return;
    }
    this.#failures = 0;
    this.#lapsed = false;
    this.#held = { handle: outcome.handle, fence: outcome.fence };
    this.#renewLater(Math.max(SECOND, Math.min(LEASE_RENEW_MS, outcome.leaseMs / 3)));
    this.#cancelRefresh = clock.after(ENTRY_REFRESH_MS, () => this.refresh());
    notify({ type: 'opened', handle: outcome.handle });
  }

  #renewLater(ms: number): void {
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      if (!this.#held) return;
      void this.#options.link.request({ t: 'renew', ...this.#held }, (outcome) => {
        if (outcome.t === 'ok') this.#renewLater(ms);
        else if (outcome.code === 'fenced') this.#lapse();
        else if (this.#held) this.#renewLater(SECOND);
      });
    });
  }

  /** Renewals were lost for a minute, or somebody else came: whoever holds the room now decides. */
  #lapse(): void {
    this.lost();
    this.#lapsed = true;
    this.#options.notify({ type: 'lapsed' });
    this.open();
  }

  #fenced(): void {
    this.#ended = true;
    this.lost();
    this.#options.notify({ type: 'fenced' });
  }

  #entry(): { body: Uint8Array; sig: Uint8Array } | undefined {
    const { listing, signer, room, nonce, nextRev, clock } = this.#options;
    const listed = listing();
    if (!listed) return undefined;
    const body = encodeListing({
      room,
      host: signer.publicKey,
      nonce,
      ...listed,
      rev: nextRev(),
      expires: Math.ceil((clock.wall() + ENTRY_MS) / SECOND),
    });
    return { body, sig: signer.sign(labels.list, body) };
  }
}
