import type { Duplex } from 'node:stream';
import { FrameWalk } from './frame-walk.ts';

/** First byte of a binary message in one frame. */
const WHOLE_BINARY = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** Below this a view of words costs more than it saves. */
const LEAST_IN_WORDS = 64;

/** Scratch: a mask as a word of this machine, made anew for each message. */
const maskBytes = new Uint8Array(MASK_BYTES);
const maskWord = new Int32Array(maskBytes.buffer);

export interface MessageTaker {
  receive(message: Buffer): void;
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
  private readonly listener = (chunk: Buffer): void => this.read(chunk);
  /** Where `ws` is in what it was given; undefined until it gets something. */
  private given: FrameWalk | undefined;
  private parsed = 0;

  /** Comes between `socket` and its `ws`, before anything is read; longer messages than `maxBytes` are left to `ws`, too. */
  constructor(socket: Duplex, maxBytes: number, taker: MessageTaker) {
    this.socket = socket;
    this.maxBytes = maxBytes;
    this.taker = taker;
    this.parsers = socket.listeners('data');
    socket.removeAllListeners('data');
    socket.on('data', this.listener);
  }

  /** `ws` has told about a message or a control frame. */
  heardOf(): void {
    this.parsed += 1;
  }

  /** Reads nothing from here on. */
  stop(): void {
    this.socket.off('data', this.listener);
  }

  private read(chunk: Buffer): void {
    let at = 0;
    // What follows a close frame does not count.
    while (at < chunk.length && !this.given?.hasClosed) {
      const next = this.isUpToDate() ? this.message(chunk, at) : at;
      at = next === at ? this.pass(chunk, at) : next;
    }
  }

  /** `ws` has no part of a message, and has told about all it was given: an error it tells only later. */
  private isUpToDate(): boolean {
    return !this.given || (this.given.isBetween && this.given.items === this.parsed);
  }

  /** Gives `ws` the bytes to the end of a message, or all that are there. */
  private pass(chunk: Buffer, at: number): number {
    this.given ??= new FrameWalk();
    const end = this.given.walk(chunk, at);
    this.parse(end - at === chunk.length ? chunk : chunk.subarray(at, end));
    return end;
  }

  private parse(bytes: Buffer): void {
    for (const parser of this.parsers) Reflect.apply(parser, this.socket, [bytes]);
  }

  /** Returns the offset behind the message that begins at `at`, or `at` where there is none of the usual kind. */
  private message(chunk: Buffer, at: number): number {
    const second = chunk[at + 1];
    if (chunk[at] !== WHOLE_BINARY || second === undefined || second < MASKED) return at;
    let length = second - MASKED;
    let body = at + 2 + MASK_BYTES;
    if (length === 126) {
      body += 2;
      if (body > chunk.length) return at;
      length = chunk.readUInt16BE(at + 2);
    }
    const end = body + length;
    if (length === 127 || length > this.maxBytes || end > chunk.length) return at;
    unmask(chunk, body, end);
    this.taker.receive(chunk.subarray(body, end));
    return end;
  }
}

/** In place, with the mask before `from`. */
function unmask(bytes: Buffer, from: number, to: number): void {
  let at = from;
  if (to - from >= LEAST_IN_WORDS) {
    const { byteOffset } = bytes;
    while ((byteOffset + at) % MASK_BYTES !== 0) at = unmaskOne(bytes, from, at);
    for (let i = 0; i < MASK_BYTES; i++) maskBytes[i] = maskAt(bytes, from, at + i);
    const mask = maskWord[0] ?? 0;
    const words = new Int32Array(bytes.buffer, byteOffset + at, (to - at) >> 2);
    for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) ^ mask;
    at += words.length * MASK_BYTES;
  }
  while (at < to) at = unmaskOne(bytes, from, at);
}

function unmaskOne(bytes: Buffer, from: number, at: number): number {
  bytes[at] = (bytes[at] ?? 0) ^ maskAt(bytes, from, at);
  return at + 1;
}

function maskAt(bytes: Buffer, from: number, at: number): number {
  return bytes[from - MASK_BYTES + ((at - from) & 3)] ?? 0;
}
