import { setFlagsFromString } from 'node:v8';

const MAGLEV_SINCE = 24;
/** After about as many full runs a function is compiled by the middle compiler; V8's own figure is 400. */
const HOT_CALLS = 100_000;

/** Has this process take as little memory as a screen that is kept open all day can do with; before anything else runs. */
export function leanMemory(nodeVersion: string): void {
  // A screen makes much short-lived garbage: a small young generation keeps a day-long chat at half the memory.
  setFlagsFromString('--max-semi-space-size=2');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
  // After a burst the heap shrinks again.
  setFlagsFromString('--optimize-for-size');
  // What V8's optimising compilers need stays with the threads they ran on: 1 to 4 MiB each, for as long as the process lives. Yoga's
  // WebAssembly is fast enough as it is compiled first; and where there is the middle compiler, a screen is no slower without the
  // largest one, nor when the middle one waits for what a history or a room of one's own makes hot.
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  if (Number.parseInt(nodeVersion, 10) >= MAGLEV_SINCE) {
    setFlagsFromString('--no-opt');
    setFlagsFromString(`--invocation-count-for-maglev=${HOT_CALLS}`);
  }
}
