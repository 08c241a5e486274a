import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../src/shared/text.ts';
import { contested } from '../../../src/tui/terminal/cells.ts';
import { FENCE, gapBeside, runsRightToLeft } from '../../../src/tui/view/direction.ts';
import { span } from '../../../src/tui/view/span.ts';
import { reordered } from '../../support/bidi.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig } from '../rig.tsx';

/** What a terminal shows of a row that it reorders. */
function shown(row: string, base: 'left-to-right' | 'auto' = 'left-to-right'): string {
  const cells = Array.from(row);
  return reordered(cells, base)
    .map((at) => cells[at])
    .join('');
}

async function screen(text: string, screenReader = false) {
  const world = new MemoryWorld();
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: bob.self, backlog: 10 });
  await bob.join('tea');
  tea.speak(bob.self, text);
  const rig = await screenRig({ world, columns: 120, rows: 12, screenReader });
  await rig.press(keys.enter);
  const { lines } = rig;
  rig.close();
  return lines().join('\n');
}

describe('a fence', () => {
  it('is one cell that every terminal agrees on', () => {
    expect(textWidth(FENCE)).toBe(1);
    expect(contested.test(FENCE)).toBe(false);
  });

  it('is where text runs from right to left, and a space elsewhere', () => {
    expect(gapBeside([span('ada')], [span('tea'), span('שלום')])).toBe(FENCE);
    expect(gapBeside([span('ада')], [span('茶 ⠿ → 👍')])).toBe(' ');
    expect(['ﷺ', 'ދިވެހި', '٣', '𞤀'].map(runsRightToLeft)).toEqual([true, true, true, true]);
  });

  it('is not crossed by what a terminal reorders', () => {
    expect(shown('אבג 12:30 דהו')).toBe('והד 12:30 גבא');
    expect(shown(`אבג${FENCE}12:30${FENCE}דהו`)).toBe(`גבא${FENCE}12:30${FENCE}והד`);
    expect(shown('אבג tea', 'auto')).toBe('tea גבא');
    expect(shown(`${FENCE}אבג tea`, 'auto')).toBe(`${FENCE}גבא tea`);
  });
});

describe('a screen', () => {
  it('has fences only while text on it runs from right to left', async () => {
    expect(await screen('no')).not.toContain(FENCE);
    expect(await screen('שלום')).toMatch(new RegExp(`│${FENCE}\\d\\d:\\d\\d${FENCE} +bob ${FENCE}שלום`));
  });

  it('that is read aloud has none', async () => {
    expect(await screen('שלום', true)).toMatch(/bob: שלום/);
    expect(await screen('שלום', true)).not.toContain(FENCE);
  });
});
