import type { Clock } from './clock.ts';
import { frameEnd, type ServerFrame } from './server-frame.ts';

/** Bytes of one tick after which a queue is written without waiting for the tick to end. */
const EAGER_BYTES = 64 * 1_024;
/** Bytes of one segment after which a room starts the next. */
const SEGMENT_BYTES = 64 * 1_024;

/** Casts of one room and one tick: joined once, the same bytes for every member. */
export class Segment {
  #casts: ServerFrame[] = [];
  #bytes = 0;
  #count = 0;
  #joined: Buffer | undefined;
  #sealed = false;

  /** False once a later cast would overtake something else on the way to a member. */
  get open(): boolean {
    return !this.#sealed && this.#bytes < SEGMENT_BYTES;
  }

  get frames(): number {
    return this.#count;
  }

  append(cast: ServerFrame): void {
    this.#casts.push(cast);
    this.#count++;
    this.#bytes += cast.length;
  }

  seal(): void {
    this.#sealed = true;
  }

  /** What goes onto the wire; nothing can be appended after it. */
  wire(): Buffer {
    if (this.#joined) return this.#joined;
    this.#sealed = true;
    const [first] = this.#casts;
    this.#joined = this.#casts.length === 1 && first ? first : Buffer.concat(this.#casts, this.#bytes);
    this.#casts = [];
    return this.#joined;
  }
}

/** A message, or casts of a room. */
type Part = ServerFrame | Segment;

/** Writes every queue that got something at the end of the tick in which it got it. */
export class Flusher {
  readonly clock: Clock;
  #waiting: OutQueue[] = [];
  readonly #run = () => this.flush();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(queue: OutQueue): void {
    // The check phase follows the poll phase: all that arrived on any socket is joined, a lone message is not delayed.
    if (this.#waiting.length === 0) setImmediate(this.#run);
    this.#waiting.push(queue);
  }

  flush(): void {
    const queues = this.#waiting;
    this.#waiting = [];
    for (const queue of queues) queue.flush();
  }
}

/** The socket side of a queue. */
export interface QueueOwner {
  /** Most bytes of one write. */
  readonly pieceBytes: number;
  /** Returns the bytes that the kernel has not taken at once. */
  write(bytes: Uint8Array): number;
  /** How many of them it has not taken by now. */
  untaken(): number;
  /** It was seen to have taken some of them. */
  taking(): void;
  /** Calls `drained()` of the queue once all that was written is taken. */
  awaitDrain(): void;
  /** The peer reads too slowly; called once. */
  overflowed(): void;
}

export interface QueueLimits {
  readonly queueBytes: number;
  readonly queueFrames: number;
}

/** What waits to be sent to one connection: ordered, joined into one write a tick, bounded while the peer does not read. */
export class OutQueue {
  readonly #owner: QueueOwner;
  readonly #flusher: Flusher;
  readonly #limits: QueueLimits;
  /** What came this tick. Nearly always one thing, so that one needs no list. */
  #first: Part | undefined;
  #more: Part[] | undefined;
  #partBytes = 0;
  /** Parts of `more` before this index hold no segment that could still grow. */
  #sealedParts = 0;
  #backlog: Buffer[] | undefined;
  /** Bytes at the start of the backlog that belong to a frame of which the rest was written. */
  #begun = 0;
  #queuedBytes = 0;
  #queuedFrames = 0;
  /** Of what was written, when somebody last looked. */
  #untaken = 0;
  /** When the kernel last took something, as far as was seen. */
  #stalledAt = 0;
  #stalled = false;
  #ended = false;

  constructor(owner: QueueOwner, flusher: Flusher, limits: QueueLimits) {
    this.#owner = owner;
    this.#flusher = flusher;
    this.#limits = limits;
  }

  /** Bytes the peer has not taken yet. */
  get waiting(): number {
    return this.#queuedBytes;
  }

  /** Frames among them. */
  get waitingFrames(): number {
    return this.#queuedFrames;
  }

  get isStalled(): boolean {
    return this.#stalled;
  }

  /** Queues one message; later casts cannot overtake it. */
  push(frame: ServerFrame): void {
    const first = this.#first;
    const more = this.#more;
    if (first instanceof Segment) first.seal();
    if (more) {
      for (; this.#sealedParts < more.length; this.#sealedParts++) {
        const part = more[this.#sealedParts];
        if (part instanceof Segment) part.seal();
      }
    }
    this.#add(frame, frame.length);
  }

  /** Queues a room's open segment, once; what is appended to it before the tick ends comes along. */
  pushSegment(segment: Segment): void {
    this.#add(segment, 0);
  }

  /** Writes a segment at once where nothing is before it, else queues it. */
  sendSegment(segment: Segment): void {
    if (this.#first || this.#stalled) this.#add(segment, 0);
    else if (!this.#ended) this.#write(segment.wire());
  }

  flush(): void {
    const first = this.#first;
    const more = this.#more;
    if (!first) return;
    this.#first = undefined;
    this.#more = undefined;
    this.#partBytes = 0;
    this.#sealedParts = 0;
    if (this.#ended) return;
    const bytes = more ? Buffer.concat([first, ...more].map(wireOf)) : wireOf(first);
    if (!this.#stalled) {
      this.#write(bytes);
      return;
    }
    (this.#backlog ??= []).push(bytes);
    this.#queuedBytes += bytes.length;
    this.#queuedFrames += framesOf(first);
    for (const part of more ?? []) this.#queuedFrames += framesOf(part);
    this.#checkBounds();
  }

  /** The kernel has taken all that was written. */
  drained(): void {
    const frames = this.#queuedFrames;
    this.#stalled = false;
    this.#queuedBytes = 0;
    this.#queuedFrames = 0;
    const backlog = this.#backlog;
    this.#backlog = undefined;
    if (!backlog || this.#ended) return;
    const [first] = backlog;
    const bytes = backlog.length === 1 && first ? first : Buffer.concat(backlog);
    this.#write(bytes, this.#begun);
    // Which of them were in what the kernel took is not known any more.
    this.#queuedFrames = Math.ceil((frames * this.#queuedBytes) / bytes.length);
  }

  /** Milliseconds for which the kernel has taken nothing of what is queued. */
  stalledMs(now: number): number {
    if (!this.#stalled) return 0;
    this.#look(now);
    return now - this.#stalledAt;
  }

  /** Drops what waits, but for the rest of a frame that was begun; nothing is written from here on. */
  end(): void {
    const [first] = this.#backlog ?? [];
    if (first && this.#begun > 0 && !this.#ended) this.#owner.write(first.subarray(0, this.#begun));
    this.#ended = true;
    this.#first = undefined;
    this.#more = undefined;
    this.#backlog = undefined;
  }

  #add(part: Part, bytes: number): void {
    if (this.#ended) return;
    this.#partBytes += bytes;
    if (this.#first) {
      (this.#more ??= []).push(part);
    } else {
      this.#first = part;
      this.#flusher.add(this);
    }
    if (this.#partBytes > EAGER_BYTES) this.flush();
  }

  /** `frame` is where the first frame in `bytes` begins. */
  #write(bytes: Buffer, frame = 0): void {
    const { pieceBytes } = this.#owner;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const end = at + pieceBytes;
      const left = this.#owner.write(bytes.length <= pieceBytes ? bytes : bytes.subarray(at, end));
      if (left === 0) continue;
      this.#stalled = true;
      this.#stalledAt = this.#flusher.clock.monotonic();
      if (end < bytes.length) this.#backlog = [bytes.subarray(end)];
      for (; frame < end && frame < bytes.length; frame = frameEnd(bytes, frame));
      this.#begun = Math.max(0, frame - end);
      this.#untaken = left;
      this.#queuedBytes = left + Math.max(0, bytes.length - end);
      this.#owner.awaitDrain();
      this.#checkBounds();
      return;
    }
  }

  #checkBounds(): void {
    if (this.#isWithinBounds()) return;
    this.#look(this.#flusher.clock.monotonic());
    if (this.#isWithinBounds()) return;
    this.end();
    this.#owner.overflowed();
  }

  #isWithinBounds(): boolean {
    return this.#queuedBytes <= this.#limits.queueBytes && this.#queuedFrames <= this.#limits.queueFrames;
  }

  /** A line may be so slow that one write takes it minutes; what counts is that it takes it. */
  #look(now: number): void {
    const left = this.#owner.untaken();
    if (left === this.#untaken) return;
    this.#queuedBytes += left - this.#untaken;
    this.#untaken = left;
    this.#stalledAt = now;
    this.#owner.taking();
  }
}

function wireOf(part: Part): Buffer {
  return part instanceof Segment ? part.wire() : part;
}

function framesOf(part: Part): number {
  return part instanceof Segment ? part.frames : 1;
}
