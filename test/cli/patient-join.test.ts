import { describe, expect, it, vi } from 'vitest';
import type { Refusal, Result, RoomSession } from '../../src/client/api.ts';
import { patientJoin } from '../../src/cli/patient-join.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { MemoryClient } from '../support/memory-client.ts';
import { MemoryWorld } from '../support/memory-world.ts';

const SECOND = 1_000;

/** A room that refuses the first so many who come. */
async function rig(refusals: readonly Omit<Refusal, 'ok'>[]) {
  const world = new MemoryWorld();
  const host = new MemoryClient(world, 'host');
  world.addRoom({ title: 'tea', owner: host.self });
  const granted = await new MemoryClient(world, 'ada').join('tea');
  const clock = new ManualClock();
  const tries: number[] = [];
  const join = (): Promise<Result<RoomSession>> => {
    const refusal = refusals[tries.push(clock.now()) - 1];
    return Promise.resolve(refusal ? { ok: false, ...refusal } : granted);
  };
  /** As the program does, when its timer falls due. */
  const pass = async (ms: number): Promise<void> => {
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    clock.advance(ms);
  };
  return { clock, tries, join, pass, granted };
}

const never = new Promise<never>(() => undefined);

describe('a join of a script', () => {
  it('waits as long as the room says where it only comes too early', async () => {
    const { clock, tries, join, pass, granted } = await rig([
      { code: 'join-limit', retryMs: 12 * SECOND },
      { code: 'room-busy' },
    ]);
    const joining = patientJoin(join, clock, never);
    await pass(12 * SECOND);
    await pass(2 * SECOND);
    expect(await joining).toBe(granted);
    expect(tries).toEqual([0, 12 * SECOND, 14 * SECOND]);
    expect(clock.pending).toBe(0);
  });

  it('does not come again where time changes nothing, or where it would be too long', async () => {
    for (const refusal of [
      { code: 'wrong-code' },
      { code: 'room-full' },
      { code: 'too-many-tries', retryMs: SECOND },
      { code: 'join-limit', retryMs: 121 * SECOND },
    ] as const) {
      const { clock, tries, join } = await rig([refusal]);
      expect(await patientJoin(join, clock, never)).toEqual({ ok: false, ...refusal });
      expect(tries).toHaveLength(1);
    }
  });

  it('is given up after two minutes', async () => {
    const early = { code: 'join-limit', retryMs: 50 * SECOND } as const;
    const { clock, tries, join, pass } = await rig([early, early, early, early]);
    const joining = patientJoin(join, clock, never);
    await pass(50 * SECOND);
    await pass(50 * SECOND);
    expect(await joining).toMatchObject(early);
    expect(tries).toHaveLength(3);
  });

  it('is given up when the program is asked to end', async () => {
    const early = { code: 'room-busy', retryMs: SECOND } as const;
    const { clock, tries, join } = await rig([early]);
    expect(await patientJoin(join, clock, Promise.resolve())).toMatchObject(early);
    expect(tries).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
