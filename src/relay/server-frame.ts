/** First byte of a binary message in one frame. */
export const WHOLE_BINARY = 0x82;
declare const brand: unique symbol;

/** One message in one WebSocket frame as servers send it (RFC 6455 §5.2): binary, unfragmented, not masked. */
export type Frame = Buffer & { readonly [brand]: true };

/** A frame for a message of `length` bytes, which is to be put behind its header, see `messageStart`. */
export function emptyFrame(length: number): Frame {
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  frame[0] = WHOLE_BINARY;
  if (length < 126) {
    frame[1] = length;
  } else if (length < 0x1_0000) {
    frame[1] = 126;
    frame[2] = length >>> 8;
    frame[3] = length & 255;
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  return frame as Frame;
}

export function frameOf(message: Uint8Array): Frame {
  const frame = emptyFrame(message.length);
  frame.set(message, frame.length - message.length);
  return frame;
}

/** The offset of the message in its frame. */
export function messageStart(frame: Frame): number {
  const length = frame[1] ?? 0;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

/** The offset behind the frame of ours that begins at `at`. */
export function frameEnd(frames: Buffer, at: number): number {
  const length = frames.readUInt8(at + 1);
  if (length < 126) return at + 2 + length;
  if (length === 126) return at + 4 + frames.readUInt16BE(at + 2);
  return at + 10 + frames.readUInt32BE(at + 2) * 2 ** 32 + frames.readUInt32BE(at + 6);
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length < 0x1_0000 ? 4 : 10;
}
