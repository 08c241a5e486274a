import type { Clock } from '../../link/clock.ts';
import { utf8 } from '../../shared/bytes.ts';
import { MAX_STATUS_BYTES, SECOND } from '../../shared/limits.ts';
import type { MemberMessage } from '../../shared/room/messages.ts';

/** Hints of typing are not sent more often. */
const TYPING_MS = 3 * SECOND;

type Hint = Extract<MemberMessage, { t: 'presence' | 'typing' }>;

/** What others see of this profile besides its lines: whether it is there, and that it types. */
export class OwnPresence {
  readonly #clock: Clock;
  readonly #send: (hint: Hint) => void;
  #presence: Omit<Extract<Hint, { t: 'presence' }>, 't'> = { state: 'online' };
  #typedAt = Number.NEGATIVE_INFINITY;

  /** `send` may lose what it is given. */
  constructor(clock: Clock, send: (hint: Hint) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  set(state: 'online' | 'away', status?: string): void {
    const fits = status !== undefined && utf8(status).length <= MAX_STATUS_BYTES;
    this.#presence = { state, ...(fits ? { status } : {}) };
    this.#tell();
  }

  /** The host has let us in, and takes us for being there without a word. */
  entered(): void {
    const { state, status } = this.#presence;
    if (state === 'away' || status !== undefined) this.#tell();
  }

  typing(): void {
    const now = this.#clock.now();
    if (now - this.#typedAt < TYPING_MS) return;
    this.#typedAt = now;
    this.#send({ t: 'typing' });
  }

  #tell(): void {
    this.#send({ t: 'presence', ...this.#presence });
  }
}
