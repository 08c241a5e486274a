import { ProtocolError } from '../../shared/errors.ts';
import { decodeEvent, decodeSignedEvent } from '../../shared/room/events.ts';
import type { History } from '../history/history.ts';

/** Messages that are counted one by one; of more than that, all that happened is. */
const MAX_COUNTED = 2_000;
/** Events looked into for each message that is counted: people who come and go are not to cost more and more. */
const LOOKED_INTO = 4;
const PAGE = 200;

/** Where the last so many messages begin, with what happened between them. */
export class NewestMessages {
  readonly #history: Pick<History, 'first' | 'head' | 'read'>;
  readonly #messages: number;
  /** Of the newest messages up to `#looked`, oldest first. */
  #seqs: readonly number[] = [];
  #looked = 0;

  constructor(history: Pick<History, 'first' | 'head' | 'read'>, messages: number) {
    this.#history = history;
    this.#messages = messages;
  }

  /** The first seq of them when `tip` is the last one; what is not stored yet counts as messages. */
  floor(tip: number): number {
    const stored = this.#history.head().seq;
    const wanted = this.#messages - (tip - stored);
    if (wanted <= 0 || wanted > MAX_COUNTED) return Math.max(1, tip - this.#messages + 1);
    this.#look(stored);
    return this.#seqs.at(-wanted) ?? Math.max(1, stored - wanted * LOOKED_INTO + 1);
  }

  /** Backwards from the newest event to where it was looked before. */
  #look(stored: number): void {
    const found: number[] = [];
    const end = Math.max(this.#history.first(), this.#looked + 1, stored - this.#messages * LOOKED_INTO + 1);
    for (let to = stored; to >= end && found.length < this.#messages; to -= PAGE) {
      const page = this.#history.read(Math.max(end, to - PAGE + 1), to, PAGE);
      for (const { seq, signed } of page.toReversed()) if (isMessage(signed)) found.unshift(seq);
    }
    this.#seqs = [...this.#seqs, ...found].slice(-this.#messages);
    this.#looked = stored;
  }
}

/** What a damaged disk made unreadable counts as one. */
function isMessage(signed: Uint8Array): boolean {
  try {
    const { kind } = decodeEvent(decodeSignedEvent(signed).event);
    return kind === 'text' || kind === 'me';
  } catch (error) {
    if (error instanceof ProtocolError) return true;
    throw error;
  }
}
