import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, chunkModules, missingEntries, nodeEntries, shortId, webEntries } from './bundle.mjs';
import { closure } from './closure.mjs';
import { markerOf } from './freshness.mjs';
import { emitTypes } from './types.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = markerOf(root);
const started = performance.now();
const missing = missingEntries(root);
if (missing.length > 0) fail(`missing: ${missing.join(', ')}`);
const problems = [];

mkdirSync(join(root, 'build'), { recursive: true });
const temporary = mkdtempSync(join(root, 'build/.dist-'));
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
const staged = join(temporary, 'dist');
const report = {};
for (const [platform, folder, entries] of [
  ['node', 'node', nodeEntries],
  ['browser', 'web', webEntries],
]) {
  const { chunks, assets } = await bundle(root, { platform, entries }).catch((error) => fail(error.message));
  problems.push(...circles(chunks));
  mkdirSync(join(staged, folder), { recursive: true });
  for (const { fileName, source } of assets) writeFileSync(join(staged, folder, fileName), source);
  for (const chunk of chunks) {
    writeFileSync(join(staged, folder, chunk.fileName), chunk.code);
    report[`${folder}/${chunk.fileName}`] = {
      entry: chunk.facadeModuleId ? shortId(root, chunk.facadeModuleId) : null,
      imports: chunk.imports,
      lazy: chunk.dynamicImports,
      modules: chunkModules(root, chunk),
    };
    const builtins = [...chunk.imports, ...chunk.dynamicImports].filter((name) => name.startsWith('node:'));
    if (folder === 'web' && builtins.length > 0)
      problems.push(`dist/web must run in a browser and imports ${builtins}`);
  }
}
problems.push(
  ...(await emitTypes(
    root,
    [nodeEntries.index, nodeEntries.client, nodeEntries.protocol],
    join(staged, 'types'),
  )),
);

putInPlace();
if (problems.length === 0) writeFileSync(marker, JSON.stringify(report, null, 2));
else rmSync(marker, { force: true });

for (const problem of problems) console.error(`build: ${problem}`);
console.log(`build: dist in ${Math.round(performance.now() - started)} ms`);
if (problems.length > 0) process.exitCode = 1;

/** Chunks that import each other would find each other unfinished. */
function circles(chunks) {
  const importsOf = (name) => chunks.find((chunk) => chunk.fileName === name)?.imports ?? [];
  return chunks
    .filter((chunk) => closure(chunk.imports, importsOf).has(chunk.fileName))
    .map((chunk) => `${chunk.fileName} imports itself by way of others: look at scripts/chunks.mjs`);
}

// By renames, so that a program that starts meanwhile finds a whole build; another build may do the same.
function putInPlace(attempts = 5) {
  const dist = join(root, 'dist');
  try {
    if (existsSync(dist)) renameSync(dist, join(temporary, `old-${attempts}`));
    renameSync(staged, dist);
  } catch (error) {
    if (attempts === 1) throw error;
    putInPlace(attempts - 1);
  }
}

function fail(message) {
  console.error(`build: ${message}`);
  rmSync(marker, { force: true });
  process.exit(1);
}
