import { describe, expect, it } from 'vitest';
import { Flusher, OutQueue, type QueueOwner } from '../../src/relay/out-queue.ts';
import { Registry, type Party } from '../../src/relay/registry.ts';
import { makeRoomId, randomBytes } from '../../src/shared/crypto/sign.ts';
import { roomId } from '../../src/shared/ids.ts';
import { MAX_EXPECTED } from '../../src/shared/limits.ts';
import { frameOf } from '../../src/relay/server-frame.ts';
import { FakeClock } from '../support/relay-rig.ts';

const flusher = new Flusher(new FakeClock());
const framed = (value: number) => [0x82, 1, value];

/** A connection that takes everything. */
class MemoryParty implements Party, QueueOwner {
  readonly id = 1;
  readonly network = '192.0.2.1';
  readonly login = undefined;
  readonly circuits = [];
  readonly rooms = [];
  readonly pieceBytes = 65_536;
  readonly queue = new OutQueue(this, flusher, { queueBytes: 1_000, queueFrames: 10 });
  readonly writes: number[][] = [];
  hasMore = false;
  say = (): void => undefined;
  probe = (): void => undefined;
  refuse = (): void => undefined;
  untaken = (): number => 0;
  taking = (): void => undefined;
  awaitDrain = (): void => undefined;
  overflowed = (): void => undefined;

  write(bytes: Uint8Array): number {
    this.writes.push([...bytes]);
    return 0;
  }
}

function roomOf(...members: MemoryParty[]) {
  const registry = new Registry();
  const host = new MemoryParty();
  const id = roomId(makeRoomId(randomBytes(32), randomBytes(16)));
  const room = registry.addRoom({ id, host, fence: 1, maxMembers: 10 });
  for (const member of members) room.admit(registry.addCircuit(member, room, false));
  return { host, registry, room };
}

describe('a cast', () => {
  it('goes out at once when it comes alone', () => {
    const [ada, bob] = [new MemoryParty(), new MemoryParty()];
    const { room } = roomOf(ada, bob);
    room.cast(frameOf(Uint8Array.of(1)));
    room.cast(frameOf(Uint8Array.of(2)));
    for (const { writes } of [ada, bob]) expect(writes).toEqual([framed(1), framed(2)]);
  });

  it('is joined with those that were read together with it', () => {
    const [ada, bob] = [new MemoryParty(), new MemoryParty()];
    const { host, room } = roomOf(ada, bob);
    for (const [value, hasMore] of [
      [1, true],
      [2, true],
      [3, false],
    ] as const) {
      host.hasMore = hasMore;
      room.cast(frameOf(Uint8Array.of(value)));
    }
    expect(ada.writes).toEqual([]);
    flusher.flush();
    for (const { writes } of [ada, bob]) expect(writes).toEqual([[1, 2, 3].flatMap(framed)]);
  });

  it('is for those who are in the room when it is cast, whatever is joined', () => {
    const [ada, bob] = [new MemoryParty(), new MemoryParty()];
    const { host, registry, room } = roomOf(ada);
    host.hasMore = true;
    room.cast(frameOf(Uint8Array.of(1)));
    const circuit = registry.addCircuit(bob, room, false);
    room.admit(circuit);
    room.cast(frameOf(Uint8Array.of(2)));
    registry.removeCircuit(circuit);
    room.cast(frameOf(Uint8Array.of(3)));
    flusher.flush();
    expect(ada.writes).toEqual([[1, 2, 3].flatMap(framed)]);
    expect(bob.writes).toEqual([framed(2)]);
  });

  it('does not overtake what is before it', () => {
    const [ada, bob] = [new MemoryParty(), new MemoryParty()];
    const { host, room } = roomOf(ada, bob);
    ada.queue.push(frameOf(Uint8Array.of(7)));
    room.cast(frameOf(Uint8Array.of(1)));
    host.hasMore = true;
    room.cast(frameOf(Uint8Array.of(2)));
    flusher.flush();
    expect(ada.writes).toEqual([[7, 1, 2].flatMap(framed)]);
    expect(bob.writes).toEqual([framed(1), framed(2)]);
  });
});

describe('a room', () => {
  it('remembers the newest of those who may come back, as many as could come', () => {
    const { room } = roomOf();
    for (let n = 0; n < MAX_EXPECTED; n++) room.expect(`${n}`);
    room.expect('0');
    room.expect('another');
    expect(['0', '1', '2', 'another'].map((mark) => room.expects(mark))).toEqual([true, false, true, true]);
  });

  it('keeps a member who calls again and gives that up', () => {
    const ada = new MemoryParty();
    const { registry, room } = roomOf(ada);
    registry.removeCircuit(registry.addCircuit(ada, room, false));
    room.cast(frameOf(Uint8Array.of(1)));
    expect(ada.writes).toEqual([framed(1)]);
  });
});
