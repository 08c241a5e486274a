import type { Clock } from '../../link/clock.ts';
import { SECOND } from '../../shared/limits.ts';

/** How long the local network has to be there before a talk moves to it; each time it was lost soon again doubles that. */
export const NEARER_MS = 5 * SECOND;
const NEARER_MAX_MS = 80 * SECOND;
/** Who stays there for this long has found it steady. */
const STEADY_MS = 60 * SECOND;
/** All who lose a line at once spread their calls on the other over this time. */
export const SWITCH_MS = SECOND;

/** What is asked of a relay connection here. */
interface Route {
  readonly via: 'relay' | 'lan';
  readonly online: boolean;
}

/** Which of the lines to one room is called next, and when a nearer one is worth a move. */
export class LineChoice<Line extends Route> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #routes: () => readonly Line[];
  #tried = new Set<Line>();
  /** Whose turn it is. */
  #next: Line | undefined;
  #lostEarly = 0;
  #nearSince: number | undefined;
  #cancelMove: (() => void) | undefined;

  /** `routes`: lines that are there and lead to the room. */
  constructor(parts: { clock: Clock; random: () => number; routes: () => readonly Line[] }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#routes = parts.routes;
  }

  /** Another line than `current` is there. */
  hasOther(current: Line): boolean {
    return this.#routes().some((line) => line !== current);
  }

  /** The room was entered over `line`. */
  entered(line: Line): void {
    this.#tried.clear();
    this.#next = undefined;
    this.#nearSince = line.via === 'lan' ? this.#clock.now() : undefined;
  }

  /** Whether its news is reason enough for a call: no line has so much of it that another one is never asked. */
  mayCall(line: Line): boolean {
    return this.#next === undefined || this.#next === line || !this.#next.online;
  }

  /** `line` was lost, or would not carry the call: the one to call now, and ms to wait; undefined: all were tried. */
  after(line: Line): { readonly line: Line; readonly ms: number } | undefined {
    this.stop();
    if (this.#nearSince !== undefined) {
      const steady = this.#clock.now() - this.#nearSince >= STEADY_MS;
      this.#lostEarly = steady ? 0 : this.#lostEarly + 1;
      this.#nearSince = undefined;
    }
    this.#tried.add(line);
    const fresh = this.#routes().filter((route) => route.online && !this.#tried.has(route));
    // By turns: any number of liars on the network keep nobody from the relay.
    const next = fresh.find(({ via }) => via !== line.via) ?? fresh[0];
    if (!next) this.#tried.clear();
    this.#next = next;
    return next && { line: next, ms: this.#random() * SWITCH_MS };
  }

  /** Calls `move` once the local network has led there for a while; told again whenever lines come or go. */
  watch(current: Line, move: (line: Line) => void): void {
    const nearer = (): Line | undefined =>
      current.via === 'lan' ? undefined : this.#routes().find(({ via, online }) => via === 'lan' && online);
    if (!nearer()) return this.stop();
    const ms = Math.min(NEARER_MAX_MS, NEARER_MS * 2 ** this.#lostEarly) * (1 + this.#random());
    this.#cancelMove ??= this.#clock.after(ms, () => {
      this.#cancelMove = undefined;
      const line = nearer();
      if (line) move(line);
    });
  }

  /** A move did not come about. */
  failedToMove(): void {
    this.#lostEarly += 1;
  }

  stop(): void {
    this.#cancelMove?.();
    this.#cancelMove = undefined;
  }
}
