import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds, residentBytes } from '../process.ts';
import type { BenchSocket } from './bench-socket.ts';
import type { Contender } from './contenders.ts';

/** Connections opened and left alone before anything is measured: code gets compiled, pools get filled. */
const WARM_UP = 100;
const SETTLE_MS = 1_000;

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

async function settled(pid: number): Promise<{ residentBytes: number; cpuSeconds: number }> {
  await pause(SETTLE_MS);
  return { residentBytes: residentBytes(pid), cpuSeconds: cpuSeconds(pid) };
}
