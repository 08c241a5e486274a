import { describe, expect, it } from 'vitest';
import { BulkSender, MAX_JOBS_PER_MEMBER } from '../../../src/host/members/bulk-sender.ts';
import type { Conversation } from '../../../src/host/lines/conversation.ts';
import { KIB } from '../../../src/shared/limits.ts';
import type { HostMessage } from '../../../src/shared/room/messages.ts';
import { ManualClock } from '../../link/manual-clock.ts';

function* closings(count: number, bytes: number): Generator<HostMessage, void> {
  for (let rid = 1; rid <= count; rid++)
    yield {
      t: 'roster',
      members: [{ key: new Uint8Array(32), nick: 'x'.repeat(bytes), role: 'member', presence: 'online' }],
    };
}

function rig(bytesPerSecond = 1_024 * KIB) {
  const clock = new ManualClock();
  const network = { buffered: 0 };
  const sender = new BulkSender({
    clock,
    bytesPerSecond: () => bytesPerSecond,
  });
  const order: string[] = [];
  const member = (name: string) => {
    const state = {
      isOpen: true,
      send: () => order.push(name),
      get buffered() {
        return network.buffered;
      },
    };
    return state as unknown as Conversation & { isOpen: boolean };
  };
  return { clock, sender, order, network, member };
}

describe('sending pages', () => {
  it('sends a short answer at once', () => {
    const { sender, order, member, clock } = rig();
    expect(sender.add(member('ada'), closings(2, 40 * KIB))).toBe(true);
    expect(order).toEqual(['ada', 'ada']);
    expect(clock.pending).toBe(0);
  });

  it('spreads a long answer so that a queue of 256 KiB at the relay never overflows', () => {
    const { sender, order, member, clock } = rig();
    sender.add(member('ada'), closings(40, 40 * KIB));
    expect(order.length * 40).toBeLessThan(200);
    clock.advance(1_000);
    expect(order.length * 40).toBeLessThan(200 + 512 + 40);
    clock.advance(3_000);
    expect(order).toHaveLength(40);
  });

  it('takes turns', () => {
    const { sender, order, member, clock } = rig();
    sender.add(member('ada'), closings(10, 40 * KIB));
    sender.add(member('bob'), closings(10, 40 * KIB));
    clock.advance(10_000);
    expect(order.lastIndexOf('bob') - order.lastIndexOf('ada')).toBe(1);
  });

  it('stays below what the relay takes of the host in all', () => {
    const { sender, order, member, clock } = rig(200 * KIB);
    for (const name of ['a', 'b', 'c', 'd']) sender.add(member(name), closings(20, 40 * KIB));
    const before = order.length;
    clock.advance(4_000);
    expect((order.length - before) * 40).toBeLessThanOrEqual(4 * 150 + 40);
    expect((order.length - before) * 40).toBeGreaterThan(3 * 150);
  });

  it('waits while the host has much to send', () => {
    const { sender, order, member, clock, network } = rig();
    network.buffered = 300 * KIB;
    sender.add(member('ada'), closings(1, 100));
    expect(order).toEqual([]);
    network.buffered = 0;
    clock.advance(50);
    expect(order).toEqual(['ada']);
  });

  it('costs no more for those who wait, however many they are', () => {
    const { sender, order, member, clock } = rig();
    const pages = 4;
    const crowd = 100;
    const size = 40 * KIB;
    let measured = 0;
    const page = (): HostMessage => {
      const [one] = closings(1, size);
      if (!one) throw new Error('no page');
      // Whoever encodes it looks at this.
      return Object.defineProperty(one, 't', { enumerable: true, get: () => ((measured += 1), 'roster') });
    };
    function* some(): Generator<HostMessage, void> {
      for (let n = 0; n < pages; n++) yield page();
    }
    for (let n = 0; n < crowd; n++) sender.add(member(`m${n}`), some());
    clock.advance(60_000);
    expect(order).toHaveLength(pages * crowd);
    expect(measured).toBeLessThan(4 * pages * crowd);
  });

  it('drops what was for somebody who is gone', () => {
    const { sender, order, member, clock } = rig();
    const ada = member('ada');
    sender.add(ada, closings(20, 40 * KIB));
    const sent = order.length;
    Object.assign(ada, { isOpen: false });
    clock.advance(60_000);
    expect(order).toHaveLength(sent);
    expect(clock.pending).toBe(0);
  });

  it('takes a bounded number of answers for one member', () => {
    const { sender, member } = rig();
    const ada = member('ada');
    const taken = Array.from({ length: MAX_JOBS_PER_MEMBER + 1 }, () =>
      sender.add(ada, closings(20, 40 * KIB)),
    );
    expect(taken).toEqual([true, true, true, true, false]);
  });
});
