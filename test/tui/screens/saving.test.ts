import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig } from '../rig.tsx';

const LINES = 6_000;

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('saving a large room', () => {
  it('shows how far it is, takes keys meanwhile, and says where the file is', async () => {
    folder = mkdtempSync(join(tmpdir(), 'chat-tui-saving-'));
    const world = new MemoryWorld();
    const bob = new MemoryClient(world, 'bob');
    const tea = world.addRoom({ title: 'tea', owner: bob.self, backlog: LINES });
    for (let line = 1; line <= LINES; line++) tea.speak(bob.self, `line ${line}`);
    const rig = await screenRig({ world, cwd: folder });
    await rig.press(keys.enter);
    const bars = new Set<string>();
    const statuses = new Set<string>();
    rig.store.subscribe(() => {
      for (const { text } of rig.store.get().working) if (/[█░]/.test(text)) bars.add(text);
      statuses.add(rig.lines().at(-2) ?? '');
    });
    await rig.press('/save tea.txt', keys.enter, 'still here');
    await rig.until(() => rig.frame().includes('Saved to'));
    rig.close();
    expect([...bars].slice(0, 2)).toEqual(['saving tea ░░░░░░░░░░░░', 'saving tea █░░░░░░░░░░░']);
    expect([...bars].at(-1)).toBe('saving tea ███████████░');
    expect([...statuses].some((status) => status.includes('saving tea ██'))).toBe(true);
    expect(rig.lines().at(-1)).toBe('› still here');
    expect(rig.lines().at(-2)).not.toContain('saving');
    expect(readdirSync(folder)).toEqual(['tea.txt']);
    expect(readFileSync(join(folder, 'tea.txt'), 'utf8')).toContain(`<bob> line ${LINES}\n`);
  });
});
