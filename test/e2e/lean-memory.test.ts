import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** What V8 says while a function becomes hot in a process of its own. */
function compiled(before: string): string {
  const code = `
    import { setFlagsFromString } from 'node:v8';
    import { leanMemory } from ${JSON.stringify(new URL('../../src/cli/lean-memory.ts', import.meta.url).href)};
    ${before}
    setFlagsFromString('--trace-opt');
    const add = (a, b) => a + b;
    let sum = 0;
    for (let i = 0; i < 3e6; i++) sum = add(sum, i) | 0;
  `;
  const args = ['--no-concurrent-recompilation', '--input-type=module', '--eval', code];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
}

it.runIf(Number.parseInt(process.versions.node, 10) >= 24)(
  'a screen is compiled by the compiler that leaves no memory behind',
  () => {
    expect(compiled('')).toContain('TURBOFAN');
    const lean = compiled('leanMemory(process.versions.node);');
    expect(lean).toContain('MAGLEV');
    expect(lean).not.toContain('TURBOFAN');
  },
);
