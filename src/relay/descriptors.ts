import { readFileSync } from 'node:fs';

/** Of the files that a process may open; each connection is one. */
const CONNECTIONS_SHARE = 0.75;

/** How many connections leave room for everything else that a process opens. */
export function connectionLimit(wanted: number, descriptors = openFileLimit()): number {
  return Math.max(1, Math.min(wanted, Math.floor(descriptors * CONNECTIONS_SHARE)));
}

/** Why fewer are let in than are `wanted`, and what to do about it; undefined where all are. */
export function cutShort(wanted: number, limit: number): string | undefined {
  if (limit >= wanted) return undefined;
  const files = Math.ceil(wanted / CONNECTIONS_SHARE);
  return `${limit} connections are let in and not ${wanted}, which take ${files} open files: raise LimitNOFILE in the unit, or ulimits of the container`;
}

/** The soft limit of open files; unlimited where the system does not say. */
function openFileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
