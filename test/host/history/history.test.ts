import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryHistory } from './memory-history.ts';
import { UnusableFileError } from '../../../src/files/unusable-file.ts';
import { SqliteHistory } from '../../../src/host/history/sqlite-history.ts';
import type { History, MemberRecord, RoomRecord, StoredEvent } from '../../../src/host/history/history.ts';
import { tempFile } from '../room-rig.ts';

const start = new Uint8Array(32).fill(255);
const record: RoomRecord = {
  room: new Uint8Array(16).fill(9),
  nonce: new Uint8Array(16).fill(1),
  log: new Uint8Array(8).fill(2),
  title: 'tea',
  topic: 'milk first',
  private: true,
  code: new Uint8Array(16).fill(3),
  kepoch: 4,
  rev: 5,
};

function stored(seq: number, author = 1): StoredEvent {
  return {
    seq,
    author: new Uint8Array(32).fill(author),
    id: new Uint8Array(16).fill(seq),
    hash: new Uint8Array(32).fill(seq),
    signed: new Uint8Array(50).fill(seq),
  };
}

function storedRange(from: number, to: number): StoredEvent[] {
  return Array.from({ length: to - from + 1 }, (_, i) => stored(from + i));
}

function member(n: number, change: Partial<MemberRecord> = {}): MemberRecord {
  const key = new Uint8Array(32).fill(n);
  return {
    key,
    nick: `m${n}`,
    role: 'member',
    floor: n,
    counter: 0,
    onRoster: true,
    kicked: false,
    ...change,
  };
}

function seqs(events: readonly StoredEvent[]): number[] {
  return events.map(({ seq }) => seq);
}

const makers: [string, () => History][] = [
  ['memory', () => new MemoryHistory()],
  ['sqlite in memory', () => new SqliteHistory(':memory:')],
  ['sqlite in a file', () => new SqliteHistory(tempFile())],
];

describe.each(makers)('history in %s', (_, make) => {
  function begun(): History {
    const history = make();
    onTestFinished(() => history.close());
    expect(history.record()).toBeUndefined();
    history.begin(record, start);
    return history;
  }

  it('keeps invites by their number until they are dropped', () => {
    const history = make();
    onTestFinished(() => history.close());
    history.begin(record, start);
    const invite = {
      n: 2,
      code: new Uint8Array(16).fill(2),
      words: undefined,
      once: true,
      expires: 5,
      by: new Uint8Array(32).fill(1),
      usedBy: undefined,
      revoked: false,
    };
    const spoken = { ...invite, n: 1, words: new Uint8Array(9), expires: undefined, once: false };
    history.keepInvite(invite);
    history.keepInvite(spoken);
    expect(history.invites()).toEqual([spoken, invite]);
    const used = { ...invite, usedBy: new Uint8Array(32).fill(3), revoked: true };
    history.keepInvite(used);
    expect(history.invites()).toEqual([spoken, used]);
    history.dropInvite(1);
    expect(history.invites()).toEqual([used]);
  });

  it('keeps what makes the room', () => {
    const history = begun();
    expect(history.record()).toEqual(record);
    expect(history.head()).toEqual({ seq: 0, hash: start });
    history.update({ code: undefined, private: false, kepoch: 9 });
    expect(history.record()).toEqual({ ...record, code: undefined, private: false, kepoch: 9 });
  });

  it('gives back what was appended, in order and within bounds', () => {
    const history = begun();
    history.append({ events: storedRange(1, 5), members: [] });
    history.append({ events: storedRange(6, 6), members: [] });
    expect(history.head()).toMatchObject({ seq: 6, hash: stored(6).hash });
    expect(seqs(history.read(1, 6, 100))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seqs(history.read(3, 5, 100))).toEqual([3, 4, 5]);
    expect(seqs(history.read(2, 6, 2))).toEqual([2, 3]);
    expect(history.read(5, 4, 10)).toEqual([]);
    expect(history.read(7, 9, 10)).toEqual([]);
    expect(history.read(4, 4, 10)).toEqual([stored(4)]);
  });

  it('knows the hash after each event and before the first', () => {
    const history = begun();
    history.append({ events: storedRange(1, 3), members: [] });
    expect([0, 1, 3].map((seq) => history.hashAt(seq))).toEqual([start, stored(1).hash, stored(3).hash]);
    expect(history.hashAt(4)).toBeUndefined();
  });

  it('finds an event by author and id', () => {
    const history = begun();
    history.append({ events: storedRange(1, 3), members: [] });
    expect(history.seqOf(stored(2).author, stored(2).id)).toBe(2);
    expect(history.seqOf(stored(2, 7).author, stored(2).id)).toBeUndefined();
  });

  it('appends all of a batch or nothing', () => {
    const history = begun();
    const bad = { events: [stored(1), stored(3)], members: [member(4)], topic: 'gone' };
    expect(() => history.append(bad)).toThrow(RangeError);
    expect(history.head().seq).toBe(0);
    expect(history.read(1, 9, 9)).toEqual([]);
    expect(history.roster()).toEqual([]);
    expect(history.record()?.topic).toBe('milk first');
  });

  it('stores the topic with the event that changed it', () => {
    const history = begun();
    history.append({ events: [stored(1)], members: [], topic: 'biscuits' });
    expect(history.record()?.topic).toBe('biscuits');
  });

  it('remembers members who left', () => {
    const history = begun();
    history.append({ events: [], members: [member(1), member(2)] });
    history.append({ events: [], members: [member(1, { onRoster: false, counter: 8, role: 'op' })] });
    expect(history.roster()).toEqual([member(2)]);
    expect(history.member(member(1).key)).toEqual(member(1, { onRoster: false, counter: 8, role: 'op' }));
    expect(history.member(member(3).key)).toBeUndefined();
  });

  it('knows operators who left, whose role was not taken', () => {
    const history = begun();
    const gone = { onRoster: false } as const;
    const members = [
      member(1, { role: 'op' }),
      member(2, { role: 'op', ...gone }),
      member(3, gone),
      member(4, { kicked: true, ...gone }),
    ];
    history.append({ events: [], members });
    expect(history.absentOps()).toEqual([member(2).key]);
    expect(history.member(member(4).key)?.kicked).toBe(true);
  });

  it('keeps rules and sanctions until they are lifted', () => {
    const history = begun();
    expect(history.rules()).toEqual({ slow: 0, filters: [], motd: '' });
    const rules = { slow: 30, filters: ['links', 'invites'], motd: 'mind\nthe cat' } as const;
    const ban = { key: member(1).key, nick: 'bob', by: member(2).key } as const;
    const banned = { type: 'ban', ...ban, until: 5_000, ms: 3_000, reason: 'spam' } as const;
    const muted = { type: 'mute', ...ban, until: undefined, ms: undefined, reason: undefined } as const;
    history.append({ events: [], members: [], rules, sanctions: [banned, muted] });
    expect(history.rules()).toEqual(rules);
    expect(history.sanctions()).toEqual([banned, muted]);
    history.append({ events: [], members: [], sanctions: [{ ...banned, until: undefined }] });
    history.append({ events: [], members: [], lifted: [{ type: 'mute', key: ban.key }] });
    expect(history.sanctions()).toEqual([{ ...banned, until: undefined }]);
    expect(history.rules()).toEqual(rules);
  });

  it('counts what is done to a line for as long as it has the line', () => {
    const history = begun();
    history.append({ events: storedRange(1, 3), members: [] });
    expect(history.marks(1)).toEqual({ edits: 0, reactions: 0, deleted: false });
    const marks = (['edited', 'reacted', 'edited', 'deleted'] as const).map((mark) => ({ seq: 1, mark }));
    history.append({ events: [], members: [], marks: [...marks, { seq: 3, mark: 'reacted' }] });
    expect(history.marks(1)).toEqual({ edits: 2, reactions: 1, deleted: true });
    expect(history.marks(3)).toEqual({ edits: 0, reactions: 1, deleted: false });
    history.trim(1);
    expect(history.marks(1).edits).toBe(0);
    expect(history.marks(3).reactions).toBe(1);
  });

  it('forgets all but the last events, and keeps the chain before them', () => {
    const history = begun();
    history.append({ events: storedRange(1, 10), members: [] });
    history.trim(20);
    expect(history.first()).toBe(1);
    history.trim(3);
    expect(history.first()).toBe(8);
    expect(seqs(history.read(1, 10, 100))).toEqual([8, 9, 10]);
    expect(history.hashAt(7)).toEqual(stored(7).hash);
    expect(history.hashAt(6)).toBeUndefined();
    expect(history.seqOf(stored(2).author, stored(2).id)).toBeUndefined();
    history.append({ events: [stored(11)], members: [] });
    expect(seqs(history.read(8, 11, 100))).toEqual([8, 9, 10, 11]);
  });
});

describe('the file of a history', () => {
  function opened(path: string): SqliteHistory {
    const history = new SqliteHistory(path);
    onTestFinished(() => {
      if (!closed.has(history)) history.close();
    });
    return history;
  }
  const closed = new Set<History>();
  function close(history: History): void {
    closed.add(history);
    history.close();
  }

  it('is the same after it was closed and opened again', () => {
    const path = tempFile();
    const first = opened(path);
    first.begin(record, start);
    first.append({ events: storedRange(1, 10), members: [member(1)] });
    first.trim(4);
    close(first);
    const second = opened(path);
    expect(second.record()).toEqual(record);
    expect(second.head()).toMatchObject({ seq: 10, hash: stored(10).hash });
    expect(second.first()).toBe(7);
    expect(second.hashAt(6)).toEqual(stored(6).hash);
    expect(second.roster()).toEqual([member(1)]);
  });

  it('of the first version is brought up to date, and nothing in it is lost', () => {
    const path = tempFile();
    const first = opened(path);
    first.begin(record, start);
    first.append({ events: storedRange(1, 3), members: [member(1)] });
    close(first);
    const old = new DatabaseSync(path);
    old.exec(`DROP TABLE sanctions; DROP TABLE marks; DROP TABLE invites; ALTER TABLE members DROP COLUMN kicked;
      ALTER TABLE room DROP COLUMN slow; ALTER TABLE room DROP COLUMN filters; ALTER TABLE room DROP COLUMN motd;
      PRAGMA user_version = 1`);
    old.close();
    const second = opened(path);
    expect(second.record()).toEqual(record);
    expect(second.roster()).toEqual([member(1)]);
    expect(second.head().seq).toBe(3);
    expect(second.sanctions()).toEqual([]);
    expect(second.invites()).toEqual([]);
    second.append({ events: [stored(4)], members: [], rules: { slow: 5, filters: [], motd: '' } });
    expect(second.rules().slow).toBe(5);
  });

  it('is refused to a second one while the first has it', () => {
    const path = tempFile();
    const first = opened(path);
    expect(() => new SqliteHistory(path)).toThrow(expect.objectContaining({ reason: 'locked' }));
    first.begin(record, start);
    first.append({ events: [stored(1)], members: [] });
    expect(() => new SqliteHistory(path)).toThrow(expect.objectContaining({ reason: 'locked' }));
    close(first);
    expect(opened(path).head().seq).toBe(1);
  });

  it('is private, whatever the umask', () => {
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const path = join(dirname(tempFile()), 'rooms', 'deep', 'room.db');
    const history = opened(path);
    history.begin(record, start);
    history.append({ events: [stored(1)], members: [] });
    for (const folder of [dirname(path), dirname(dirname(path))])
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    const files = ['', '-wal', '-shm', '-journal']
      .map((end) => path + end)
      .filter((file) => existsSync(file));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not followed through a link', () => {
    const path = tempFile();
    const target = `${path}.target`;
    writeFileSync(target, '');
    symlinkSync(target, path);
    expect(() => new SqliteHistory(path)).toThrow(UnusableFileError);
  });

  it('is left alone when it is something else', () => {
    const path = tempFile();
    writeFileSync(path, 'not a database '.repeat(100));
    chmodSync(path, 0o600);
    expect(() => new SqliteHistory(path)).toThrow(UnusableFileError);
    const folder = tempFile('folder');
    mkdirSync(folder);
    expect(() => new SqliteHistory(folder)).toThrow(UnusableFileError);
  });
});
