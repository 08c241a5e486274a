import { describe, expect, it } from 'vitest';
import type { JsonLine } from '../program.ts';
import { findFaults, faultKinds, type Evidence, type Run, type Said } from './find-faults.ts';

const ready = (seq = 0, log = 'log'): JsonLine => ({ event: 'ready', seq, log });
const shown = (seq: number, text: string): JsonLine => ({ event: 'message', seq, text, id: `m${seq}` });
const sent = (id: string, seq: number): JsonLine => ({ event: 'sent', id, seq });
const failed = (id: string): JsonLine => ({ event: 'failed', id, code: 'left' });
const whisper = (text: string): JsonLine => ({ event: 'whisper', text, id: 'w' });
const state = (name: string, id: string): JsonLine => ({ event: `whisper-${name}`, id });

function run(party: string, lines: readonly JsonLine[], more: Partial<Run> = {}): Run {
  return { party, lines, alive: true, ...more };
}

/** Ada says a, b and c; both see them. */
const said: readonly Said[] = ['a', 'b', 'c'].map((token) => ({ by: 'ada', token }));
const three = [shown(1, 'a'), shown(2, 'b'), shown(3, 'c')];
const answers = [sent('a', 1), sent('b', 2), sent('c', 3)];
const ada = run('ada', [ready(), ...three, ...answers]);
const bob = run('bob', [ready(), ...three]);

function kinds(evidence: Partial<Evidence>): string[] {
  const found = findFaults({ said, runs: [ada, bob], ...evidence });
  return [...new Set(found.map(({ kind }) => kind))].sort();
}

describe('the search for faults', () => {
  it('finds none where everybody has everything, once and in one order', () => {
    expect(kinds({})).toEqual([]);
  });

  it('finds a line that was never answered', () => {
    expect(kinds({ said: [...said, { by: 'ada', token: 'd' }] })).toEqual(['lost']);
  });

  it('finds a ✓ whose line nobody shows, and one for another place', () => {
    const runs = [run('ada', [ready(), ...three, ...answers, sent('d', 4)]), bob];
    expect(kinds({ said: [...said, { by: 'ada', token: 'd' }], runs })).toEqual(['sent-without-line']);
    const moved = [run('ada', [ready(), ...three, sent('a', 1), sent('b', 2), sent('c', 4)]), bob];
    expect(kinds({ runs: moved })).toEqual(['order']);
  });

  it('finds a line shown twice, one in two places, and a ✓ given twice', () => {
    const twice = run('bob', [ready(), ...three, shown(4, 'b')]);
    expect(kinds({ runs: [ada, twice] })).toContain('duplicate');
    const elsewhere = run('bob', [ready(2), shown(3, 'c'), shown(4, 'a')]);
    expect(kinds({ runs: [ada, elsewhere] })).toContain('duplicate');
    expect(kinds({ runs: [run('ada', [...ada.lines, sent('c', 3)]), bob] })).toEqual(['duplicate']);
  });

  it('finds two orders, and an author’s lines out of turn', () => {
    const swapped = run('bob', [ready(), shown(1, 'b'), shown(2, 'a'), shown(3, 'c')]);
    expect(kinds({ runs: [ada, swapped] })).toContain('order');
    const backwards = run('bob', [ready(), shown(2, 'b'), shown(1, 'a'), shown(3, 'c')]);
    expect(kinds({ runs: [ada, backwards] })).toEqual(['order']);
    expect(kinds({ said: said.toReversed() })).toEqual(['order']);
  });

  it('finds a line that is not shown and not said to be missing', () => {
    const holed = [ready(), shown(1, 'a'), shown(3, 'c')];
    expect(kinds({ runs: [ada, run('bob', holed)] })).toEqual(['absence']);
    expect(kinds({ runs: [ada, run('bob', holed, { alive: false })] })).toEqual(['absence']);
    const gap: JsonLine = { event: 'gap', from: 2, to: 2 };
    expect(kinds({ runs: [ada, run('bob', [...holed, gap])] })).toEqual([]);
    const resumed: JsonLine = { event: 'resumed', from: 2, to: 2, complete: false, reason: 'trimmed' };
    expect(kinds({ runs: [ada, run('bob', [...holed, resumed])] })).toEqual([]);
    expect(kinds({ runs: [ada, run('bob', [...holed, { ...resumed, complete: true }])] })).toEqual([
      'absence',
    ]);
  });

  it('wants of a process what came while it was there, and earlier lines only where it asked for them', () => {
    const late = [ready(2), shown(3, 'c')];
    expect(kinds({ runs: [ada, run('bob', late)] })).toEqual([]);
    expect(kinds({ runs: [ada, run('bob', late, { history: true })] })).toEqual(['absence']);
    const killed = [ready(), shown(1, 'a'), shown(2, 'b')];
    expect(kinds({ runs: [ada, run('bob', killed, { alive: false })] })).toEqual([]);
    expect(kinds({ runs: [ada, run('bob', killed)] })).toEqual(['absence']);
  });

  it('counts each log on its own', () => {
    const other = [ready(0, 'other'), shown(1, 'd')];
    const runs = [run('ada', [...ada.lines, ...other, sent('d', 1)]), run('bob', [...bob.lines, ...other])];
    expect(kinds({ said: [...said, { by: 'ada', token: 'd' }], runs })).toEqual([]);
  });

  it('finds a line that failed and went out all the same', () => {
    expect(kinds({ runs: [run('ada', [...ada.lines, failed('b')]), bob] })).toEqual(['contradiction']);
    const silent = run('ada', [ready(), ...three, sent('a', 1), failed('b'), sent('c', 3)]);
    expect(kinds({ runs: [silent, bob] })).toEqual(['contradiction']);
  });

  it('wants of a restarted author no second ✓, and no first one that came before', () => {
    const before = run('ada', [ready(), shown(1, 'a'), sent('a', 1)], { alive: false });
    const after = run('ada', [ready(1), shown(2, 'b'), shown(3, 'c'), sent('b', 2), sent('c', 3)]);
    expect(kinds({ runs: [before, after, bob] })).toEqual([]);
  });

  it('follows a whisper to the one it was for', () => {
    const secret = [{ by: 'ada', token: 's', to: 'bob' }];
    const told = (...lines: JsonLine[]): Partial<Evidence> => ({
      said: secret,
      runs: [run('ada', [ready(), state('stored', 's'), state('delivered', 's')]), run('bob', lines)],
    });
    expect(kinds(told(ready(), whisper('s')))).toEqual([]);
    expect(kinds(told(ready()))).toEqual(['lost']);
    expect(kinds(told(ready(), whisper('s'), whisper('s')))).toEqual(['duplicate']);
    expect(kinds({ said: secret, runs: [run('ada', [ready()]), run('bob', [ready()])] })).toEqual(['lost']);
    const refused = run('ada', [ready(), state('failed', 's')]);
    expect(kinds({ said: secret, runs: [refused, run('bob', [ready()])] })).toEqual([]);
    expect(kinds({ said: secret, runs: [refused, run('bob', [ready(), whisper('s')])] })).toEqual([
      'contradiction',
    ]);
  });

  it('knows no other kinds', () => {
    expect([...faultKinds].sort()).toEqual([
      'absence',
      'contradiction',
      'duplicate',
      'lost',
      'order',
      'sent-without-line',
    ]);
  });
});
