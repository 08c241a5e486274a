import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const node = { environment: 'node', pool: 'forks' } as const;
const tests = '**/*.test.{ts,tsx}';
/** A test that is let run too little is not one that hangs; the polls of one may take as long as its events. */
const patient = { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 30_000 } } };

// Programs, sockets and terminals under load: CI tries again once and names whatever needed it; by hand a race fails.
const withPrograms = {
  ...patient,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  retry: process.env['CI'] === undefined ? 0 : 1,
};

const processors = availableParallelism();
/** Much of a unit is waiting for a disk or a socket. */
const units = {
  maxWorkers: Math.max(3, processors),
  sequence: { groupOrder: 0 },
  setupFiles: 'test/support/same-chance.ts',
};

// In turn: what waits for programs and terminals is not to share the processor with the rest.
export default defineConfig({
  test: {
    // One more than a small machine gets by itself: most of the time is spent waiting.
    maxWorkers: Math.max(2, processors - 1),
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          ...units,
          isolate: false,
          include: [`test/${tests}`],
          exclude: ['test/e2e/**', 'test/fuzz/**', 'test/pty/**'],
          ...patient,
        },
      },
      {
        test: {
          ...node,
          ...units,
          name: 'fuzz',
          include: [`test/fuzz/${tests}`],
          // So that a heap can be measured without what nobody holds.
          execArgv: ['--expose-gc'],
          ...patient,
        },
      },
      {
        test: {
          ...node,
          name: 'e2e',
          sequence: { groupOrder: 1 },
          include: [`test/e2e/${tests}`],
          globalSetup: 'scripts/vitest-build.mjs',
          setupFiles: 'test/support/end-with-runner.ts',
          ...withPrograms,
        },
      },
      {
        test: {
          ...node,
          name: 'pty',
          sequence: { groupOrder: 2 },
          include: [`test/pty/${tests}`],
          globalSetup: 'scripts/vitest-build.mjs',
          // Ink draws nothing where CI is set; the programs under test inherit this environment.
          setupFiles: ['test/support/end-with-runner.ts', 'test/support/unset-ci.ts'],
          ...withPrograms,
        },
      },
    ],
  },
});
