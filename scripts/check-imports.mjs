// Holds what docs/architecture.md says about who may import whom, and that the relay cannot read a room:
// nothing it imports, and nothing in the bundle's chunks that it loads, knows room messages or sealing.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, chunkClosure, chunkModules, chunksReachedFrom, nodeEntries, packageOf } from './bundle.mjs';
import { closure } from './closure.mjs';
import { sourceGraph } from './source-graph.mjs';

const anyShared = /^src\/shared\//;
const sharedFiles = /^src\/shared\/(?!public\.ts$)[^/]+$/;
const wire = /^src\/shared\/wire\//;
const room = /^src\/shared\/room\//;
const crypto = /^src\/shared\/crypto\//;
const files = /^src\/files\//;
const sign = /^src\/shared\/crypto\/sign\.ts$/;
const primitives = /^src\/shared\/crypto\/primitives[^/]*\.ts$/;
const link = /^src\/link\//;
const client = /^src\/client\//;
const host = /^src\/host\//;
const commands = /^src\/commands\//;
const main = /(^|\/)([\w-]+-)?main\.tsx?$/;

// The first rule whose `from` matches a file is its rule; a file may always import its own folder.
const rules = [
  { from: /^src\/(cli\.ts|index\.ts|host-room\.ts|cli\/)/, may: [/^src\//] },
  { from: /^src\/shared\/public\.ts$/, may: [anyShared] },
  { from: sharedFiles, may: [sharedFiles] },
  { from: wire, may: [wire, sharedFiles] },
  { from: room, may: [room, sharedFiles] },
  { from: crypto, may: [crypto, sharedFiles] },
  { from: files, may: [files, sharedFiles] },
  { from: link, may: [link, sharedFiles, wire, sign] },
  { from: /^src\/relay\//, may: [/^src\/relay\//, files, sharedFiles, wire, sign] },
  // The rules of a room know neither sockets nor disks.
  { from: /^src\/host\/room\//, may: [/^src\/host\/room\//, anyShared], mayType: [host, link] },
  { from: host, may: [host, files, anyShared, link] },
  {
    from: /^src\/client\/archive\//,
    may: [/^src\/client\/(archive\/|fold\.ts)/, files, anyShared],
    mayType: [client],
  },
  { from: /^src\/client\/words\//, may: [/^src\/client\/(words\/|fold\.ts)/, anyShared], mayType: [client] },
  { from: client, may: [client, files, anyShared, link] },
  { from: commands, may: [commands, client, sharedFiles], mayType: [room] },
  { from: /^src\/pipe\//, may: [/^src\/pipe\//, commands, client, sharedFiles], mayType: [room] },
  { from: /^src\/tui\//, may: [/^src\/tui\//, commands, client, sharedFiles], mayType: [room] },
  { from: /^src\/lan\//, may: [/^src\/lan\//, /^src\/relay\/index\.ts$/, files, sharedFiles] },
];

const packageRules = [
  {
    name: /^node:/,
    notIn: /^src\/shared\/(?!crypto\/primitives-node\.ts$)/,
    why: 'src/shared runs in a browser',
  },
  { name: /^(ink|ink-text-input|react)(\/|$)/, notIn: /^src\/(?!tui\/)/, why: 'only src/tui draws' },
  {
    name: /^ws$/,
    notIn: /^src\/(?!relay\/|link\/ws-transport\.ts$)/,
    why: 'only src/link/ws-transport.ts and src/relay talk to ws',
  },
];

const screenPackages = ['ink', 'ink-text-input', 'react', 'react-reconciler', 'scheduler', 'yoga-layout'];

const blind = (file) =>
  [/^src\/relay\//, files, sharedFiles, wire, sign, primitives].some((allowed) => allowed.test(file));

const root = resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
const graph = sourceGraph(root);
const problems = [
  ...[...graph].flatMap(([file, imports]) => imports.flatMap((each) => folderProblems(file, each))),
  ...sourceBlindness(),
  ...(await bundleBlindness()),
];
for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0
    ? 'imports: as the architecture says; the relay is blind'
    : `imports: ${problems.length} problems`,
);
if (problems.length > 0) process.exitCode = 1;

function folderProblems(file, { name, to, typeOnly }) {
  if (to === null) {
    return packageRules
      .filter((rule) => rule.name.test(name) && rule.notIn.test(file))
      .map((rule) => `${file} imports ${name}: ${rule.why}`);
  }
  const rule = rules.find((each) => each.from.test(file));
  if (!rule) return [`${file} is in no folder that scripts/check-imports.mjs knows`];
  const allowed = [...rule.may, ...(typeOnly ? (rule.mayType ?? []) : [])];
  if (!allowed.some((each) => each.test(to))) return [`${file} may not import ${to}`];
  if (main.test(to) && file !== 'src/cli.ts')
    return [`${file} imports ${to}: only src/cli.ts imports a main`];
  return [];
}

function sourceBlindness() {
  const cameFrom = new Map();
  const start = [...graph.keys()].filter((file) => file.startsWith('src/relay/'));
  const reached = closure(start, (file) =>
    (graph.get(file) ?? []).flatMap(({ to }) => {
      if (to && !cameFrom.has(to)) cameFrom.set(to, file);
      return to ?? [];
    }),
  );
  return [...reached]
    .filter((file) => !blind(file))
    .map((file) => `the relay reaches ${path(file, cameFrom, start)}: a relay cannot read rooms`);
}

function path(file, cameFrom, start) {
  const steps = [file];
  while (!start.includes(steps[0])) steps.unshift(cameFrom.get(steps[0]));
  return steps.join(' → ');
}

async function bundleBlindness() {
  const start = ['src/relay/main.ts', 'src/relay/index.ts'];
  const missing = [...Object.values(nodeEntries), ...start].filter((file) => !graph.has(file));
  if (missing.length > 0) return [`no bundle of the relay to look into: ${missing.join(', ')} missing`];

  const bundled = await bundle(root, { platform: 'node', entries: nodeEntries }).catch((error) => error);
  if (bundled instanceof Error) return [`no bundle of the relay to look into: ${bundled.message}`];
  const cli = bundled.chunks.filter((chunk) => chunk.facadeModuleId?.endsWith(nodeEntries.cli));
  const found = chunkClosure(bundled.chunks, [...cli, ...chunksReachedFrom(root, bundled, start)]).flatMap(
    (chunk) =>
      chunkModules(root, chunk)
        .map((id) => packageOf(id) ?? id)
        .filter((id) =>
          id.startsWith('src/')
            ? !blind(id) && !/^src\/(cli\/|[^/]+$)/.test(id)
            : screenPackages.includes(id),
        )
        .map((id) => `the relay loads ${id} in the bundle's ${chunk.fileName}`),
  );
  return [...new Set(found)];
}
