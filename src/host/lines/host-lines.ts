import { assertNever, type RefusalCode } from '../../shared/errors.ts';
import type { RelayId } from '../../shared/ids.ts';
import { viaOf } from '../../shared/room/via.ts';
import type { Conversation } from './conversation.ts';
import type { HostEvent } from '../host-events.ts';
import { HostLine, type LineEvent, type LineOptions } from './line.ts';

export interface HostLinesParts {
  readonly notify: (event: Extract<HostEvent, { type: 'online' | 'offline' | 'refused' }>) => void;
  /** The room can be served no more: another host has it, or no relay wants us. */
  readonly ended: (code: RefusalCode) => void;
}

/** The lines of a room: it is served on all of them, or on none where somebody else serves it on one. */
export class HostLines {
  readonly #parts: HostLinesParts;
  readonly #lines: HostLine[] = [];
  #wanted = false;
  /** The first line was told to open; the others. */
  #opened = false;
  #begun = false;
  /** Another process serves the room at a relay that is none of ours. */
  #held = false;
  #closed = false;

  constructor(parts: HostLinesParts) {
    this.#parts = parts;
  }

  /** The first one decides whether others open at all: it is where two copies of a room would meet. */
  add(options: Omit<LineOptions, 'notify'>): void {
    const line: HostLine = new HostLine({ ...options, notify: (event) => this.#happened(line, event) });
    this.#lines.push(line);
  }

  all(): readonly HostLine[] {
    return this.#lines;
  }

  conversations(): readonly Conversation[] {
    return this.#lines.flatMap(({ circuits }) => circuits.all());
  }

  /** The relay of the local network, where that is one of two. */
  get lan(): RelayId | undefined {
    return this.#lines.find(({ via }) => via === 'lan')?.link.relayId;
  }

  open(): void {
    this.#wanted = true;
    if (!this.#held) this.#openFirst();
  }

  /** While it holds, the room is served nowhere by us: somebody else does. */
  hold(held: boolean): void {
    if (this.#closed || this.#held === held) return;
    this.#held = held;
    if (this.#opened) this.#settle();
    else if (!held && this.#wanted) this.#openFirst();
  }

  /** What the relays list is to be signed anew. */
  refresh(): void {
    for (const { lease } of this.#lines) lease.refresh();
  }

  /** Resolves when the relays have closed the room; the links stay. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#lines.map(({ lease }) => lease.close()));
  }

  #openFirst(): void {
    this.#opened = true;
    this.#lines[0]?.open();
  }

  #happened(line: HostLine, event: LineEvent): void {
    if (this.#closed) return;
    const { notify, ended } = this.#parts;
    const via = viaOf(line);
    switch (event.type) {
      case 'opened':
        notify({ type: 'online', ...via });
        break;
      case 'offline':
      case 'refused':
        notify({ ...event, ...via });
        break;
      case 'fenced':
        return ended('fenced');
      case 'closed':
        // The room goes on over the other line.
        if (this.#lines.every(({ state }) => state === 'closed')) return ended(event.code);
        notify({ type: 'offline', reason: event.code, retryMs: 0, ...via });
        break;
      default:
        assertNever(event);
    }
    this.#settle();
  }

  #settle(): void {
    const taken = this.#lines.find(({ state }) => state === 'taken');
    for (const line of this.#lines) {
      if (line === taken && !this.#held) continue;
      if (!taken && !this.#held) line.resume();
      else if (line.pause())
        this.#parts.notify({ type: 'refused', code: 'taken', retryMs: 0, ...viaOf(line) });
    }
    if (this.#begun || taken || this.#held) return;
    this.#begun = true;
    for (const line of this.#lines.slice(1)) line.open();
  }
}
