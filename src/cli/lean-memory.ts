import { setFlagsFromString } from 'node:v8';

const MAGLEV_SINCE = 24;

/** Has this process take as little memory as a screen that is kept open all day can do with; before anything else runs. */
export function leanMemory(nodeVersion: string): void {
  // A screen makes much short-lived garbage: a small young generation keeps a day-long chat at half the memory.
  setFlagsFromString('--max-semi-space-size=2');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
  // After a burst the heap shrinks again.
  setFlagsFromString('--optimize-for-size');
  // What V8's largest compiler needs stays with the threads it ran on: 1 to 2 MiB each, for as long as the process lives. Where there
  // is the middle one, a screen is no slower without it.
  if (Number.parseInt(nodeVersion, 10) >= MAGLEV_SINCE) setFlagsFromString('--no-opt');
}
