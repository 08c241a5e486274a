import type { Duplex } from 'node:stream';
import { FrameWalk } from './frame-walk.ts';
import { emptyFrame, WHOLE_BINARY, type ServerFrame } from './server-frame.ts';

const MASKED = 0x80;
const MASK_BYTES = 4;

/** A buffer, and the same bytes as words that may begin anywhere. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly words: DataView;
}

export function chunkOf(bytes: Buffer): Chunk {
  return { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

export interface MessageTaker {
  /** Framed anew, as it can be sent on. */
  receive(frame: ServerFrame): void;
  /** So many bytes came after `stop()`. */
  ignored(bytes: number): void;
}

/**
 * Reads what clients nearly always send itself: binary messages of one frame each. Anything else goes to the parser of `ws`,
 * which costs several times as much: what a read has cut, fragments, control frames, and whatever breaks the rules.
 */
export class MessageReader {
  readonly #socket: Duplex;
  readonly #maxBytes: number;
  readonly #taker: MessageTaker;
  readonly #parsers: ReturnType<Duplex['listeners']>;
  /** Where `ws` is in what it was given; undefined until it gets something. */
  #given: FrameWalk | undefined;
  #parsed = 0;
  #stopped = false;
  #more = false;

  /** Takes the place of `ws` on its socket, before anything is read; longer messages than `maxBytes` are left to `ws`, too. */
  constructor(socket: Duplex, maxBytes: number, taker: MessageTaker) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#taker = taker;
    this.#parsers = socket.listeners('data');
    socket.removeAllListeners('data');
  }

  /** Behind the message that is being taken there is more, read at the same time. */
  get hasMore(): boolean {
    return this.#more;
  }

  /** `ws` has told about a message or a control frame. */
  heardOf(): void {
    this.#parsed += 1;
  }

  /** Nothing that comes from here on counts. */
  stop(): void {
    this.#stopped = true;
  }

  /** The first `length` bytes of `chunk` have arrived; they are unmasked in place, and nothing of them is kept. */
  read(chunk: Chunk, length: number): void {
    let at = 0;
    // What follows a close frame does not count.
    while (at < length && !this.#stopped && !this.#given?.hasClosed) {
      const next = this.#isUpToDate() ? this.#message(chunk, at, length) : at;
      at = next === at ? this.#pass(chunk.bytes, at, length) : next;
    }
    if (this.#stopped) this.#taker.ignored(length - at);
  }

  /** `ws` has no part of a message, and has told about all it was given: an error it tells only later. */
  #isUpToDate(): boolean {
    return !this.#given || (this.#given.isBetween && this.#given.items === this.#parsed);
  }

  /** Gives `ws` the bytes to the end of a message, or all that are there. */
  #pass(chunk: Buffer, at: number, length: number): number {
    this.#given ??= new FrameWalk();
    const end = this.#given.walk(chunk, at, length);
    this.#more = end < length;
    const bytes = Buffer.from(chunk.subarray(at, end));
    for (const parser of this.#parsers) Reflect.apply(parser, this.#socket, [bytes]);
    return end;
  }

  /** Returns the offset behind the message that begins at `at`, or `at` where there is none of the usual kind. */
  #message(chunk: Chunk, at: number, length: number): number {
    const { bytes, words } = chunk;
    const second = bytes[at + 1] ?? 0;
    if (bytes[at] !== WHOLE_BINARY || second < MASKED) return at;
    let size = second - MASKED;
    let body = at + 2;
    if (size === 126) {
      body += 2;
      if (body > length) return at;
      size = bytes.readUInt16BE(at + 2);
    }
    const mask = body;
    body += MASK_BYTES;
    const end = body + size;
    if (size === 127 || size > this.#maxBytes || end > length) return at;
    unmask(chunk, words.getInt32(mask, true), body, end);
    const frame = emptyFrame(size);
    bytes.copy(frame, frame.length - size, body, end);
    this.#more = end < length;
    this.#taker.receive(frame);
    return end;
  }
}

/** What is at `from` to `end`, in place. */
function unmask({ bytes, words }: Chunk, mask: number, from: number, end: number): void {
  let at = from;
  for (; at + MASK_BYTES <= end; at += MASK_BYTES) words.setInt32(at, words.getInt32(at, true) ^ mask, true);
  for (let shift = 0; at < end; at++, shift += 8) bytes[at] = (bytes[at] ?? 0) ^ (mask >>> shift);
}
