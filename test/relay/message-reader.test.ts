import { describe, expect, it } from 'vitest';
import { frameOf } from '../../src/relay/server-frame.ts';
import { FramePeer, MAX_BYTES } from '../support/frame-peer.ts';
import { frame, opcodes, violations } from '../support/raw-frames.ts';

const { binary, ping } = opcodes;

describe('a reader of whole messages', () => {
  it.each(violations)('leaves the answer to ws: %s', async (_, code, frames) => {
    const good = frame({ opcode: binary, payload: Buffer.from('before') });
    const all = [good, ...frames.map(frame), good];
    for (const pieces of [all, [Buffer.concat(all)]]) {
      const [fast, slow] = [new FramePeer(true), new FramePeer(false)];
      const seen = await fast.gets([pieces]);
      expect(seen).toEqual(await slow.gets([pieces]));
      expect(seen[0]).toBe(`binary ${frameOf(Buffer.from('before')).toString('hex')}`);
      expect(code === 1003 || seen.some((each) => each.startsWith('error'))).toBe(true);
    }
  });

  it('reads whole messages itself, also after one that was cut, and after a ping', async () => {
    const peer = new FramePeer(true);
    const whole = frame({ opcode: binary, payload: Buffer.from('whole') });
    const large = frame({ opcode: binary, payload: Buffer.alloc(MAX_BYTES - 1, 'x') });
    const cutOne = [whole.subarray(0, 3), Buffer.concat([whole.subarray(3), whole, whole])];
    await peer.gets([
      [whole, whole],
      [large],
      cutOne,
      [frame({ opcode: ping })],
      [Buffer.concat([whole, whole])],
    ]);
    expect(peer.seen.filter((each) => each.startsWith('binary'))).toHaveLength(8);
    expect(peer.parsed).toBe(1);
  });
});
