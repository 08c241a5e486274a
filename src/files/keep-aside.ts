import { renameSync } from 'node:fs';

/** Moves what cannot be read out of the way, so that nothing overwrites it; returns where it is now. */
export function keepAside(path: string): string {
  const keptAs = `${path}.broken-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(path, keptAs);
  return keptAs;
}
