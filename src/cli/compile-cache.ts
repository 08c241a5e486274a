import { readdirSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { resolveFolders } from '../files/folders.ts';
import { ensurePrivateFolder } from '../files/private-files.ts';
import type { OptionValues } from './parse.ts';

/**
 * Keeps what V8 makes of the program in the profile, whose folders nobody else may write to: whoever can change it runs
 * code here. A tenth of a start is not done again then; a start without it is as good.
 */
export function keepCompiled(
  options: Pick<OptionValues, 'text'>,
  version: string,
  enable: (folder: string) => unknown = enableCompileCache,
): void {
  try {
    const folders = resolveFolders({ home: options.text('home'), profile: options.text('profile'), env: {} });
    const compiled = join(folders.state, 'compiled');
    ensurePrivateFolder(folders.state);
    ensurePrivateFolder(compiled);
    for (const name of readdirSync(compiled))
      if (name !== version) rmSync(join(compiled, name), { recursive: true, force: true });
    enable(join(compiled, version));
  } catch {
    // What is wrong with the folder is said where the profile is opened.
  }
}
