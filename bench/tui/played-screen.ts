/*
 * The real screen over a client that is played: a room whose history is an archive on disk, and lines that come as
 * fast as the run wants. It begins to talk when there is a file `talk`. Bundled and started in a PTY by run.ts: first to
 * fill the archive, then to show it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openArchive } from '../../src/client/archive/open-archive.ts';
import { memorySettings } from '../../src/client/profile/settings.ts';
import type { SequencedLine } from '../../src/client/archive/archive.ts';
import { logId } from '../../src/shared/ids.ts';
import { tuiMain } from '../../src/tui/main.tsx';
import { MemoryClient, MemoryHosting } from '../../test/support/memory-client.ts';
import { newMessageId, personNamed } from '../../test/support/memory-room.ts';
import { MemorySession } from '../../test/support/memory-session.ts';
import { MemoryWorld } from '../../test/support/memory-world.ts';

interface Phase {
  readonly perSecond: number;
  readonly seconds: number;
}

const TICK_MS = 10;
const MEMBERS = 12;
const { task, folder, history, phases } = JSON.parse(process.env['BENCH'] ?? '') as {
  readonly task: 'fill' | 'talk';
  readonly folder: string;
  readonly history: number;
  readonly phases: readonly Phase[];
};

const people = Array.from({ length: MEMBERS }, (_, index) => personNamed(`person${index}`));
const sayings = [
  'the kettle is on and the milk is first as it should be in this house',
  'see https://example.org/a/page/about?tea=yes for what **they** say about _that_',
  'no',
  'a line that is long enough to be wrapped at any width that people have their terminals at, whatever they say about it, and then some',
  'what does ada think of it?',
  '漢字 and 👍 stand in one line with `code`',
];

let seq = history;
function lineOf(number: number, at: number): SequencedLine {
  const by = people[number % MEMBERS] ?? personNamed('bob');
  const text = `${number} ${sayings[number % sayings.length] ?? ''}`;
  return { seq: number, id: newMessageId(), at, sentAt: at, by, kind: 'text', text };
}

const world = new MemoryWorld();
world.time = Date.now();
const bob = new MemoryClient(world, 'bob');
const tea = world.addRoom({ title: 'tea', topic: 'milk first', owner: bob.self, backlog: 0 });
const archive = openArchive(join(folder, 'archive.db'));
if (task === 'fill') {
  archive.rooms.startLog(tea.info.id, { log: logId(new Uint8Array(8)), seq: 0, hash: new Uint8Array(32) });
  for (let number = 1; number <= history; number++) {
    archive.rooms.addLine(tea.info.id, lineOf(number, world.time - (history - number) * 1_000));
  }
  archive.flush();
  process.exit(0);
}
tea.lines.length = history;
await bob.join('tea');
for (const person of people) tea.members.set(person.key, { ...person, role: 'member', presence: 'online' });

Object.assign(MemorySession.prototype, {
  history: (limit: number, before?: number) => archive.rooms.lines(tea.info.id, limit, before),
  search: (words: string, limit: number) => archive.rooms.search(words, limit, tea.info.id),
});

const me = new MemoryClient(world, 'ada');
// Signals are no way to tell it: whatever listens for the end of the program hears them too.
const waiting = setInterval(() => {
  if (!existsSync(join(folder, 'talk'))) return;
  clearInterval(waiting);
  seq = Math.max(seq, tea.lines.length);
  void talk();
}, TICK_MS);

async function talk(): Promise<void> {
  const session = me.rooms()[0];
  for (const { perSecond, seconds } of phases) {
    const started = performance.now();
    let said = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const due = Math.floor(((performance.now() - started) / 1_000) * perSecond);
        for (; said < due; said++) {
          seq += 1;
          const line = lineOf(seq, Date.now());
          archive.rooms.addLine(tea.info.id, line);
          if (session instanceof MemorySession)
            session.receive({ type: 'line', line, history: false, mine: false });
        }
        if (performance.now() - started < seconds * 1_000) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
  }
}

process.exit(
  await tuiMain({
    open: async () => ({
      client: me,
      hosting: new MemoryHosting(world, me),
      notices: [],
      drafts: { load: () => new Map(), save: () => undefined },
      frontRoom: { load: () => undefined, save: () => undefined },
    }),
    notices: [],
    near: true,
    knownNick: 'ada',
    suggestedNick: 'ada',
    join: 'tea',
    savedRelays: { add: () => true, remove: () => undefined, prefer: () => undefined },
    settings: memorySettings(),
    place: { cwd: folder, home: folder },
    version: 'bench',
    io: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env },
  } as Parameters<typeof tuiMain>[0]),
);
