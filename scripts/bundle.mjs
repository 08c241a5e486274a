import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { quickBuiltins } from './builtins.mjs';
import { chunkNames, withoutFacades } from './chunks.mjs';
import { closure } from './closure.mjs';
import { packagePatches } from './package-patches.mjs';

export const nodeEntries = {
  cli: 'src/cli.ts',
  index: 'src/index.ts',
  client: 'src/client/public.ts',
  protocol: 'src/shared/public.ts',
};
export const webEntries = { protocol: 'src/shared/public.ts' };

/** Entry sources that are not there yet. */
export function missingEntries(root) {
  return Object.values(nodeEntries).filter((file) => !existsSync(join(root, file)));
}

/**
 * Bundles `entries` of the tree at `root` in memory.
 * @returns {Promise<{chunks: import('rolldown').OutputChunk[], assets: import('rolldown').OutputAsset[], modules: Map<string, {imports: string[], lazy: string[]}>}>}
 *   Chunks have a `map` with `sourcemap`, of their code as it is before `edits`. `modules` is the whole module graph, before tree shaking; ids are relative to `root`.
 */
export async function bundle(root, { platform, entries, sourcemap = false }) {
  const modules = new Map();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const bundled = await rolldown({
    cwd: root,
    platform,
    preserveEntrySignatures: 'allow-extension',
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
    checks: { bundlerTimings: false },
    external: ['bufferutil', 'utf-8-validate'],
    tsconfig: join(root, 'tsconfig.json'),
    // A builtin that only code which is not ours to run asks for costs up to 10 ms of a start.
    treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
    transform: {
      define: {
        'process.env.NODE_ENV': '"production"',
        'process.env.DEV': '"false"',
        CHAT_TUI_VERSION: JSON.stringify(version),
      },
    },
    onLog(level, log, handle) {
      // What is loaded later is often needed by something else earlier: see chunks.mjs.
      if (log.code === 'EVAL' || log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' || log.code === 'SOURCEMAP_BROKEN')
        return;
      handle(level, log);
    },
    plugins: [
      packagePatches,
      ...(platform === 'node' ? [quickBuiltins] : []),
      {
        name: 'module-graph',
        buildEnd() {
          for (const id of this.getModuleIds()) {
            const info = this.getModuleInfo(id);
            modules.set(shortId(root, id), {
              imports: info.importedIds.map((each) => shortId(root, each)),
              lazy: info.dynamicallyImportedIds.map((each) => shortId(root, each)),
            });
          }
        },
      },
    ],
  });
  const { output } = await bundled.generate({
    format: 'esm',
    ...(entries === nodeEntries && splitting(root, modules)),
    minify: true,
    sourcemap: sourcemap && 'hidden',
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    assetFileNames: '[name]-[hash][extname]',
  });
  await bundled.close();
  return {
    chunks: withoutFacades(output.filter((each) => each.type === 'chunk')),
    assets: output.filter((each) => each.type === 'asset'),
    modules,
  };
}

function splitting(root, modules) {
  let nameOf;
  const name = (id) => (nameOf ??= chunkNames(modules))(shortId(root, id));
  return { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name, debugName: 'mains' }] } };
}

/** Source paths of the modules that really contribute code to a chunk. */
export function chunkModules(root, chunk) {
  return Object.entries(chunk.modules)
    .filter(([, module]) => module.renderedLength > 0)
    .map(([id]) => shortId(root, id))
    .sort();
}

/** The chunks that run once `start` modules have been imported, `lazy` imports of these modules included. */
export function chunksReachedFrom(root, { chunks, modules }, start) {
  const reachedModules = closure(start, (id) => {
    const module = modules.get(id);
    return module ? [...module.imports, ...module.lazy] : [];
  });
  return chunkClosure(
    chunks,
    chunks.filter((chunk) => chunkModules(root, chunk).some((id) => reachedModules.has(id))),
  );
}

/** `start` and every chunk that is loaded with it. */
export function chunkClosure(chunks, start) {
  return [...closure(start, (chunk) => chunks.filter((each) => chunk.imports.includes(each.fileName)))];
}

/** The package that a module of the bundle comes from, or null for our own. */
export function packageOf(id) {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//s.exec(id)?.[1] ?? null;
}

/** With the strokes of a URL, on Windows too. */
export function shortId(root, id) {
  return id.startsWith(root) ? relative(root, id).replaceAll(sep, '/') : id;
}
