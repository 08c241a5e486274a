import { nowhere, type Dialler, type Transport, type TransportEvents } from './transport.ts';

const LOST = 1006;

type Direction = 'up' | 'down';
interface Parcel {
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** One in-memory connection with the faults of a real one; `up` is from the dialler to whoever accepted. */
export class MemoryLine {
  /** Messages for which it answers true are lost. */
  drop: (direction: Direction, bytes: Uint8Array) => boolean = () => false;
  readonly client: Transport;
  readonly server: Transport;
  readonly #ends: Readonly<Record<Direction, () => TransportEvents>>;
  readonly #waiting: Parcel[] = [];
  #held = false;
  #pumping = false;
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';

  constructor(
    clientEvents: TransportEvents,
    accept: (server: Transport, line: MemoryLine) => TransportEvents,
  ) {
    this.client = this.#end('up');
    this.server = this.#end('down');
    const serverEvents = accept(this.server, this);
    this.#ends = { up: () => serverEvents, down: () => clientEvents };
    queueMicrotask(() => {
      if (this.#state !== 'opening') return;
      this.#state = 'open';
      serverEvents.open();
      clientEvents.open();
    });
  }

  /** From here on messages wait for `pump`. */
  hold(): void {
    this.#held = true;
  }

  /** Delivers up to `count` waiting messages, oldest first; returns how many there were. */
  pump(count = Number.POSITIVE_INFINITY): number {
    let delivered = 0;
    while (delivered < count && this.#state !== 'closed') {
      const parcel = this.#waiting.shift();
      if (!parcel) break;
      delivered++;
      if (!this.drop(parcel.direction, parcel.bytes)) this.#ends[parcel.direction]().message(parcel.bytes);
    }
    return delivered;
  }

  /** Delivers what waits and holds no longer. */
  release(): void {
    this.#held = false;
    this.pump();
  }

  /** The cable is pulled and both ends notice. */
  cut(): void {
    this.#finish(LOST, false);
  }

  #end(direction: Direction): Transport {
    const waiting = (): number =>
      this.#waiting.reduce((sum, p) => (p.direction === direction ? sum + p.bytes.length : sum), 0);
    return {
      send: (bytes) => this.#send(direction, bytes),
      close: (code) => this.#finish(code, true),
      pause: () => this.hold(),
      resume: () => this.release(),
      get buffered() {
        return waiting();
      },
    };
  }

  #send(direction: Direction, bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#waiting.push({ direction, bytes: bytes.slice() });
    if (this.#held || this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      if (!this.#held) this.pump();
    });
  }

  #finish(code: number, clean: boolean): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    queueMicrotask(() => {
      if (clean && !this.#held) this.pump();
      this.#state = 'closed';
      this.#waiting.length = 0;
      this.#ends.up().closed(code, clean);
      this.#ends.down().closed(code, clean);
    });
  }
}

/** Dials into `accept`, which gets the other end; undefined from it means that nobody listens there. */
export function memoryDialler(
  accept: (url: string) => ((server: Transport, line: MemoryLine) => TransportEvents) | undefined,
): Dialler {
  return (url, events) => {
    const listener = accept(url);
    if (listener) return new MemoryLine(events, listener).client;
    queueMicrotask(() => events.closed(LOST, false));
    return nowhere;
  };
}
