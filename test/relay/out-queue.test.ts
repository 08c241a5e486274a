import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { Flusher, OutQueue, Segment, type QueueOwner } from '../../src/relay/out-queue.ts';
import { frameOf } from '../../src/relay/server-frame.ts';
import { FakeClock } from '../support/relay-rig.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const framed = (...messages: number[][]) => messages.flatMap((message) => [0x82, message.length, ...message]);

/** A socket whose kernel buffer takes `room` bytes. */
class MemorySocket implements QueueOwner {
  readonly writes: Buffer[] = [];
  pieceBytes = 16_384;
  /** How often it was said to take something. */
  heard = 0;
  private left = 0;
  readonly queue: OutQueue;
  overflows = 0;
  awaiting = 0;
  room = Number.POSITIVE_INFINITY;

  constructor(flusher: Flusher, limits = { queueBytes: 100, queueFrames: 5 }) {
    this.queue = new OutQueue(this, flusher, limits);
  }

  write(data: Uint8Array): number {
    this.writes.push(Buffer.from(data));
    this.left = Math.max(0, data.length - this.room);
    this.room = Math.max(0, this.room - data.length);
    return this.left;
  }

  untaken(): number {
    return this.left;
  }

  taking(): void {
    this.heard += 1;
  }

  /** The kernel takes so many bytes more, and has the rest of the write still before it. */
  takes(count: number): void {
    this.left -= count;
  }

  awaitDrain(): void {
    this.awaiting += 1;
  }

  overflowed(): void {
    this.overflows += 1;
  }

  drain(): void {
    this.room = Number.POSITIVE_INFINITY;
    this.queue.drained();
  }
}

function rig(limits?: { queueBytes: number; queueFrames: number }) {
  const clock = new FakeClock();
  const flusher = new Flusher(clock);
  return {
    clock,
    flusher,
    socket: new MemorySocket(flusher, limits),
    other: new MemorySocket(flusher, limits),
  };
}

/** A kernel that has no room has 60 000 bytes before it, in one write. */
function stuckInALargeWrite(limits: { queueBytes: number; queueFrames: number }) {
  const { clock, flusher, socket } = rig(limits);
  socket.pieceBytes = 65_536;
  socket.room = 0;
  socket.queue.push(frameOf(randomBytes(60_000)));
  flusher.flush();
  return { clock, flusher, socket };
}

function cast(segment: Segment, ...sockets: MemorySocket[]) {
  for (const { queue } of sockets) queue.pushSegment(segment);
}

function segmentOf(...messages: number[][]): Segment {
  const segment = new Segment();
  for (const message of messages) segment.append(frameOf(bytes(...message)));
  return segment;
}

describe('the outgoing queue', () => {
  it('writes all messages of one tick at once, in order, framed', () => {
    const { flusher, socket } = rig();
    socket.queue.push(frameOf(bytes(1)));
    socket.queue.push(frameOf(bytes(2, 3)));
    expect(socket.writes).toEqual([]);
    flusher.flush();
    expect(socket.writes.map((each) => [...each])).toEqual([framed([1], [2, 3])]);
  });

  it('flushes at the end of the tick by itself', async () => {
    const { socket } = rig();
    socket.queue.push(frameOf(bytes(1)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.writes).toHaveLength(1);
  });

  it('gives every member of a segment the very same buffer', () => {
    const { flusher } = rig();
    const seen: Uint8Array[] = [];
    const members = [1, 2].map(() => {
      const member = new MemorySocket(flusher);
      member.write = (data) => {
        seen.push(data);
        return 0;
      };
      return member;
    });
    const segment = segmentOf([1], [2]);
    cast(segment, ...members);
    segment.append(frameOf(bytes(3)));
    flusher.flush();
    expect(seen[0]).toBe(seen[1]);
    expect([...(seen[0] ?? [])]).toEqual(framed([1], [2], [3]));
  });

  it('seals the open segments of a connection when something else is queued to it', () => {
    const { flusher, socket, other } = rig();
    const segment = segmentOf([1]);
    cast(segment, socket, other);
    socket.queue.push(frameOf(bytes(9)));
    expect(segment.open).toBe(false);
    const later = segmentOf([2]);
    cast(later, socket, other);
    expect(later.open).toBe(true);
    flusher.flush();
    expect(socket.writes.map((each) => [...each])).toEqual([framed([1], [9], [2])]);
    expect(other.writes.map((each) => [...each])).toEqual([framed([1], [2])]);
  });

  it('sends a segment at once where nothing is before it', () => {
    const { flusher, socket, other } = rig();
    other.queue.push(frameOf(bytes(9)));
    for (const { queue } of [socket, other]) queue.sendSegment(segmentOf([1]));
    expect(socket.writes.map((each) => [...each])).toEqual([framed([1])]);
    expect(other.writes).toEqual([]);
    socket.queue.push(frameOf(bytes(2)));
    flusher.flush();
    expect(socket.writes.map((each) => [...each])).toEqual([framed([1]), framed([2])]);
    expect(other.writes.map((each) => [...each])).toEqual([framed([9], [1])]);
  });

  it('keeps a segment that is sent behind what the kernel has not taken, within the limits', () => {
    const { flusher, socket } = rig({ queueBytes: 1_000, queueFrames: 3 });
    socket.room = 1;
    for (const value of [1, 2, 3]) {
      socket.queue.sendSegment(segmentOf([value]));
      flusher.flush();
    }
    expect(socket.writes).toHaveLength(1);
    socket.drain();
    expect(Buffer.concat(socket.writes)).toEqual(Buffer.from(framed([1], [2], [3])));
    socket.room = 0;
    for (const value of [4, 5, 6, 7, 8]) {
      socket.queue.sendSegment(segmentOf([value]));
      flusher.flush();
    }
    expect(socket.overflows).toBe(1);
    socket.queue.sendSegment(segmentOf([9]));
    expect(socket.writes).toHaveLength(3);
  });

  it('lets nothing be appended to a segment that was written', () => {
    const { flusher, socket } = rig();
    const segment = segmentOf([1]);
    cast(segment, socket);
    flusher.flush();
    expect(segment.open).toBe(false);
  });

  it('closes a segment that has grown to 64 KiB', () => {
    const segment = new Segment();
    segment.append(frameOf(new Uint8Array(65_000)));
    expect(segment.open).toBe(true);
    segment.append(frameOf(new Uint8Array(600)));
    expect(segment.open).toBe(false);
  });

  it('frames messages of every length class (RFC 6455 §5.2)', () => {
    const { flusher, socket } = rig();
    for (const length of [125, 126, 65_535, 65_536]) {
      socket.queue.push(frameOf(new Uint8Array(length)));
      flusher.flush();
    }
    expect(
      socket.writes
        .filter(([first]) => first === 0x82)
        .map((each) => [...each.subarray(0, each[1] === 127 ? 10 : each[1] === 126 ? 4 : 2)]),
    ).toEqual([
      [0x82, 125],
      [0x82, 126, 0, 126],
      [0x82, 126, 0xff, 0xff],
      [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0],
    ]);
  });

  it('holds back while the kernel takes no more, then writes the rest in one go', () => {
    const { flusher, socket } = rig();
    socket.room = 1;
    socket.queue.push(frameOf(bytes(1)));
    flusher.flush();
    expect(socket.queue.isStalled).toBe(true);
    for (const value of [2, 3]) {
      socket.queue.push(frameOf(bytes(value)));
      flusher.flush();
    }
    expect(socket.writes).toHaveLength(1);
    expect(socket.awaiting).toBe(1);
    socket.drain();
    expect(socket.queue.isStalled).toBe(false);
    expect([...(socket.writes[1] ?? [])]).toEqual(framed([2], [3]));
  });

  it('overflows one byte past its limit, once, and writes nothing more', () => {
    const { flusher, socket } = rig({ queueBytes: 40, queueFrames: 100 });
    socket.room = 0;
    socket.queue.push(frameOf(new Uint8Array(18)));
    flusher.flush();
    socket.queue.push(frameOf(new Uint8Array(18)));
    flusher.flush();
    expect(socket.overflows).toBe(0);
    socket.queue.push(frameOf(new Uint8Array(0)));
    flusher.flush();
    socket.queue.push(frameOf(bytes(1)));
    flusher.flush();
    expect(socket.overflows).toBe(1);
    socket.drain();
    expect(socket.writes).toHaveLength(1);
  });

  it('overflows past its limit of frames, segments counted by what they hold', () => {
    const { flusher, socket } = rig({ queueBytes: 1_000, queueFrames: 5 });
    socket.room = 0;
    socket.queue.push(frameOf(bytes(0)));
    flusher.flush();
    cast(segmentOf([1], [2], [3], [4]), socket);
    flusher.flush();
    socket.queue.push(frameOf(bytes(5)));
    flusher.flush();
    expect(socket.overflows).toBe(0);
    socket.queue.push(frameOf(bytes(6)));
    flusher.flush();
    expect(socket.overflows).toBe(1);
  });

  it('counts all the frames that come in one tick', () => {
    const { flusher, socket } = rig({ queueBytes: 1_000, queueFrames: 5 });
    socket.room = 0;
    socket.queue.push(frameOf(bytes(0)));
    flusher.flush();
    for (let n = 1; n <= 5; n++) socket.queue.push(frameOf(bytes(n)));
    flusher.flush();
    expect([socket.overflows, socket.queue.waitingFrames]).toEqual([0, 5]);
    for (let n = 6; n <= 7; n++) socket.queue.push(frameOf(bytes(n)));
    flusher.flush();
    expect(socket.overflows).toBe(1);
  });

  it('tells how long the kernel has taken nothing', () => {
    const { clock, flusher, socket } = rig();
    socket.room = 0;
    socket.queue.push(frameOf(bytes(1)));
    flusher.flush();
    clock.advance(700);
    expect(socket.queue.stalledMs(clock.monotonic())).toBe(700);
    socket.drain();
    expect(socket.queue.stalledMs(clock.monotonic())).toBe(0);
  });

  it('does not wait for the end of the tick with more than 64 KiB', () => {
    const { socket } = rig();
    socket.queue.push(frameOf(new Uint8Array(65_000)));
    expect(socket.writes).toHaveLength(0);
    socket.queue.push(frameOf(new Uint8Array(1_000)));
    expect(Buffer.concat(socket.writes)).toHaveLength(66_000 + 4 + 4);
  });

  it('gives the kernel a large queue bit by bit, so that a slow reader is known to read', () => {
    const { clock, flusher, socket } = rig({ queueBytes: 50_000, queueFrames: 5 });
    const message = randomBytes(40_000);
    socket.room = 20_000;
    socket.queue.push(frameOf(message));
    flusher.flush();
    socket.queue.push(frameOf(bytes(1)));
    flusher.flush();
    for (let drained = 0; drained < 2; drained++) {
      clock.advance(9_000);
      expect(socket.queue.stalledMs(clock.monotonic())).toBe(9_000);
      socket.room = 0;
      socket.queue.drained();
    }
    socket.drain();
    expect(socket.queue.isStalled).toBe(false);
    expect(socket.overflows).toBe(0);
    const sent = Buffer.concat(socket.writes);
    expect(sent.subarray(4, 40_004).equals(message)).toBe(true);
    expect([...sent.subarray(40_004)]).toEqual(framed([1]));
  });

  it('goes on with a reader at 16 kbit/s that has a large write before it', () => {
    const { clock, socket } = stuckInALargeWrite({ queueBytes: 100_000, queueFrames: 5 });
    for (let second = 1; second < 30; second++) {
      clock.advance(1_000);
      // A kernel makes room for some packets at a time.
      if (second % 8 === 0) socket.takes(16_000);
      expect(socket.queue.stalledMs(clock.monotonic())).toBe((second % 8) * 1_000);
    }
    expect(socket.heard).toBe(3);
    expect(socket.queue.waiting).toBe(60_004 - 3 * 16_000);
    expect(socket.writes).toHaveLength(1);
  });

  it('knows how long a reader has been dead that once took some of a large write', () => {
    const { clock, socket } = stuckInALargeWrite({ queueBytes: 100_000, queueFrames: 5 });
    socket.takes(16_000);
    expect(socket.queue.stalledMs(clock.monotonic())).toBe(0);
    clock.advance(10_000);
    expect(socket.queue.stalledMs(clock.monotonic())).toBe(10_000);
  });

  it('does not count against its limit what was taken of a large write', () => {
    const { flusher, socket } = stuckInALargeWrite({ queueBytes: 70_000, queueFrames: 5 });
    socket.takes(50_000);
    socket.queue.push(frameOf(randomBytes(59_000)));
    flusher.flush();
    expect(socket.overflows).toBe(0);
    socket.queue.push(frameOf(randomBytes(1_000)));
    flusher.flush();
    expect(socket.overflows).toBe(1);
  });

  it('ends between two frames, so that what says why can follow', () => {
    const { flusher, socket } = rig({ queueBytes: 100_000, queueFrames: 5 });
    socket.room = 0;
    for (const size of [10, 40_000, 20_000]) socket.queue.push(frameOf(new Uint8Array(size)));
    flusher.flush();
    socket.queue.end();
    expect(Buffer.concat(socket.writes)).toHaveLength(2 + 10 + 4 + 40_000);
  });
});
