import { throwLater, type Clock } from '../../link/clock.ts';
import { chainNext } from '../../shared/crypto/chain.ts';
import { GROUP_COMMIT_MS } from '../../shared/limits.ts';
import { encodeSignedEvent, type SignedEvent } from '../../shared/room/events.ts';
import { StorageError, tookIt, type History, type StoredEvent } from '../history/history.ts';
import { together, type Kept } from './keeping.ts';
import { NewestMessages } from './newest-messages.ts';

/** A place in the log: `hash` is h_seq. */
export interface Place {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface Entry {
  readonly signed: SignedEvent;
  readonly id: Uint8Array;
  /** Stored with the event. */
  readonly kept?: Kept;
  /** Called in log order, once: with the event's place and the one before when it is durable, else with none. */
  readonly settle: (place: Place | undefined, before: Place) => void;
}

type Step =
  | { readonly type: 'event'; readonly entry: Entry; readonly stored: StoredEvent }
  | { readonly type: 'run'; readonly run: () => void };

export interface SequencerOptions {
  readonly history: History;
  readonly clock: Clock;
  /** Messages kept, with what happened between them; the rest is trimmed. */
  readonly retain: number | 'all';
  /** Called when a group could not be stored, before its entries are settled; the log stands where it stood before. */
  readonly failed: (error: StorageError) => void;
}

/** Gives events their place in the log and makes them durable in groups; nothing is settled before it is on disk. */
export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #retained: NewestMessages | undefined;
  /** Where it was last looked for something to trim. */
  #trimmedAt = Number.NEGATIVE_INFINITY;
  #tip: Place;
  /** Ends with the last settled step. */
  #settled: Place;
  #steps: Step[] = [];
  readonly #pending = new Set<string>();
  #cancel: (() => void) | undefined;
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#tip = options.history.head();
    this.#settled = this.#tip;
    const { history, retain } = options;
    this.#retained = retain === 'all' ? undefined : new NewestMessages(history, retain);
    this.#trim();
  }

  /** The place of the last event given one, durable or not. */
  get tip(): Place {
    return this.#tip;
  }

  /** The place of the last event that was settled. */
  get settled(): Place {
    return this.#settled;
  }

  /** The first seq that may be read. */
  get first(): number {
    const { history } = this.#options;
    const retained = this.#retained?.floor(history.head().seq) ?? 0;
    return Math.max(history.first(), Math.min(this.#settled.seq, retained));
  }

  /** Whether an event with this author and id waits to become durable. */
  isPending(author: Uint8Array, id: Uint8Array): boolean {
    return this.#pending.size > 0 && this.#pending.has(pendingKey(author, id));
  }

  append(entry: Entry): Place {
    const { signed, id } = entry;
    const seq = this.#tip.seq + 1;
    const bytes = encodeSignedEvent(signed);
    const hash = chainNext(this.#tip.hash, seq, bytes);
    this.#steps.push({
      type: 'event',
      entry,
      stored: { seq, author: signed.author, id, hash, signed: bytes },
    });
    this.#pending.add(pendingKey(signed.author, id));
    this.#tip = { seq, hash };
    this.#schedule();
    return this.#tip;
  }

  /** Runs when everything appended before is settled, stored or not: at once when nothing waits. */
  whenSettled(run: () => void): void {
    if (this.#steps.length === 0) run();
    else this.#steps.push({ type: 'run', run });
  }

  /** Stores and settles what waits, without waiting for more. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const steps = this.#steps;
    if (steps.length === 0) return;
    this.#steps = [];
    this.#pending.clear();
    const { clock } = this.#options;
    const begun = clock.now();
    const durable = this.#store(steps);
    const ended = clock.now();
    // Under load the disk gets breaks in which the next group gathers; a lone post never waits for one.
    this.#quietUntil = ended + Math.min(GROUP_COMMIT_MS, 2 * (ended - begun));
    for (const step of steps) this.#settle(step, durable);
  }

  /** Stores and settles what waits, and what settling it brings. */
  close(): void {
    while (this.#steps.length > 0) this.flush();
  }

  #settle(step: Step, durable: boolean): void {
    if (step.type === 'run') {
      step.run();
      return;
    }
    const { seq, hash } = step.stored;
    const before = this.#settled;
    if (durable) this.#settled = { seq, hash };
    step.entry.settle(durable ? this.#settled : undefined, before);
  }

  #store(steps: readonly Step[]): boolean {
    const { history, failed } = this.#options;
    const entries = steps.flatMap((step) => (step.type === 'event' ? [step] : []));
    const kept = entries.flatMap(({ entry }) => entry.kept ?? []);
    try {
      history.append({ events: entries.map(({ stored }) => stored), ...together(kept) });
      this.#trim();
      return true;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#tip = history.head();
      failed(error);
      return false;
    }
  }

  #trim(): void {
    const { history, retain } = this.#options;
    if (retain === 'all' || !this.#retained) return;
    const { seq } = history.head();
    // Trimming event by event would double the writes.
    if (seq - this.#trimmedAt < retain / 10) return;
    this.#trimmedAt = seq;
    const keep = seq - this.#retained.floor(seq) + 1;
    // What was just stored is in the log whether or not there is room for a smaller one: it is tried again later.
    tookIt(() => history.trim(keep));
  }

  #schedule(): void {
    if (this.#cancel) return;
    const { clock } = this.#options;
    const wait = this.#quietUntil - clock.now();
    if (wait > 0) {
      this.#cancel = clock.after(wait, () => this.flush());
      return;
    }
    // Whatever else arrived in this turn of the loop joins the group.
    const immediate = setImmediate(() => {
      try {
        this.flush();
      } catch (error) {
        throwLater(clock, error);
      }
    });
    this.#cancel = () => clearImmediate(immediate);
  }
}

function pendingKey(author: Uint8Array, id: Uint8Array): string {
  return Buffer.concat([id, author]).toString('latin1');
}
