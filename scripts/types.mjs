import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { closure } from './bundle.mjs';

const specifier = /(?<=\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"]+)\1/g;

/**
 * Writes the declarations that `entries` reach into `out`.
 * @returns {{problems: string[]}} what a consumer could not resolve: packages are bundled, so no declaration may name one.
 */
export function emitTypes(root, entries, out) {
  const emitted = mkdtempSync(join(root, 'build/.types-'));
  try {
    const problems = runTsc(root, emitted);
    const aliases = sourceAliases(root);
    const texts = new Map();
    const read = (file) => {
      const path = join(emitted, file);
      if (!existsSync(path)) {
        problems.push(`dist/types/${file} is imported but was not emitted`);
        return [];
      }
      const text = readFileSync(path, 'utf8');
      const targets = [];
      const resolved = text.replace(specifier, (whole, quote, name) => {
        const source = aliases[name] ?? (name.startsWith('.') ? join('src', dirname(file), name) : null);
        if (source === null) {
          if (!name.startsWith('node:'))
            problems.push(`dist/types/${file} names the bundled package ${name}`);
          return whole;
        }
        const target = relative('src', source).replace(/\.tsx?$/, '.d.ts');
        targets.push(target);
        const path = relative(dirname(file), target.replace(/\.d\.ts$/, '.js'));
        return `${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
      });
      texts.set(file, resolved);
      return targets;
    };
    closure(
      entries.map((entry) => relative('src', entry).replace(/\.tsx?$/, '.d.ts')),
      read,
    );
    for (const [file, text] of texts) {
      mkdirSync(dirname(join(out, file)), { recursive: true });
      writeFileSync(join(out, file), text);
    }
    return { problems };
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
}

function runTsc(root, outDir) {
  try {
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', outDir],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    return [];
  } catch (error) {
    return [String(error.stdout ?? error).trim()];
  }
}

/** The `imports` of package.json, which a published declaration cannot use. */
function sourceAliases(root) {
  const { imports = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(Object.entries(imports).map(([name, by]) => [name, join(by.default)]));
}
