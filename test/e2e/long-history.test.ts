import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Archive, SequencedLine } from '../../src/client/archive/archive.ts';
import { openArchive } from '../../src/client/archive/open-archive.ts';
import { logId, messageId, type RoomId } from '../../src/shared/ids.ts';
import { MAX_ENTRIES } from '../../src/tui/store/state.ts';
import { MAX_CACHED } from '../../src/tui/view/row-cache.ts';
import { cpuMs } from '../support/cpu-time.ts';
import { MemoryClient } from '../support/memory-client.ts';
import { MemoryWorld } from '../support/memory-world.ts';
import { keys, openScreenRig } from '../tui/rig.tsx';

const LINES = 100_000;
/** What a screen may hold more after it has shown a hundred thousand lines: less than a tenth of them would take. */
const MAX_GROWTH = 12 * 2 ** 20;

let folder: string;
let room: RoomId;
let archive: Archive;
let rig: Awaited<ReturnType<typeof openScreenRig>>;
let gc: () => void;

beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  gc = runInNewContext('gc') as () => void;
  folder = mkdtempSync(join(tmpdir(), 'chat-tui-history-'));
  archive = openArchive(join(folder, 'archive.db'));
  const world = new MemoryWorld();
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: bob.self });
  room = tea.info.id;
  fill(room, bob);
  const me = new MemoryClient(world, 'ada');
  await me.join('tea');
  const [session] = me.rooms();
  if (!session) throw new Error('not in');
  session.history = (limit, before) => archive.rooms.lines(tea.info.id, limit, before);
  session.search = (words, limit) => archive.rooms.search(words, limit, tea.info.id);
  session.fetchOlder = async () => 0;
  rig = await openScreenRig({ world, me });
  await rig.press(keys.alt('1'));
});

afterAll(() => {
  rig.close();
  archive.close();
  rmSync(folder, { recursive: true, force: true });
});

function fill(into: RoomId, bob: MemoryClient): void {
  archive.rooms.startLog(into, { log: logId(new Uint8Array(8)), seq: 0, hash: new Uint8Array(32) });
  for (let seq = 1; seq <= LINES; seq++) {
    const raw = new Uint8Array(16);
    new DataView(raw.buffer).setUint32(0, seq);
    const at = Date.UTC(2026, 0, 1) + seq * 60_000;
    const text = seq === 314 ? 'the needle in it' : `line ${seq} of the talk`;
    const line: SequencedLine = { seq, id: messageId(raw), at, sentAt: at, by: bob.self, kind: 'text', text };
    archive.rooms.addLine(into, line);
    archive.rooms.advance(into, { seq, hash: new Uint8Array(32) });
  }
  archive.flush();
}

const entries = () => rig.store.get().rooms[0]?.entries ?? [];
const topSeq = (): number => {
  const [first] = entries();
  return first?.type === 'line' ? (first.line.seq ?? 0) : 0;
};
const heap = (): number => {
  gc();
  return process.memoryUsage().heapUsed;
};

describe('an archive of 100 000 lines', () => {
  it('gives a page of 50 in a millisecond', () => {
    archive.rooms.lines(room, 50, LINES / 2);
    const took = Array.from({ length: 201 }, (_, i) => {
      const start = cpuMs();
      archive.rooms.lines(room, 50, LINES - i * 400);
      return cpuMs() - start;
    });
    expect(took.toSorted((a, b) => a - b)[100]).toBeLessThan(1);
  });

  it('is scrolled up, goes to its first line and comes back, with a bounded number of lines in memory', async () => {
    expect(rig.frame()).toContain(`line ${LINES} of`);
    let before = 0;
    let most = 0;
    for (let step = 0; step < 500; step++) {
      await rig.press(keys.pageUp);
      most = Math.max(most, entries().length);
      if (step === 200) before = heap();
    }
    expect(topSeq()).toBeLessThan(LINES - 5 * MAX_ENTRIES);
    expect(most).toBe(MAX_ENTRIES);
    expect(heap() - before).toBeLessThan(MAX_GROWTH);
    await rig.press(keys.home);
    expect(rig.frame()).toMatch(/line 1 of the talk[^]*line 2 of the talk/);
    for (let page = 0; page < 30; page++) await rig.press(keys.pageDown);
    const shown = Array.from(rig.frame().matchAll(/line (\d+) of/g), ([, number]) => Number(number));
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.every((number, at) => at === 0 || number === (shown[at - 1] ?? 0) + 1)).toBe(true);
    await rig.press(keys.end);
    expect(rig.frame()).toContain(`line ${LINES} of`);
    expect(entries().length).toBeLessThanOrEqual(MAX_ENTRIES);
    expect(MAX_CACHED).toBeLessThan(LINES / 10);
  });

  it('is searched as a whole, and a hit at its far end is gone to', async () => {
    await rig.press(keys.ctrl('f'), 'needle');
    expect(rig.frame()).toContain('1 of 1 found');
    await rig.press(keys.enter);
    expect(rig.frame()).toMatch(/line 313 of[^]*the needle in it[^]*line 315 of/);
    expect(rig.lines().at(-2)).toContain('↓');
    expect(entries().length).toBeLessThanOrEqual(MAX_ENTRIES);
    await rig.press(keys.pageDown, keys.end);
    expect(rig.frame()).toContain(`line ${LINES} of`);
  });
});
