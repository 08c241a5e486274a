import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
// Names of modules, with the strokes of a URL; as paths Windows takes them, too.
import { dirname, join, relative } from 'node:path/posix';
import { closure } from './closure.mjs';
import { plainSchemas } from './plain-schemas.mjs';
import { rollTypes } from './roll-types.mjs';

const specifier = /(?<=\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"]+)\1/g;

/**
 * Writes the declarations that `entries` reach into `out`, with all they need but Node's own.
 * @returns {Promise<string[]>} what a consumer could not resolve.
 */
export async function emitTypes(root, entries, out) {
  const temporary = mkdtempSync(join(root, 'build/.types-'));
  const emitted = join(temporary, 'emitted');
  const complete = join(temporary, 'complete');
  try {
    const problems = runTsc(root, emitted);
    const aliases = sourceAliases(root);
    const texts = new Map();

    const visit = (file) => {
      const path = join(emitted, file);
      if (!existsSync(path)) {
        problems.push(`${file} is imported but was not emitted`);
        return [];
      }
      const text = plainSchemas(readFileSync(path, 'utf8'));
      const targets = [];
      const rewritten = text.replace(specifier, (whole, quote, name) => {
        if (name.startsWith('node:')) return whole;
        const source = aliases[name] ?? (name.startsWith('.') ? join('src', dirname(file), name) : null);
        if (source !== null) {
          targets.push(declarationOf(source));
          return quote + specifierTo(file, declarationOf(source)) + quote;
        }
        problems.push(`${file} names the bundled package ${name}`);
        return whole;
      });
      texts.set(file, rewritten);
      return targets;
    };
    closure(entries.map(declarationOf), visit);

    for (const [file, text] of texts) {
      mkdirSync(dirname(join(complete, file)), { recursive: true });
      writeFileSync(join(complete, file), text);
    }
    if (problems.length === 0) await rollTypes(complete, entries.map(declarationOf), out);
    return problems;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function runTsc(root, outDir) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir], { cwd: root });
    return [];
  } catch (error) {
    return String(error.stdout || error)
      .trim()
      .split('\n');
  }
}

/** The `imports` of package.json, which a published declaration cannot use. */
function sourceAliases(root) {
  const { imports = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(Object.entries(imports).map(([name, by]) => [name, join(by.default)]));
}

function declarationOf(source) {
  return relative('src', source).replace(/\.(tsx?|js)$/, '.d.ts');
}

function specifierTo(file, declaration) {
  const path = relative(dirname(file), declaration.replace(/\.d\.ts$/, '.js'));
  return path.startsWith('.') ? path : `./${path}`;
}
