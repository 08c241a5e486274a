import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const leanModule = new URL('../../src/cli/lean-memory.ts', import.meta.url).href;

/** The compilers that a function of a process of its own was compiled by when it had been called so often. */
function compilersAfter(calls: number, { lean }: { readonly lean: boolean }): readonly string[] {
  const code = `
    import { setFlagsFromString } from 'node:v8';
    import { leanMemory } from ${JSON.stringify(leanModule)};
    if (${lean}) leanMemory(process.versions.node);
    setFlagsFromString('--trace-opt');
    function called(n) {
      let sum = n;
      for (let i = 0; i < 4; i++) sum = (sum * 31 + i) | 0;
      return sum;
    }
    // Callers that are new each time are never compiled, which would take the function in.
    for (let n = 0; n < ${calls}; n += 100)
      new Function('called', 'from', 'for (let n = from; n < from + 100; n++) called(n);')(called, n);
  `;
  const args = ['--no-concurrent-recompilation', '--input-type=module', '--eval', code];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const compiling = stdout.matchAll(/completed compiling [^\n]*<JSFunction called[^\n]*target (\w+)/g);
  return [...new Set([...compiling].map(([, compiler]) => compiler ?? ''))];
}

describe.runIf(Number.parseInt(process.versions.node, 10) >= 24)('a screen', () => {
  it('is not compiled by the compiler that needs most memory', () => {
    expect(compilersAfter(1_000_000, { lean: false })).toContain('TURBOFAN_JS');
    expect(compilersAfter(1_000_000, { lean: true })).toEqual(['MAGLEV']);
  });

  it('is compiled where it is hot for hours, not where it is for a minute', () => {
    expect(compilersAfter(10_000, { lean: false })).toContain('MAGLEV');
    expect(compilersAfter(10_000, { lean: true })).toEqual([]);
  });
});
