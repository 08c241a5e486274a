import { randomInt } from 'node:crypto';

const seedText = process.env['FUZZ_SEED'];
const countText = process.env['FUZZ_COUNT'];

const long = process.env['npm_lifecycle_event'] === 'fuzz' ? 100_000 : undefined;
const asked = countText === undefined ? long : Number(countText);

/** Mutants for each decoder: FUZZ_COUNT, else many with `npm run fuzz` and few among all tests. */
export const count = asked ?? 100;
/** Mutants for each of relay, host and client, in all they listen to. */
export const frames = asked ?? 600;
const chance = asked === undefined && process.env['CI'] !== undefined ? 1 : randomInt(2 ** 31);
/** FUZZ_SEED repeats a round; it is printed by each. A short round in CI is always the same. */
export const seed = seedText === undefined ? chance : Number(seedText);
/** Ms that one test may take. */
export const timeout = 60_000 + frames * 12;

/** Runs `act` and gives what was thrown where nobody caught it meanwhile. */
export async function unhandled(act: () => Promise<void>): Promise<unknown[]> {
  const errors: unknown[] = [];
  const keep = (error: unknown): void => void errors.push(error);
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const others = events.map((event) => [event, process.listeners(event as 'uncaughtException')] as const);
  for (const [event] of others) process.removeAllListeners(event).on(event, keep);
  try {
    await act();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const [event, listeners] of others) {
      process.off(event, keep);
      for (const listener of listeners) process.on(event, listener);
    }
  }
  return errors;
}

/** Bytes in use, buffers included, after everything that can be collected was; node has to run with `--expose-gc`. */
export function used(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
