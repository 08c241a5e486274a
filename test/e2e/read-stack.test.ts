import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const dist = join(project, 'dist/node');

/** A line of a stack trace for the place in the published program where `words` stand. */
function frame(words: string): string {
  for (const name of readdirSync(dist).filter((each) => each.endsWith('.js'))) {
    const code = readFileSync(join(dist, name), 'utf8');
    const at = code.indexOf(words);
    if (at < 0) continue;
    const lines = code.slice(0, at).split('\n');
    const place = `${name}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
    return `    at x (file:///home/ada/node_modules/chat-tui/dist/node/${place})\n`;
  }
  throw new Error(`nothing says ${words}`);
}

function place(file: string, words: string): string {
  const lines = readFileSync(join(project, file), 'utf8').split('\n');
  return `${file}:${lines.findIndex((line) => line.includes(words)) + 1}:`;
}

function read(trace: string) {
  return spawnSync(process.execPath, [join(project, 'scripts/read-stack.mjs')], {
    input: trace,
    encoding: 'utf8',
  });
}

describe('a stack trace of the published program', () => {
  it('is read as places in the source', () => {
    const places = [
      ['src/cli.ts', 'run it with --verbose'],
      ['src/cli/chat-main.ts', 'the terminal UI needs a terminal'],
      ['src/relay/main.ts', 'the relay is just starting'],
      ['src/tui/main.tsx', 'stopped because of a fault of its own'],
    ] as const;
    const { status, stdout } = read(`Error: gone\n${places.map(([, words]) => frame(words)).join('')}`);
    expect(status).toBe(0);
    const lines = stdout.split('\n').slice(1);
    for (const [at, [file, words]] of places.entries()) expect(lines[at]).toContain(place(file, words));
  });

  it('of another version is not read as of this one', () => {
    const other = '    at x (file:///dist/node/screen-00000000.js:1:1)\n';
    const { status, stdout, stderr } = read(other);
    expect({ status, stdout }).toEqual({ status: 1, stdout: other });
    expect(stderr).toContain('screen-00000000.js is of another version');
  });
});
