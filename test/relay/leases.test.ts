import { describe, expect, it } from 'vitest';
import { roomId } from '../../src/shared/ids.ts';
import { Leases } from '../../src/relay/leases.ts';

const tea = roomId(new Uint8Array(16).fill(1));
const milk = roomId(new Uint8Array(16).fill(2));

function rig() {
  let fence = 0;
  return new Leases(60_000, () => ++fence);
}

describe('leases', () => {
  it('are held by one at a time, and say when trying again can help', () => {
    const leases = rig();
    expect(leases.take(tea, 0)).toMatchObject({ fence: 1 });
    expect(leases.take(tea, 59_999)).toEqual({ code: 'taken', retryMs: 1 });
    expect(leases.take(milk, 0)).toMatchObject({ fence: 2 });
  });

  it('can be taken over once they expired, with a higher fence', () => {
    const leases = rig();
    leases.take(tea, 0);
    expect(leases.take(tea, 60_000)).toMatchObject({ fence: 2 });
    expect(leases.renew(tea, 1, 60_001)).toEqual({ code: 'fenced' });
    expect(leases.renew(tea, 2, 60_001)).toMatchObject({ fence: 2 });
  });

  it('live on as long as they are renewed in time', () => {
    const leases = rig();
    leases.take(tea, 0);
    expect(leases.renew(tea, 1, 59_999)).toMatchObject({ expiresAt: 119_999 });
    expect(leases.expired(119_998)).toEqual([]);
    expect(leases.expired(119_999)).toMatchObject([{ room: tea, fence: 1 }]);
    expect(leases.renew(tea, 1, 119_999)).toEqual({ code: 'fenced' });
  });

  it('are free at once when released, but not by an older fence', () => {
    const leases = rig();
    leases.take(tea, 0);
    leases.release(tea, 1);
    leases.take(tea, 0);
    leases.release(tea, 1);
    expect(leases.take(tea, 0)).toMatchObject({ code: 'taken' });
  });
});
