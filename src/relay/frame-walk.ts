const FINAL = 0x80;
const OPCODE = 0x0f;
const CLOSE = 8;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LEAST_HEADER_BYTES = 2;

/** Follows WebSocket frames (RFC 6455 §5.2) through a stream cut anywhere, and looks at nothing but their lengths. */
export class FrameWalk {
  #first = 0;
  #headerBytes = 0;
  #headerNeeds = LEAST_HEADER_BYTES;
  #maskBytes = 0;
  /** What is to come of the frame behind the bytes of its length. */
  #left = 0;
  #isFragmented = false;
  #ended = 0;
  #isOver = false;

  /** How many messages and control frames have ended. */
  get items(): number {
    return this.#ended;
  }

  /** A close frame has ended. */
  get hasClosed(): boolean {
    return this.#isOver;
  }

  /** No message has begun that has not ended. */
  get isBetween(): boolean {
    return this.#headerBytes === 0 && !this.#isFragmented;
  }

  /** Goes on at `from`, to the end of a message or to `to`; returns the offset behind it. */
  walk(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to) {
      if (this.#headerBytes < this.#headerNeeds) {
        this.#header(bytes[at] ?? 0);
        at += 1;
      } else {
        const taken = Math.min(this.#left, to - at);
        this.#left -= taken;
        at += taken;
      }
      if (this.#headerBytes < this.#headerNeeds || this.#left > 0) continue;
      this.#end();
      if (this.isBetween) break;
    }
    return at;
  }

  #header(byte: number): void {
    this.#headerBytes += 1;
    if (this.#headerBytes === 1) {
      this.#first = byte;
    } else if (this.#headerBytes === LEAST_HEADER_BYTES) {
      const length = byte & ~MASKED;
      this.#maskBytes = byte & MASKED ? MASK_BYTES : 0;
      this.#headerNeeds += length === 126 ? 2 : length === 127 ? 8 : 0;
      this.#left = length < 126 ? length : 0;
    } else {
      this.#left = this.#left * 256 + byte;
    }
    if (this.#headerBytes === this.#headerNeeds) this.#left += this.#maskBytes;
  }

  #end(): void {
    const isFinal = (this.#first & FINAL) !== 0;
    const opcode = this.#first & OPCODE;
    // Control frames may come between the frames of a message.
    const isControl = opcode >= CLOSE;
    if (isFinal || isControl) this.#ended += 1;
    if (opcode === CLOSE) this.#isOver = true;
    if (!isControl) this.#isFragmented = !isFinal;
    this.#headerBytes = 0;
    this.#headerNeeds = LEAST_HEADER_BYTES;
  }
}
