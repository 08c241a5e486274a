import { existsSync } from 'node:fs';

/** `path`, or the first of `path-2`, `path-3` … where nothing is yet. */
export function freePath(path: string): string {
  let free = path;
  for (let count = 2; existsSync(free); count++) free = `${path}-${count}`;
  return free;
}
