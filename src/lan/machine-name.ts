import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells the machine with this folder from one that has a copy of it; the same as long as both stay what they are. */
export function machineName(folder: string, platform = process.platform, host = hostname()): string {
  // A Mac is called something else in each network, and has no such file; no copy of a folder has its number.
  const name = platform === 'darwin' ? String(lstatSync(folder).ino) : `${host} ${machineId()}`;
  return createHash('sha256').update(name).digest('hex');
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}
