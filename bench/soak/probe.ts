/*
 * Loaded into each program of a soak (`--import`): SIGUSR2 writes a line of JSON to the file `SOAK_PROBE` names, with
 * the heap after a collection and what keeps the event loop busy.
 */
import { appendFileSync } from 'node:fs';

export interface ProbeLine {
  readonly heapUsed: number;
  readonly external: number;
  /** How many of each kind, as `process.getActiveResourcesInfo` calls them. */
  readonly resources: Readonly<Record<string, number>>;
}

const file = process.env['SOAK_PROBE'];

process.on('SIGUSR2', () => {
  if (file === undefined) return;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const line: ProbeLine = { heapUsed, external, resources };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
});
