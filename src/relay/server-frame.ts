/** First bytes of frames that are no part of a larger message. */
export const WHOLE_BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;
declare const brand: unique symbol;

/** One WebSocket frame as servers send it (RFC 6455 §5.2), not masked: a whole binary message, a ping or a pong. */
export type ServerFrame = Buffer & { readonly [brand]: true };

/** A frame for a message of `length` bytes, which is to be put behind its header, see `messageStart`. */
export function emptyFrame(length: number, first = WHOLE_BINARY): ServerFrame {
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  frame[0] = first;
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
  return frame as ServerFrame;
}

export function frameOf(message: Uint8Array): ServerFrame {
  return filled(emptyFrame(message.length), message);
}

export function pingFrame(): ServerFrame {
  return emptyFrame(0, PING);
}

/** With at most 125 bytes, those of the ping. */
export function pongFrame(payload: Uint8Array): ServerFrame {
  return filled(emptyFrame(payload.length, PONG), payload);
}

/** The offset of the message in its frame. */
export function messageStart(frame: ServerFrame): number {
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

function filled(frame: ServerFrame, message: Uint8Array): ServerFrame {
  frame.set(message, frame.length - message.length);
  return frame;
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length < 0x1_0000 ? 4 : 10;
}
