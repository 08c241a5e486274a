import type { Duplex } from 'node:stream';
import { FrameWalk } from './frame-walk.ts';

/** First byte of a binary message in one frame. */
const WHOLE_BINARY = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** Below this a view of words costs more than it saves. */
const LEAST_IN_WORDS = 64;

/** Scratch: a mask as a word of this machine, taken anew from each message. */
const maskBytes = new Uint8Array(MASK_BYTES);
const maskWord = new Int32Array(maskBytes.buffer);

export interface MessageTaker {
  receive(message: Buffer): void;
  /** So many bytes came after `stop()`. */
  ignored(bytes: number): void;
}

/**
 * Reads what clients nearly always send itself: binary messages of one frame each. Anything else goes to the parser of `ws`,
 * which costs several times as much: what a read has cut, fragments, control frames, and whatever breaks the rules.
 */
export class MessageReader {
  private readonly socket: Duplex;
  private readonly maxBytes: number;
  private readonly taker: MessageTaker;
  private readonly parsers: ReturnType<Duplex['listeners']>;
  /** Where `ws` is in what it was given; undefined until it gets something. */
  private given: FrameWalk | undefined;
  private parsed = 0;
  private stopped = false;
  private more = false;

  /** Takes the place of `ws` on its socket, before anything is read; longer messages than `maxBytes` are left to `ws`, too. */
  constructor(socket: Duplex, maxBytes: number, taker: MessageTaker) {
    this.socket = socket;
    this.maxBytes = maxBytes;
    this.taker = taker;
    this.parsers = socket.listeners('data');
    socket.removeAllListeners('data');
  }

  /** Behind the message that is being taken there is more, read at the same time. */
  get hasMore(): boolean {
    return this.more;
  }

  /** `ws` has told about a message or a control frame. */
  heardOf(): void {
    this.parsed += 1;
  }

  /** Nothing that comes from here on counts. */
  stop(): void {
    this.stopped = true;
  }

  /** The first `length` bytes of `chunk` have arrived; nothing of it is kept. */
  read(chunk: Buffer, length: number): void {
    let at = 0;
    // What follows a close frame does not count.
    while (at < length && !this.stopped && !this.given?.hasClosed) {
      const next = this.isUpToDate() ? this.message(chunk, at, length) : at;
      at = next === at ? this.pass(chunk, at, length) : next;
    }
    if (this.stopped) this.taker.ignored(length - at);
  }

  /** `ws` has no part of a message, and has told about all it was given: an error it tells only later. */
  private isUpToDate(): boolean {
    return !this.given || (this.given.isBetween && this.given.items === this.parsed);
  }

  /** Gives `ws` the bytes to the end of a message, or all that are there. */
  private pass(chunk: Buffer, at: number, length: number): number {
    this.given ??= new FrameWalk();
    const end = this.given.walk(chunk, at, length);
    this.more = end < length;
    const bytes = Buffer.from(chunk.subarray(at, end));
    for (const parser of this.parsers) Reflect.apply(parser, this.socket, [bytes]);
    return end;
  }

  /** Returns the offset behind the message that begins at `at`, or `at` where there is none of the usual kind. */
  private message(chunk: Buffer, at: number, length: number): number {
    const second = chunk[at + 1] ?? 0;
    if (chunk[at] !== WHOLE_BINARY || second < MASKED) return at;
    let size = second - MASKED;
    let body = at + 2;
    if (size === 126) {
      body += 2;
      if (body > length) return at;
      size = chunk.readUInt16BE(at + 2);
    }
    const mask = body;
    body += MASK_BYTES;
    const end = body + size;
    if (size === 127 || size > this.maxBytes || end > length) return at;
    const message = Buffer.allocUnsafe(size);
    chunk.copy(message, 0, body, end);
    for (let i = 0; i < MASK_BYTES; i++) maskBytes[i] = chunk[mask + i] ?? 0;
    unmask(message);
    this.more = end < length;
    this.taker.receive(message);
    return end;
  }
}

/** In place, with the mask in `maskBytes`. */
function unmask(message: Buffer): void {
  let at = 0;
  // Buffers begin at whole words, but nobody promises it.
  if (message.length >= LEAST_IN_WORDS && message.byteOffset % MASK_BYTES === 0) {
    const words = new Int32Array(message.buffer, message.byteOffset, message.length >> 2);
    const mask = maskWord[0] ?? 0;
    for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) ^ mask;
    at = words.length * MASK_BYTES;
  }
  for (; at < message.length; at++) message[at] = (message[at] ?? 0) ^ (maskBytes[at & 3] ?? 0);
}
