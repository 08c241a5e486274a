/*
 * What a member's side costs with nothing before it: pages of a history taken, verified, archived and told; pages of 50
 * from the archive; full-text search while the archive grows. `node bench/client.ts [--rounds N] [--write] [--short]`. Pages come as the bytes that the Noise session hands over, signed by their authors.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Archive, SequencedLine } from '../src/client/archive/archive.ts';
import { openArchive } from '../src/client/archive/open-archive.ts';
import { keyTag } from '../src/shared/crypto/sign.ts';
import { identityKey, logId, messageId, roomId } from '../src/shared/ids.ts';
import { MAX_PAGE_EVENTS } from '../src/shared/limits.ts';
import { decodeHostMessage, encodeRoomMessage } from '../src/shared/room/messages.ts';
import { followed } from '../test/support/followed-room.ts';
import { PaperHost, person } from '../test/support/peers/paper-host.ts';
import { benchRun } from './options.ts';
import { median, percentile, ratios, report, rowOf, type Row } from './report.ts';

const run = benchRun();
const histories = run.short ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const archives = run.short ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const LOOKS = 100;
const PAGE = 50;
/** As many as the search of the screen shows. */
const HITS = 200;
const PEOPLE = 12;
const folder = mkdtempSync(join(tmpdir(), 'chat-tui-bench-client-'));

try {
  report('client', [...(await historyRows()), ...(await archiveRows())], run);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function historyRows(): Promise<Row[]> {
  const runs = histories.map((count) => ({ ...talk(count), perSecond: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round < run.rounds; round++) {
    for (const { count, perSecond, cpu, ...history } of runs) {
      const { seconds, cpuMicros } = await synced(count, history);
      perSecond.push(count / seconds);
      cpu.push(cpuMicros / count);
    }
  }
  const [least] = runs;
  return runs.flatMap(({ count, perSecond, cpu }) => {
    const [work, by] = ['history', `${count} messages`];
    const ratio = { of: `${histories[0]} messages`, rounds: ratios(cpu, least?.cpu ?? []) };
    return [
      rowOf({ work, by, unit: 'messages/s', rounds: perSecond, target: { least: 5_000 } }),
      rowOf({ work, by, unit: 'CPU µs each', rounds: cpu, ratio }),
    ];
  });
}

/** What was said in a room, as the pages that tell of it. */
function talk(count: number) {
  const host = new PaperHost();
  const authors = [person(), person(), person()] as const;
  const start = host.welcome(authors.map((author, index) => [author, `person${index}`]));
  for (let n = 0; n < count; n++) host.say(authors[n % 3] ?? authors[0], sentence(n));
  const pages: Uint8Array[] = [];
  for (let from = 1; from <= count; from += MAX_PAGE_EVENTS) {
    const to = Math.min(count, from + MAX_PAGE_EVENTS - 1);
    pages.push(encodeRoomMessage(host.page(0, from, to, to === count)));
  }
  return { count, host, start, pages };
}

/** One member without any of it takes it all. */
async function synced(count: number, { host, start, pages }: Omit<ReturnType<typeof talk>, 'count'>) {
  const path = join(folder, `history-${count}.db`);
  const archive = openArchive(path);
  const { log, enter, texts } = followed(archive, host);
  // Everything was said since: the room is known, and nothing of it is here.
  archive.rooms.startLog(roomId(host.room), { log: logId(host.log), seq: 0, hash: start.head[1] });
  const before = process.cpuUsage();
  const begun = performance.now();
  const isSynced = enter({ resume: 'pages', floor: 1 });
  for (const page of pages) {
    const message = decodeHostMessage(page);
    if (message.t === 'page') log.page(message);
    // As between two frames of a socket: this is when the archive commits.
    await new Promise((resolve) => setImmediate(resolve));
  }
  archive.flush();
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(before);
  if (!isSynced() || texts().length !== count) throw new Error('not all of the history came');
  log.interrupted();
  archive.close();
  rmSync(path, { force: true });
  return { seconds, cpuMicros: user + system };
}

async function archiveRows(): Promise<Row[]> {
  const rows: Row[] = [];
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
    const took = new Map<string, number[][]>(measured.map(([work]) => [work, []]));
    for (let round = 0; round < run.rounds; round++)
      for (const [work, look] of measured)
        took.get(work)?.push(Array.from({ length: LOOKS }, (_, n) => timed(() => look(n))));
    const by = `${count} lines`;
    for (const [work, , most] of measured) {
      const looks = took.get(work) ?? [];
      const rounds = looks.map(median);
      rows.push(
        rowOf({ work, by, unit: 'ms', rounds, target: { most } }),
        rowOf({ work, by, unit: 'ms p99', rounds: looks.map((each) => percentile(each, 0.99)) }),
      );
    }
    rows.push(rowOf({ work: 'archive', by, unit: 'bytes a line', rounds: [statSync(path).size / count] }));
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

function timed(what: () => unknown): number {
  const begun = performance.now();
  what();
  return performance.now() - begun;
}
