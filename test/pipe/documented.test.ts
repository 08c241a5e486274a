import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the events of a pipe', () => {
  it('are those of the table for programs, all of them', () => {
    const [, table = ''] =
      /<!-- table: events -->([^]*)<!-- end of table -->/.exec(read('docs/programs.md')) ?? [];
    const documented = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name = '']) => name);
    const printed = [
      'src/pipe/json-events.ts',
      'src/pipe/json-printer.ts',
      'src/client/saving/line-fields.ts',
    ]
      .flatMap((path) => [...read(path).matchAll(/event: ['`]([a-z-]+)/g)])
      .flatMap(([, name = '']) => (name === 'whisper-' ? ['whisper-stored', 'whisper-delivered'] : [name]));
    expect(documented.toSorted()).toEqual([...new Set(printed)].toSorted());
  });
});
