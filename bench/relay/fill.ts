import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchSocket } from './bench-socket.ts';
import type { Contender } from './contenders.ts';

/** Connections opened and left alone before anything is measured: code gets compiled, pools get filled. */
export const WARM_UP = 100;
const SETTLE_MS = 1_000;
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** What a server holds with so many connections; the warm-up is not among them. */
interface Filled {
  readonly connections: number;
  readonly rooms: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

/** Opens rooms of so many members at a new server, and looks at it whenever there are as many rooms as a mark says. */
export async function fill(
  contender: Contender,
  members: number,
  marks: readonly number[],
): Promise<readonly Filled[]> {
  const server = await contender.start();
  const payload = Buffer.alloc(200, '.');
  const open: BenchSocket[] = [];
  let rooms = 0;
  const openRoom = async (): Promise<void> => {
    const { sender, receivers } = await contender.open(server.port, rooms++, members, payload);
    open.push(sender, ...receivers);
  };
  try {
    while (open.length < WARM_UP) await openRoom();
    const before = { rooms, connections: open.length };
    const warm = await settled(server.pid);
    const found: Filled[] = [];
    for (const mark of marks) {
      while (rooms - before.rooms < mark) await openRoom();
      const now = await settled(server.pid);
      found.push({
        connections: open.length - before.connections,
        rooms: mark,
        residentBytes: now.residentBytes - warm.residentBytes,
        cpuSeconds: now.cpuSeconds - warm.cpuSeconds,
      });
    }
    return found;
  } finally {
    for (const { socket } of open) socket.destroy();
    await server.close();
  }
}

export function cpuSeconds(pid: number): number {
  // The name, in brackets, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function settled(pid: number): Promise<{ residentBytes: number; cpuSeconds: number }> {
  await pause(SETTLE_MS);
  return { residentBytes: residentBytes(pid), cpuSeconds: cpuSeconds(pid) };
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}
