/** Bytes of an unmasked, unfragmented WebSocket frame around a message of `length` bytes (RFC 6455 §5.2). */
export function framedLength(length: number): number {
  return length + (length < 126 ? 2 : length < 0x1_0000 ? 4 : 10);
}

/** The offset behind the frame of ours that begins at `at`. */
export function frameEnd(frames: Buffer, at: number): number {
  const length = frames.readUInt8(at + 1);
  if (length < 126) return at + 2 + length;
  if (length === 126) return at + 4 + frames.readUInt16BE(at + 2);
  return at + 10 + frames.readUInt32BE(at + 2) * 2 ** 32 + frames.readUInt32BE(at + 6);
}

/** Writes `message` as one binary frame and returns the offset behind it. */
export function writeFrame(target: Buffer, offset: number, message: Uint8Array): number {
  const length = message.length;
  let at = offset;
  target[at++] = 0x82;
  if (length < 126) {
    target[at++] = length;
  } else if (length < 0x1_0000) {
    target[at++] = 126;
    target[at++] = length >>> 8;
    target[at++] = length & 255;
  } else {
    target[at++] = 127;
    target.writeUInt32BE(0, at);
    target.writeUInt32BE(length, at + 4);
    at += 8;
  }
  target.set(message, at);
  return at + length;
}
