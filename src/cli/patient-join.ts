import type { ClientRefusal, Result, RoomSession } from '../client/api.ts';
import type { Clock } from '../link/clock.ts';
import { MINUTE, SECOND } from '../shared/limits.ts';

/** Refusals of somebody who only comes too early. */
const passing: ReadonlySet<ClientRefusal> = new Set(['join-limit', 'room-busy']);
const MAX_WAIT_MS = 2 * MINUTE;
/** Where the refusal does not say when. */
const RETRY_MS = 2 * SECOND;

/**
 * Joins again where that is only a matter of a little time, for two minutes at most: a script comes often, each time for
 * one line. Once `asked` resolves it is given up.
 */
export async function patientJoin(
  join: () => Promise<Result<RoomSession>>,
  clock: Pick<Clock, 'now' | 'after'>,
  asked: Promise<unknown>,
): Promise<Result<RoomSession>> {
  const until = clock.now() + MAX_WAIT_MS;
  for (;;) {
    const joined = await join();
    if (joined.ok || !passing.has(joined.code)) return joined;
    const wait = joined.retryMs ?? RETRY_MS;
    if (clock.now() + wait > until || !(await passed(wait, clock, asked))) return joined;
  }
}

async function passed(ms: number, clock: Pick<Clock, 'after'>, asked: Promise<unknown>): Promise<boolean> {
  let cancel = (): void => undefined;
  const over = new Promise<true>((resolve) => (cancel = clock.after(ms, () => resolve(true))));
  const inTime = await Promise.race([over, asked.then(() => false)]);
  cancel();
  return inTime;
}
