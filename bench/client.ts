/*
 * What a member's side costs with nothing before it: pages of a history taken, verified, archived and told; pages of 50
 * from the archive; full-text search while the archive grows. `node bench/client.ts [--short]`; writes
 * bench/results/client.json. Pages come as the bytes that the Noise session hands over, signed by their authors.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Archive, SequencedLine } from '../src/client/archive.ts';
import { openArchive } from '../src/client/open-archive.ts';
import { keyTag } from '../src/shared/crypto/sign.ts';
import { identityKey, logId, messageId, roomId } from '../src/shared/ids.ts';
import { MAX_PAGE_EVENTS } from '../src/shared/limits.ts';
import { decodeHostMessage, encodeRoomMessage } from '../src/shared/room/messages.ts';
import { followed } from '../test/support/followed-room.ts';
import { PaperHost, person } from '../test/support/peers/paper-host.ts';
import { median, percentile, writeReport, type Row } from './report.ts';

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const histories = options.short ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const archives = options.short ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const ROUNDS = options.short ? 1 : 5;
const LOOKS = 200;
const PAGE = 50;
/** As many as the search of the screen shows. */
const HITS = 200;
const PEOPLE = 12;
const folder = mkdtempSync(join(tmpdir(), 'chat-tui-bench-client-'));

try {
  const rows = [...(await historyRows()), ...(await archiveRows())];
  writeReport(options.short ? 'client-short' : 'client', rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function historyRows(): Promise<Row[]> {
  const rows: Row[] = [];
  let least: number | undefined;
  for (const count of histories) {
    const host = new PaperHost();
    const authors = [person(), person(), person()] as const;
    const start = host.welcome(authors.map((author, index) => [author, `person${index}`]));
    for (let n = 0; n < count; n++) host.say(authors[n % 3] ?? authors[0], sentence(n));
    const pages: Uint8Array[] = [];
    for (let from = 1; from <= count; from += MAX_PAGE_EVENTS) {
      const to = Math.min(count, from + MAX_PAGE_EVENTS - 1);
      pages.push(encodeRoomMessage(host.page(0, from, to, to === count)));
    }
    const perSecond: number[] = [];
    const cpu: number[] = [];
    const rounds = count >= 100_000 ? Math.min(ROUNDS, 3) : ROUNDS;
    for (let round = 0; round < rounds; round++) {
      const path = join(folder, `history-${count}-${round}.db`);
      const archive = openArchive(path);
      const { log, enter, texts } = followed(archive, host);
      // Everything was said since: the room is known, and nothing of it is here.
      archive.rooms.startLog(roomId(host.room), {
        log: logId(host.log),
        seq: 0,
        hash: start.head[1],
      });
      const before = process.cpuUsage();
      const begun = performance.now();
      const synced = enter({ resume: 'pages', floor: 1 });
      for (const page of pages) {
        const message = decodeHostMessage(page);
        if (message.t === 'page') log.page(message);
        // As between two frames of a socket: this is when the archive commits.
        await new Promise((resolve) => setImmediate(resolve));
      }
      archive.flush();
      const seconds = (performance.now() - begun) / 1_000;
      const { user, system } = process.cpuUsage(before);
      if (!synced() || texts().length !== count) throw new Error('not all of the history came');
      perSecond.push(count / seconds);
      cpu.push((user + system) / count);
      log.interrupted();
      archive.close();
      rmSync(path, { force: true });
    }
    const each = median(cpu);
    least ??= each;
    rows.push(
      {
        name: `history of ${count}`,
        value: median(perSecond),
        unit: 'messages/s',
        target: { least: 5_000 },
      },
      {
        name: `history of ${count}`,
        value: each,
        unit: 'CPU µs each',
        ...growth(each, least, histories[0]),
      },
    );
  }
  return rows;
}

async function archiveRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const first = new Map<string, number>();
  const path = join(folder, 'archive.db');
  const archive = openArchive(path);
  const room = roomId(new Uint8Array(16));
  archive.rooms.startLog(room, { log: logId(new Uint8Array(8)), seq: 0, hash: new Uint8Array(32) });
  let filled = 0;
  for (const count of archives) {
    filled = await fill(archive, filled, count);
    const measured: readonly (readonly [string, (n: number) => unknown, number])[] = [
      ['page of 50, newest', () => archive.rooms.lines(room, PAGE), 1],
      ['page of 50, anywhere', (n) => archive.rooms.lines(room, PAGE, spread(n, count)), 1],
      ['search, a word in every line', () => archive.rooms.search('the', HITS, room), 50],
      ['search, a word in one of 100', () => archive.rooms.search('kettle', HITS, room), 50],
      ['search, two words', () => archive.rooms.search('kettle word7', HITS, room), 50],
      ['search, a word of one line', (n) => archive.rooms.search(`unique${spread(n, count)}x`, HITS), 50],
      ['search, the first letter typed', () => archive.rooms.search('w', HITS, room), 50],
      ['search, no such word', () => archive.rooms.search('zzzzz', HITS, room), 50],
    ];
    for (const [name, look, most] of measured) {
      const took = Array.from({ length: LOOKS }, (_, n) => timed(() => look(n)));
      const value = median(took);
      const before = first.get(name) ?? value;
      first.set(name, before);
      rows.push(
        { name: `${name} · ${count} lines`, value, unit: 'ms', target: { most } },
        {
          name: `${name} · ${count} lines`,
          value: percentile(took, 0.99),
          unit: 'ms p99',
          ...growth(value, before, archives[0]),
        },
      );
    }
    rows.push({
      name: `archive of ${count} lines`,
      value: statSync(path).size / count,
      unit: 'bytes a line',
    });
  }
  archive.close();
  return rows;
}

async function fill(archive: Archive, from: number, to: number): Promise<number> {
  const room = roomId(new Uint8Array(16));
  const people = Array.from({ length: PEOPLE }, (_, index) => {
    const key = new Uint8Array(32).fill(index + 1);
    return { key: identityKey(key), tag: keyTag(key), nick: `person${index}` };
  });
  for (let seq = from + 1; seq <= to; seq++) {
    const by = people[seq % PEOPLE] ?? people[0];
    if (!by) break;
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, seq);
    const line: SequencedLine = {
      seq,
      id: messageId(id),
      at: 1_700_000_000_000 + seq * 1_000,
      sentAt: 1_700_000_000_000 + seq * 1_000,
      by,
      kind: 'text',
      text: sentence(seq),
    };
    archive.rooms.addLine(room, line);
    if (seq % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  archive.flush();
  return to;
}

/** Ten words of 5 000, some of them in every line, one in none but this. */
function sentence(n: number): string {
  const words = Array.from({ length: 8 }, (_, place) => `word${(n * 31 + place * 997) % 5_000}`);
  return `the ${words.join(' ')} ${n % 100 === 0 ? 'kettle ' : ''}unique${n}x`;
}

function spread(n: number, count: number): number {
  return 1 + ((n * 7_919) % count);
}

function growth(value: number, first: number, of = 0): Partial<Row> {
  return value === first ? {} : { ratio: value / first, baseline: `with ${of}` };
}

function timed(what: () => unknown): number {
  const begun = performance.now();
  what();
  return performance.now() - begun;
}
