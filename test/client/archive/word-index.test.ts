import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { identityKey, logId, messageId, roomId } from '../../../src/shared/ids.ts';
import { withDamage } from '../../support/damaged-table.ts';

const room = roomId(new Uint8Array(16).fill(1));
const ada = { key: identityKey(new Uint8Array(32)), tag: 'aaaa', nick: 'ada' };
const LINES = 600;
const folder = mkdtempSync(join(tmpdir(), 'chat-tui-words-'));
let files = 0;
let archive: Archive | undefined;
afterEach(() => {
  archive?.close();
  if (files > 0) rmSync(join(folder, `${files}.db`), { force: true });
});

function id(seq: number) {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, seq);
  return messageId(bytes);
}

function say(rooms: Archive['rooms'], from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) {
    const said = { id: id(seq), seq, at: seq, sentAt: seq, by: ada };
    rooms.addLine(room, { ...said, kind: 'text', text: `line w${seq}` });
    rooms.advance(room, { seq, hash: new Uint8Array(32) });
  }
}

function edit(rooms: Archive['rooms'], seq: number): void {
  const about = { by: ada, of: { author: ada.key, id: id(seq) }, seq: 2 * LINES };
  rooms.change(room, { ...about, kind: 'edit', text: `line better${seq}` });
}

/** An archive with damage in these of its tables, and what is told of it. */
function damagedIn(...names: readonly string[]) {
  const path = join(folder, `${++files}.db`);
  const before = openArchive(path);
  before.rooms.startLog(room, { log: logId(new Uint8Array(8)), seq: 0, hash: new Uint8Array(32) });
  say(before.rooms, 1, LINES);
  before.close();
  writeFileSync(path, withDamage(path, ...names));
  return { path, told: [] as string[] };
}

function open({ path, told }: ReturnType<typeof damagedIn>): Archive {
  return (archive = openArchive(path, (_, text) => text !== undefined && told.push(text)));
}

function found({ rooms }: Archive, words: string): readonly number[] {
  return rooms.search(words, 2 * LINES).map(({ seq }) => seq);
}

const mending = [expect.stringMatching(/^The index of words in .*\.db is damaged\. It is made anew/)];

describe('an index of words with damage', () => {
  it.each(['words_data', 'words_idx', 'words_config'])(
    'in %s that a search meets is made anew, and is whole at the next start',
    async (table) => {
      const damaged = damagedIn(table);
      const first = open(damaged);
      expect(found(first, 'line').length).toBeLessThan(LINES);
      expect(damaged.told).toEqual(mending);
      // What comes meanwhile is found, and an old line that changes, before its turn or after, only by what it says now.
      say(first.rooms, LINES + 1, LINES + 1);
      edit(first.rooms, 1);
      edit(first.rooms, LINES);
      await vi.waitFor(() => expect(found(first, 'line')).toHaveLength(LINES + 1), { timeout: 10_000 });
      edit(first.rooms, 2);
      for (const archive of [first, undefined]) {
        if (!archive) first.close();
        const now = archive ?? open(damaged);
        expect(found(now, 'line')).toEqual(Array.from({ length: LINES + 1 }, (_, at) => LINES + 1 - at));
        for (const seq of [1, 2, LINES]) expect(found(now, `better${seq}`)).toContain(seq);
        for (const seq of [1, 2, LINES]) expect(found(now, `w${seq}`)).not.toContain(seq);
      }
      expect(damaged.told).toEqual(mending);
    },
  );

  it.each(['words_data', 'words_idx', 'words_docsize', 'words_config'])(
    'in %s that a new line meets is made anew, and lines are kept',
    async (table) => {
      const damaged = damagedIn(table);
      const opened = open(damaged);
      const { rooms } = opened;
      say(rooms, LINES + 1, LINES + 1);
      opened.flush();
      expect(damaged.told).toEqual(mending);
      // What came with the first sight of the damage may not be here, so it is asked for again.
      say(rooms, (rooms.position(room)?.seq ?? 0) + 1, LINES + 2);
      opened.flush();
      expect(rooms.lines(room, 3).map(({ seq }) => seq)).toEqual([LINES, LINES + 1, LINES + 2]);
      await vi.waitFor(() => expect(rooms.search('line', 2 * LINES)).toHaveLength(LINES + 2), {
        timeout: 10_000,
      });
    },
  );

  it('that was not made anew to its end goes on at the next start', async () => {
    const damaged = damagedIn('words_data');
    found(open(damaged), 'line');
    archive?.close();
    const next = open(damaged);
    expect(found(next, 'line').length).toBeLessThan(LINES);
    await vi.waitFor(() => expect(found(next, 'line')).toHaveLength(LINES), { timeout: 10_000 });
    expect(damaged.told).toEqual(mending);
  });

  it('that was only begun knows what is said before it goes on by what it says at last', async () => {
    const damaged = damagedIn('words_data');
    const db = new DatabaseSync(damaged.path);
    db.exec("CREATE VIRTUAL TABLE words1 USING fts5 (body, content = '', tokenize = 'unicode61')");
    db.close();
    const opened = open(damaged);
    const { rooms } = opened;
    say(rooms, LINES + 1, LINES + 1);
    opened.flush();
    edit(rooms, LINES + 1);
    await vi.waitFor(() => expect(found(opened, 'line')).toHaveLength(LINES + 1), { timeout: 10_000 });
    expect(found(opened, `better${LINES + 1}`)).toEqual([LINES + 1]);
    expect(found(opened, `w${LINES + 1}`)).toEqual([]);
  });

  it('of which the lines are damaged too is left alone, and says what to do', async () => {
    const damaged = damagedIn('words_data', 'line');
    const { rooms } = open(damaged);
    expect(rooms.search('line', 5)).toEqual([]);
    expect(damaged.told).toContainEqual(
      expect.stringMatching(/is damaged\. End the program, then put back a copy/),
    );
    expect(rooms.search('line', 5)).toEqual([]);
  });
});
