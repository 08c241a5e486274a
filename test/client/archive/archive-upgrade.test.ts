import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { personNamed } from '../../support/memory-room.ts';

/** The tables that later formats change, as the first one had them. */
const first = `
CREATE TABLE person (
  key TEXT PRIMARY KEY, nick TEXT NOT NULL, folded TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  relay TEXT, whispered INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE whisper (
  no INTEGER PRIMARY KEY, person TEXT NOT NULL, id TEXT NOT NULL, mine INTEGER NOT NULL, at INTEGER NOT NULL,
  sent_at INTEGER NOT NULL, nick TEXT NOT NULL, tag TEXT NOT NULL, text TEXT NOT NULL, state TEXT,
  prev TEXT, mail BLOB, ref TEXT
) STRICT;
CREATE TABLE line (no INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE outbox (no INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
PRAGMA user_version = 1;
`;

it('an archive of the first format keeps its whispers, and those written to are known by name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-archive-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'archive.db');
  const [bob, cleo] = [personNamed('bob'), personNamed('cleo')];
  const old = new DatabaseSync(file);
  old.exec(first);
  const person = old.prepare('INSERT INTO person VALUES (?, ?, ?, 1, 2, NULL, 1)');
  for (const { key, nick } of [bob, cleo]) person.run(key, nick, nick);
  const whisper = old.prepare(
    "INSERT INTO whisper (person, id, mine, at, sent_at, nick, tag, text, state) VALUES (?, ?, ?, 1, 1, 'x', 'y', 'psst', ?)",
  );
  whisper.run(bob.key, 'a'.repeat(26), 1, 'failed');
  whisper.run(cleo.key, 'b'.repeat(26), 0, null);
  old.close();
  for (const time of ['upgraded', 'opened again']) {
    const archive = openArchive(file);
    expect(
      archive.whispers.newest(5).map(({ state }) => state),
      time,
    ).toEqual(['refused', undefined]);
    expect(archive.whispers.unread(5), time).toEqual([]);
    expect(archive.people.pinned(), time).toMatchObject([{ key: bob.key, nick: 'bob' }]);
    expect(archive.people.isStranger(cleo.key), time).toBe(false);
    archive.close();
  }
});
