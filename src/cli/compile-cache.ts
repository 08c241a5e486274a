import { readdirSync, rmSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { ensurePrivateFolder } from '../files/private-files.ts';

/**
 * Keeps what V8 makes of the program in `compiled` of a folder of ours that nobody else may write to: whoever can change
 * it runs code here. A fifth of a start is not done again then; a start without it is as good.
 */
export function keepCompiled(
  folder: string,
  version: string,
  enable: (folder: string) => unknown = enableCompileCache,
): void {
  try {
    const compiled = join(folder, 'compiled');
    ensurePrivateFolder(compiled);
    if (isOpenToOthers(folder)) return;
    for (const name of readdirSync(compiled))
      if (name !== version) rmSync(join(compiled, name), { recursive: true, force: true });
    // Node.js makes folders with whatever the mask leaves.
    const mask = process.umask(0o077);
    try {
      enable(join(compiled, version));
    } finally {
      process.umask(mask);
    }
  } catch {
    // What is wrong with the folder is said where it is opened for what has to be in it.
  }
}

function isOpenToOthers(folder: string): boolean {
  const { mode, uid } = statSync(folder);
  return process.platform !== 'win32' && ((mode & 0o022) !== 0 || uid !== process.getuid?.());
}
