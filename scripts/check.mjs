// "npm run check": everything that has to hold, every step even after a failure, and the sum in the last line.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules/.bin');
const testReport = join(root, 'build/tests.json');

const steps = [
  ['format', [`${bin}/prettier`, '--check', '--log-level', 'warn', '.']],
  ['lint', [`${bin}/oxlint`, '--deny-warnings']],
  ['imports, blind relay', [process.execPath, 'scripts/check-imports.mjs']],
  ['types', [`${bin}/tsc`, '--noEmit']],
  ['unused code', [`${bin}/knip`, '--no-progress']],
  ['build', [process.execPath, 'scripts/build.mjs']],
  [
    'tests',
    [
      `${bin}/vitest`,
      'run',
      '--reporter=default',
      '--reporter=./scripts/second-tries.mjs',
      '--reporter=json',
      `--outputFile.json=${testReport}`,
    ],
    countTests,
  ],
  ['commands and links in the docs', [process.execPath, 'scripts/check-docs.mjs']],
  ['figures in the docs', [process.execPath, 'scripts/performance-tables.mjs', '--check']],
  ['package', [process.execPath, 'scripts/stage.mjs'], countOne, [`${bin}/publint`, 'build/pkg', '--strict']],
];

mkdirSync(join(root, 'build'), { recursive: true });
rmSync(testReport, { force: true });
const sum = { passed: 0, failed: 0 };
const failures = [];
for (const [name, command, count = countOne, ...more] of steps) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const ok = [command, ...more].every(run);
  const { passed, failed } = count(ok);
  sum.passed += passed;
  sum.failed += failed;
  if (failed > 0) failures.push(name);
  console.log(
    `== ${name}: ${failed > 0 ? 'FAILED' : 'ok'}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}

if (failures.length > 0) console.log(`\nfailed: ${failures.join(', ')}`);
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 ? 1 : 0;

function run([program, ...args]) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) console.log(error.message);
  return status === 0;
}

function countOne(ok) {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

/** Test cases, and one failure for each file that could not be run at all. */
function countTests(ok) {
  let report;
  try {
    report = JSON.parse(readFileSync(testReport, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  for (const file of broken) console.log(`could not run ${relative(root, file.name)}`);
  const failed = report.numFailedTests + broken.length;
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1) };
}
