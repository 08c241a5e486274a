import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { refusedBy } from '../../../src/client/archive/archive-database.ts';
import type { Archive, SequencedLine } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { keyTag } from '../../../src/shared/crypto/sign.ts';
import { identityKey, logId, messageId, relayId, roomId } from '../../../src/shared/ids.ts';
import { withDamage } from '../../support/damaged-table.ts';

const bytes = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => (seed * 31 + (seed >> 8) * 7 + i * (i === 2 ? seed >> 8 : 1)) & 255);
const room = roomId(bytes(16, 1));
const otherRoom = roomId(bytes(16, 2));
const log = logId(bytes(8, 3));
const adaBytes = bytes(32, 4);
const ada = { key: identityKey(adaBytes), tag: keyTag(adaBytes), nick: 'ada' };
const bobBytes = bytes(32, 5);
const bob = { key: identityKey(bobBytes), tag: keyTag(bobBytes), nick: 'bob' };
const hash = (seq: number) => bytes(32, seq);

function id(number: number) {
  const raw = new Uint8Array(16);
  new DataView(raw.buffer).setUint32(0, number);
  return messageId(raw);
}

function line(seq: number, text = `line ${seq}`, by = ada): SequencedLine {
  return { seq, id: id(seq), at: 1_000 + seq, sentAt: 900 + seq, by, kind: 'text', text };
}

function fill(archive: Archive, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) {
    archive.rooms.addLine(room, line(seq));
    archive.rooms.advance(room, { seq, hash: hash(seq) });
  }
}

const folders: string[] = [];
const opened: Archive[] = [];
afterEach(() => {
  for (const archive of opened.splice(0)) archive.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'chat-tui-archive-'));
  folders.push(path);
  return path;
}
function open(file: string): Archive {
  const archive = openArchive(file);
  opened.push(archive);
  return archive;
}

describe.each([
  ['on disk', () => open(join(folder(), 'archive.db'))],
  ['in memory', () => open(':memory:')],
])('the archive %s', (_, make) => {
  it('gives lines in order, page by page, from the newest back', () => {
    const archive = make();
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    fill(archive, 1, 120);
    const last = archive.rooms.lines(room, 50);
    expect(last.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_unused, i) => 71 + i));
    expect(archive.rooms.lines(room, 50, 71).at(-1)?.seq).toBe(70);
    expect(archive.rooms.lines(room, 50, 21)).toHaveLength(20);
    expect(last.at(-1)).toEqual(line(120));
    expect(archive.rooms.lines(otherRoom, 50)).toEqual([]);
  });

  it('gives whispers with somebody page by page, in both directions', () => {
    const { whispers } = make();
    const [adas, bobs] = [1, 2].map((odd) =>
      Array.from({ length: 30 }, (_unused, n) => ({
        id: id(2 * n + odd),
        at: n,
        sentAt: 1_000 - n,
        with: odd === 1 ? ada : bob,
        mine: n % 3 === 0,
        text: `whisper ${n}`,
      })),
    );
    for (const [n, whisper] of (adas ?? []).entries()) {
      whispers.add(whisper);
      const other = bobs?.[n];
      if (other) whispers.add(other);
    }
    const page = (side: 'before' | 'after', of: number, limit = 5) => {
      const place = adas?.[of];
      if (!place) throw new Error('no such whisper');
      return whispers.beside(limit, ada.key, { side, of: place }).map(({ text }) => text);
    };
    expect(page('before', 20)).toEqual([15, 16, 17, 18, 19].map((n) => `whisper ${n}`));
    expect(page('before', 2)).toEqual(['whisper 0', 'whisper 1']);
    expect(page('before', 0)).toEqual([]);
    expect(page('after', 20)).toEqual([21, 22, 23, 24, 25].map((n) => `whisper ${n}`));
    expect(page('after', 27)).toEqual(['whisper 28', 'whisper 29']);
    expect(page('after', 20, 0)).toEqual([]);
  });

  it('keeps every kind of line as it was', () => {
    const archive = make();
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    const base = { at: 1, sentAt: 2, by: ada };
    const lines: SequencedLine[] = [
      { ...base, seq: 1, id: id(1), kind: 'opened', title: 'tea', topic: 'green' },
      { ...base, seq: 2, id: id(2), kind: 'join', who: bob, role: 'member' },
      { ...base, seq: 3, id: id(3), kind: 'me', text: 'waves' },
      { ...base, seq: 4, id: id(4), kind: 'nick', was: 'bob', nick: 'rob' },
      { ...base, seq: 5, id: id(5), kind: 'topic', topic: '' },
      { ...base, seq: 6, id: id(6), kind: 'leave', who: bob, reason: 'bye' },
    ];
    for (const one of lines) expect(archive.rooms.addLine(room, one)).toBe(true);
    expect(archive.rooms.lines(room, 10)).toEqual(lines);
  });

  it('takes a line of one author and id once, and of another author again', () => {
    const archive = make();
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    expect(archive.rooms.addLine(room, line(1))).toBe(true);
    expect(archive.rooms.addLine(room, { ...line(2), id: id(1) })).toBe(false);
    expect(archive.rooms.addLine(room, { ...line(2), id: id(1), by: bob })).toBe(true);
    expect(archive.rooms.seqOf(room, ada.key, id(1))).toBe(1);
    expect(archive.rooms.seqOf(room, ada.key, id(9))).toBeUndefined();
  });

  it('knows both ends of the log it holds', () => {
    const archive = make();
    expect(archive.rooms.position(room)).toBeUndefined();
    archive.rooms.startLog(room, { log, seq: 40, hash: hash(40) });
    expect(archive.rooms.position(room)).toMatchObject({ log, seq: 40, first: 41, firstHash: hash(40) });
    fill(archive, 41, 45);
    archive.rooms.extendDown(room, { first: 31, firstHash: hash(30) });
    expect(archive.rooms.position(room)).toMatchObject({
      seq: 45,
      hash: hash(45),
      first: 31,
      firstHash: hash(30),
    });
  });

  it('starts a new log without losing the lines of the old one', () => {
    const archive = make();
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    fill(archive, 1, 3);
    const next = logId(bytes(8, 77));
    archive.rooms.startLog(room, { log: next, seq: 0, hash: hash(0) });
    archive.rooms.addLine(room, { ...line(1, 'anew'), id: id(100) });
    expect(archive.rooms.lines(room, 10).map((one) => one.kind === 'text' && one.text)).toEqual(['anew']);
    expect(archive.rooms.search('line', 10).map(({ seq }) => seq)).toEqual([3, 2, 1]);
  });

  it('moves lines of another past that are also in the new one', () => {
    const archive = make();
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    fill(archive, 1, 3);
    archive.rooms.startLog(room, { log, seq: 4, hash: hash(4) });
    expect(archive.rooms.addLine(room, line(1))).toBe(false);
    expect(archive.rooms.addLine(room, line(2))).toBe(false);
    expect(archive.rooms.addLine(room, { ...line(3, 'another third'), id: id(33) })).toBe(true);
    expect(archive.rooms.lines(room, 10).map((one) => one.id)).toEqual([id(1), id(2), id(33)]);
    expect(
      archive.rooms
        .search('line', 10)
        .map((one) => one.id)
        .toSorted(),
    ).toEqual([id(1), id(2), id(3)]);
  });

  it('finds lines by the beginnings of words, newest first', () => {
    const archive = make();
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    archive.rooms.addLine(room, line(1, 'green tea'));
    archive.rooms.addLine(room, line(2, 'Greenland is "far"'));
    archive.rooms.addLine(room, line(3, 'black tea'));
    expect(archive.rooms.search('green', 10).map(({ seq }) => seq)).toEqual([2, 1]);
    expect(archive.rooms.search('tea gre', 10, room).map(({ seq }) => seq)).toEqual([1]);
    expect(archive.rooms.search('"far" OR', 10)).toEqual([]);
    expect(archive.rooms.search('tea', 10, otherRoom)).toEqual([]);
    expect(archive.rooms.search('-*"', 10)).toEqual([]);
  });

  it('keeps what waits to be sent in the order in which it was said, per room', () => {
    const archive = make();
    archive.rooms.addPending(room, { id: id(1), kind: 'text', text: 'one', time: 5, ref: 'x' });
    archive.rooms.addPending(otherRoom, { id: id(2), kind: 'text', text: 'elsewhere', time: 6 });
    archive.rooms.addPending(room, { id: id(3), kind: 'me', text: 'two', time: 7 });
    expect(archive.rooms.pending(room)).toEqual([
      { id: id(1), kind: 'text', text: 'one', time: 5, ref: 'x' },
      { id: id(3), kind: 'me', text: 'two', time: 7 },
    ]);
    archive.rooms.removePending(room, id(1));
    expect(archive.rooms.pending(room)).toMatchObject([{ id: id(3) }]);
  });

  it('pins titles and relays at first sight', () => {
    const archive = make();
    const relay = relayId(bytes(32, 8));
    archive.people.pinTitle('Tea', ada.key);
    archive.people.pinTitle('tea', bob.key);
    expect(archive.people.titlePins('TEA')).toHaveLength(2);
    archive.people.pinRelay('ws://a:1', relay);
    archive.people.pinRelay('ws://a:1', relayId(bytes(32, 9)));
    expect(archive.people.relayPin('ws://a:1')).toBe(relay);
  });

  it('knows people by key, and by the name they go by now', () => {
    const archive = make();
    archive.people.meet(ada, 10, 'ws://a:1');
    archive.people.meet({ key: ada.key, nick: 'Ada2' }, 20);
    expect(archive.people.named('ada')).toEqual([]);
    expect(archive.people.named('ADA2')).toEqual([
      { ...ada, nick: 'Ada2', firstSeen: 10, whispered: false, relay: 'ws://a:1' },
    ]);
  });

  it('takes a whisper once, and one of the same id from another person again', () => {
    const archive = make();
    const whisper = { id: id(1), at: 2, sentAt: 1, with: bob, mine: false, text: 'psst' };
    expect(archive.whispers.add(whisper)).toBe(true);
    expect(archive.whispers.add(whisper)).toBe(false);
    expect(archive.whispers.add({ ...whisper, with: ada })).toBe(true);
    expect(archive.whispers.newest(10)).toEqual([whisper, { ...whisper, with: ada }]);
    expect(archive.whispers.lastFrom()).toBeUndefined();
    archive.people.meet(ada, 3);
    expect(archive.whispers.lastFrom()).toBe(ada.key);
    expect(archive.people.get(bob.key)?.whispered).toBe(true);
  });

  it('keeps own whispers waiting until the relay or the recipient has them', () => {
    const archive = make();
    const whisper = {
      id: id(1),
      at: 2,
      sentAt: 1,
      with: bob,
      mine: true,
      text: 'psst',
      state: 'waiting' as const,
    };
    archive.whispers.add(whisper, { ref: 'r' });
    expect(archive.whispers.pending()).toEqual([{ id: id(1), to: bob.key, text: 'psst', time: 1, ref: 'r' }]);
    archive.whispers.seal(id(1), Uint8Array.of(1, 2));
    expect(archive.whispers.sealed(id(1))).toEqual(Uint8Array.of(1, 2));
    expect(archive.whispers.lastTo(bob.key)).toBeUndefined();
    archive.whispers.setState(id(1), 'stored');
    expect(archive.whispers.pending()).toEqual([]);
    expect(archive.whispers.own(id(1))?.state).toBe('stored');
    expect(archive.whispers.lastTo(bob.key)).toBe(id(1));
  });

  it('forgets prekeys by age', () => {
    const archive = make();
    archive.whispers.addPrekey({ id: 1, secret: bytes(32, 1), madeAt: 100 });
    archive.whispers.addPrekey({ id: 2, secret: bytes(32, 2), madeAt: 200 });
    expect(archive.whispers.prekeys().map((prekey) => prekey.id)).toEqual([2, 1]);
    archive.whispers.removePrekeysBefore(200);
    expect(archive.whispers.prekeys()).toEqual([{ id: 2, secret: bytes(32, 2), madeAt: 200 }]);
  });
});

describe('the archive file', () => {
  it('is for its owner only, with all that SQLite puts beside it, whatever the umask', () => {
    const path = join(folder(), 'archive.db');
    const umask = process.umask(0);
    try {
      const archive = open(path);
      archive.rooms.addPending(room, { id: id(1), kind: 'text', text: 'one', time: 5 });
      for (const file of [path, `${path}-wal`, `${path}-shm`])
        expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    } finally {
      process.umask(umask);
    }
  });

  it('has everything again when it is opened anew', () => {
    const path = join(folder(), 'archive.db');
    const before = open(path);
    before.rooms.save({
      id: room,
      host: ada.key,
      title: 'tea',
      topic: '',
      private: true,
      relay: 'ws://a:1',
      code: bytes(16, 1),
    });
    before.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    fill(before, 1, 3);
    before.close();
    const after = open(path);
    expect(after.rooms.position(room)?.seq).toBe(3);
    expect(after.rooms.lines(room, 10)).toHaveLength(3);
    expect(after.rooms.get(room)).toMatchObject({ private: true, code: bytes(16, 1) });
  });

  it('that cannot be written to refuses what has to be durable, loses no more, and goes on later', () => {
    const path = join(folder(), 'archive.db');
    const failures: unknown[] = [];
    const archive = openArchive(path, (...failure) => failures.push(failure), 20);
    opened.push(archive);
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    archive.flush();
    const other = new DatabaseSync(path);
    other.exec('BEGIN EXCLUSIVE');
    const say = (text: string) =>
      refusedBy(() => archive.rooms.addPending(room, { id: id(1), kind: 'text', text, time: 5 }));
    expect(say('x')).toMatchObject({
      code: 'unusable-file',
      text: `Another program has ${path} in use. Try it again when that is done.`,
    });
    archive.rooms.advance(room, { seq: 1, hash: hash(1) });
    archive.flush();
    // That somebody else has it for a while is nothing to do something about.
    expect(failures).toEqual([
      ['database is locked', undefined],
      ['database is locked', undefined],
    ]);
    other.exec('ROLLBACK');
    other.close();
    expect(say('y')).toBeUndefined();
    expect(archive.rooms.pending(room).map((post) => post.text)).toEqual(['y']);
  });

  it('whose outbox is damaged says what to do, and keeps what it still can', () => {
    const path = join(folder(), 'archive.db');
    const before = open(path);
    before.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    before.close();
    writeFileSync(path, withDamage(path, 'outbox'));
    const told: (string | undefined)[] = [];
    const archive = openArchive(path, (_, text) => told.push(text));
    opened.push(archive);
    fill(archive, 1, 3);
    const text = `${path} is damaged. End the program, then put back a copy of it, or move it away to go on without local history.`;
    const refusal = refusedBy(() =>
      archive.rooms.addPending(room, { id: id(9), kind: 'text', text: 'mine', time: 5 }),
    );
    expect(refusal).toEqual({ ok: false, code: 'unusable-file', text });
    expect(told).toEqual([`What comes now is shown, but not all of it is kept. ${text}`]);
    expect(archive.rooms.lines(room, 10).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('of a folder that is not there yet is made with it', () => {
    const path = join(folder(), 'new', 'archive.db');
    expect(open(path).rooms.all()).toEqual([]);
    expect((statSync(join(path, '..')).mode & 0o777).toString(8)).toBe('700');
  });

  it('is refused by name when it is no archive, and left as it is', () => {
    const path = join(folder(), 'archive.db');
    writeFileSync(path, 'x'.repeat(5_000));
    expect(() => open(path)).toThrow(path);
    expect(statSync(path).size).toBe(5_000);
  });
});

describe('changes of lines', () => {
  const ofAda = (seq: number) => ({ author: ada.key, id: id(seq) });
  const edit = (of: number, seq: number, text: string) =>
    ({ kind: 'edit', by: ada, of: ofAda(of), seq, text }) as const;
  const react = (of: number, seq: number, on = true) =>
    ({ kind: 'react', by: bob, of: ofAda(of), seq, emoji: 'tada', on }) as const;

  function archiveWith(...seqs: readonly number[]): Archive {
    const archive = openArchive(':memory:');
    onTestFinished(() => archive.close());
    archive.rooms.startLog(room, { log, seq: 0, hash: hash(0) });
    for (const seq of seqs) archive.rooms.addLine(room, line(seq));
    return archive;
  }

  it('are of actions as of texts, and of nothing else', () => {
    const { rooms } = archiveWith();
    rooms.addLine(room, { ...line(1), kind: 'me', text: 'waves' });
    rooms.addLine(room, { ...line(2), kind: 'topic', topic: 'tea' });
    expect(rooms.change(room, edit(1, 3, 'better'))).toMatchObject({ kind: 'me', text: 'better' });
    expect(rooms.change(room, edit(2, 4, 'better'))).toBeUndefined();
  });

  it('are seen wherever the line is, and what it said before is found no more', () => {
    const { rooms } = archiveWith(1, 2);
    expect(rooms.change(room, edit(1, 3, 'better'))).toMatchObject({ seq: 1, text: 'better', edited: true });
    expect(rooms.change(room, react(1, 4))).toMatchObject({ reactions: [{ emoji: 'tada', who: [bob] }] });
    expect(rooms.lines(room, 5)).toMatchObject([{ text: 'better', edited: true }, { text: 'line 2' }]);
    expect(rooms.search('better', 5)).toHaveLength(1);
    expect(rooms.search('1', 5)).toEqual([]);
    rooms.change(room, { kind: 'delete', by: bob, of: ofAda(1), seq: 5 });
    const [gone] = rooms.lines(room, 5);
    expect(gone).toMatchObject({ text: '', deleted: bob });
    expect(gone).not.toHaveProperty('reactions');
    expect(rooms.search('better', 5)).toEqual([]);
    expect(rooms.change(room, edit(1, 6, 'still here'))).toBeUndefined();
  });

  it('wait for lines that come later, and the newest of them counts', () => {
    const { rooms } = archiveWith(5);
    expect(rooms.change(room, edit(1, 7, 'newest'))).toBeUndefined();
    expect(rooms.change(room, react(1, 8))).toBeUndefined();
    rooms.addLine(room, line(1));
    expect(rooms.change(room, edit(1, 3, 'older'))).toBeUndefined();
    expect(rooms.lines(room, 5, 2)).toMatchObject([
      { text: 'newest', edited: true, reactions: [{ emoji: 'tada', who: [bob] }] },
    ]);
    expect(rooms.change(room, react(1, 9, false))).not.toHaveProperty('reactions');
    expect(rooms.change(room, react(1, 8))).toBeUndefined();
  });

  it('do not touch what nobody said, nor lines of others with the same id', () => {
    const { rooms } = archiveWith(1);
    const joined = {
      seq: 2,
      id: id(2),
      at: 1,
      sentAt: 1,
      by: ada,
      kind: 'join',
      who: bob,
      role: 'op',
    } as const;
    rooms.addLine(room, joined);
    expect(rooms.change(room, edit(2, 4, 'x'))).toBeUndefined();
    expect(rooms.change(room, { ...edit(1, 5, 'x'), of: { author: bob.key, id: id(1) } })).toBeUndefined();
    expect(rooms.lines(room, 5)).toMatchObject([{ text: 'line 1' }, joined]);
  });
});
