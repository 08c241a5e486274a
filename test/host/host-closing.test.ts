import { expect, it } from 'vitest';
import { HINTS } from '../../src/host/members/attendance.ts';
import { systemClock, type Clock } from '../../src/link/clock.ts';
import { roomRig } from './room-rig.ts';

/** The clock of now, which knows how many wait for it. */
function countingClock(): Clock & { readonly pending: number } {
  const waiting = new Set<() => void>();
  return {
    now: () => systemClock.now(),
    wall: () => systemClock.wall(),
    after(ms, callback) {
      const cancel = systemClock.after(ms, () => {
        waiting.delete(cancel);
        callback();
      });
      waiting.add(cancel);
      return () => {
        waiting.delete(cancel);
        cancel();
      };
    },
    get pending() {
      return waiting.size;
    },
  };
}

it('a host that was closed waits for nothing, not even to tell what somebody changed too often', async () => {
  const clock = countingClock();
  const { host, member } = await roomRig({ clock });
  const ada = await member().join();
  for (let times = 0; times <= HINTS.burst + 1; times++)
    ada.say({ t: 'presence', state: times % 2 === 0 ? 'away' : 'online' });
  ada.say({ t: 'ping', rid: 1 });
  await ada.message('pong');
  await host.close();
  expect(clock.pending).toBe(0);
});
