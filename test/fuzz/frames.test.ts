import { describe, expect, it } from 'vitest';
import { FramePeer } from '../support/frame-peer.ts';
import { frame, opcodes, violations } from '../support/raw-frames.ts';
import { count, seed, timeout } from './options.ts';
import { Random } from './random.ts';

const { more, text, binary, close, ping, pong } = opcodes;

describe(`the relay's reader of messages, ${count} streams (FUZZ_SEED=${seed})`, () => {
  it('sees what the parser of ws sees, whatever is sent and however it is cut', { timeout }, async () => {
    const random = new Random(seed);
    for (let round = 0; round < count; round++) {
      const frames = Array.from({ length: 1 + random.next(12) }, () => anyFrames(random)).flat();
      const turns = cut(random, random.next(5) === 0 ? frames.slice(0, -1) : frames);
      const [fast, slow] = [new FramePeer(true), new FramePeer(false)];
      expect(await fast.gets(turns), `round ${round}`).toEqual(await slow.gets(turns));
    }
  });
});

/** Some frames as clients send them, and some as nobody should. */
function anyFrames(random: Random): readonly Buffer[] {
  const some = (most: number): Uint8Array => random.bytes(random.next(most));
  const message = (most: number) => [frame({ opcode: binary, payload: some(most) })];
  const kind = random.next(24);
  if (kind < 10) return message(300);
  if (kind < 12) return message(3);
  if (kind < 14) return message(20_000);
  // A length in eight bytes that two would have held.
  if (kind === 14) return [frame({ opcode: binary, payload: some(80), claims: 0n })].map(withLength);
  if (kind === 15) return [frame({ opcode: text, payload: Buffer.from('hello') })];
  if (kind < 18) return [frame({ opcode: ping, payload: some(126) })];
  if (kind === 18) return [frame({ opcode: pong, payload: some(20) })];
  if (kind < 22) return fragments(random);
  if (kind === 22 && random.next(4) === 0) return [frame({ opcode: close, payload: Buffer.from([3, 232]) })];
  if (kind === 23 && random.next(4) === 0) {
    const [, , frames] = random.pick(violations);
    return frames.map(frame);
  }
  return [frame({ opcode: binary, payload: some(50), masked: random.next(8) > 0 })];
}

function withLength(long: Buffer): Buffer {
  const header = 14;
  long.writeBigUInt64BE(BigInt(long.length - header), 2);
  return long;
}

function fragments(random: Random): readonly Buffer[] {
  const last = 1 + random.next(4);
  return Array.from({ length: last + 1 }, (_, index) => [
    frame({
      fin: index === last,
      opcode: index === 0 ? binary : more,
      payload: random.bytes(random.next(300)),
    }),
    ...(index < last && random.next(3) === 0 ? [frame({ opcode: ping, payload: random.bytes(4) })] : []),
  ]).flat();
}

/** Cut anywhere, with several pieces in some turns. */
function cut(random: Random, frames: readonly Buffer[]): Buffer[][] {
  const how = random.next(4);
  const all = Buffer.concat(frames);
  const pieces: Buffer[] = [];
  if (how === 0) pieces.push(...frames);
  const most = [0, all.length, 1_500, 7][how] ?? 1;
  for (let at = 0; how > 0 && at < all.length;) {
    const end = at + 1 + random.next(most);
    pieces.push(all.subarray(at, end));
    at = end;
  }
  const turns: Buffer[][] = [];
  for (const piece of pieces) {
    const last = turns.at(-1);
    if (last && random.next(3) === 0) last.push(piece);
    else turns.push([piece]);
  }
  return turns;
}
