/** A stop comes at once, if it comes. */
const STOP_MS = 200;
/** A timer that fires so late was held up by one. */
const LATE_MS = 1_000;

/** Resolves when somebody has this process go on; with false where nobody could, and it was not stopped. */
export async function stop(
  kill: typeof process.kill = (pid, signal) => process.kill(pid, signal),
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const goOn = (): void => resolve(true);
  process.once('SIGCONT', goOn);
  const asked = performance.now();
  // A job that no shell watches over is not stopped: the system drops the signal, and nobody would send the other one.
  const timer = setTimeout(() => resolve(performance.now() - asked > LATE_MS), STOP_MS);
  try {
    // The whole job, so that a wrapper such as npx stops with us.
    kill(0, 'SIGTSTP');
  } catch {
    // Windows has no such signal.
    resolve(false);
  }
  const stopped = await promise;
  process.off('SIGCONT', goOn);
  clearTimeout(timer);
  return stopped;
}
