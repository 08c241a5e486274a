import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { closure } from './closure.mjs';

/**
 * The part of a bundled package's declarations that `names` need, as one file without its comments: what we publish
 * has no dependencies, and our own declarations name a few types of valibot.
 * @returns {string | null} null where the package's types are not one self-contained file.
 */
export function vendoredTypes(root, packageName, names) {
  const folder = join(root, 'node_modules', packageName);
  const { exports, types } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entry = exports?.['.']?.import?.types ?? exports?.['.']?.types ?? types;
  if (typeof entry !== 'string') return null;
  const text = readFileSync(join(folder, entry), 'utf8');
  const { program, comments } = parseSync('types.d.ts', text);

  const declared = new Map();
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration' || statement.type === 'ExportAllDeclaration') return null;
    const declaration = statement.declaration ?? statement;
    const ids = declaration.declarations?.map((each) => each.id.name) ?? [declaration.id?.name];
    for (const id of ids.filter(Boolean)) declared.set(id, [...(declared.get(id) ?? []), declaration]);
  }
  const needed = closure(names, (name) => (declared.get(name) ?? []).flatMap((each) => identifiers(each)));
  const parts = [...needed].flatMap((name) => declared.get(name) ?? []);
  const code = [...new Set(parts)].map((node) => withoutComments(text, node, comments)).join('\n');
  return `${code}\nexport { ${names.filter((name) => declared.has(name)).join(', ')} };\n`;
}

function identifiers(node) {
  if (Array.isArray(node)) return node.flatMap(identifiers);
  if (typeof node !== 'object' || node === null) return [];
  if (node.type === 'Identifier') return [node.name, ...identifiers(node.typeAnnotation)];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'key' && !node.computed ? [] : identifiers(value),
  );
}

function withoutComments(text, { start, end }, comments) {
  let code = '';
  let from = start;
  for (const comment of comments.filter((each) => each.start >= start && each.end <= end)) {
    code += text.slice(from, comment.start);
    from = comment.end;
  }
  return (code + text.slice(from, end)).replace(/\n\s*(?=\n)/g, '');
}
