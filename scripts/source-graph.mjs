import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'rolldown/utils';

/**
 * Every import in the tree's `src`, lazy and type-only ones included.
 * @returns {Map<string, {name: string, to: string | null, typeOnly: boolean}[]>} by file, paths relative to `root`;
 *   `to` is null for what is not in the tree,
 *   and the expression itself where an import is computed, so that no rule allows it. An alias of package.json stands once for each of its files.
 */
export function sourceGraph(root) {
  const { imports = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const graph = new Map();
  if (!existsSync(join(root, 'src'))) return graph;
  for (const name of readdirSync(join(root, 'src'), { recursive: true }).sort()) {
    if (!/\.tsx?$/.test(name)) continue;
    const file = join('src', name);
    const text = readFileSync(join(root, file), 'utf8');
    graph.set(
      file,
      importsOf(file, text).flatMap((each) => {
        if (each.computed) return { ...each, to: each.name };
        if (each.name.startsWith('.')) return { ...each, to: join(file, '..', each.name) };
        if (imports[each.name])
          return Object.values(imports[each.name]).map((to) => ({ ...each, to: join(to) }));
        return { ...each, to: null };
      }),
    );
  }
  return graph;
}

function importsOf(file, text) {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const allTypes = (entries) => entries.length > 0 && entries.every((entry) => entry.isType);
  return [
    ...module.staticImports.map((each) => ({
      name: each.moduleRequest.value,
      typeOnly: allTypes(each.entries),
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries
        .filter((entry) => entry.moduleRequest)
        .map((entry) => ({ name: entry.moduleRequest.value, typeOnly: entry.isType })),
    ),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
      const literal = /^(['"])(.*)\1$/.exec(text.slice(start, end));
      return { name: literal?.[2] ?? text.slice(start, end), typeOnly: false, computed: !literal };
    }),
  ];
}
