import { setTimeout as passes } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';

const TURNS = 5;
const TURN_MS = 2;

/**
 * Ends this process, with everything that is still open. V8 compiles on threads of its own, and one that then wants memory waits for this
 * one, which `process.exit` has wait for it: for ever (nodejs/node#54918). So nothing more is compiled, and what is being compiled gets
 * its turns first.
 */
export async function endProcess(code: number): Promise<never> {
  setFlagsFromString('--no-maglev');
  setFlagsFromString('--no-opt');
  for (let turn = 0; turn < TURNS; turn++) await passes(TURN_MS);
  process.exit(code);
}
