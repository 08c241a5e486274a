import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of one of the C programs beside this file, compiled if it is new. Throws without a C compiler. */
export function compiled(name: 'load' | 'floor'): string {
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), 'chat-tui-bench');
  const program = join(folder, `${name}-${digest}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  execFileSync('cc', ['-O2', '-o', program, source], { stdio: ['ignore', 'inherit', 'inherit'] });
  return program;
}

export function hasCompiler(): boolean {
  return spawnSync('cc', ['--version']).status === 0;
}
