import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * What is asked of the file system from now on, in order, until the test ends: writing, names, and what is to be on disk.
 * Temporary files are called `temporary`, others by their last name.
 */
export function recordedFiles(): readonly string[] {
  const calls: string[] = [];
  const paths = new Map<number, string>();
  const { openSync, writeFileSync, fsyncSync, renameSync, linkSync } = fs;
  const called = (path: unknown): string => {
    const name = basename(String(path));
    return name.endsWith('.tmp') ? 'temporary' : name;
  };
  const ofHandle = (file: unknown): string => called(typeof file === 'number' ? paths.get(file) : file);
  Object.assign(fs, {
    openSync(...how: Parameters<typeof openSync>) {
      const file = openSync(...how);
      paths.set(file, String(how[0]));
      return file;
    },
    writeFileSync(...how: Parameters<typeof writeFileSync>) {
      calls.push(`write ${ofHandle(how[0])}`);
      writeFileSync(...how);
    },
    fsyncSync(file: number) {
      calls.push(`sync ${ofHandle(file)}`);
      fsyncSync(file);
    },
    renameSync(from: string, to: string) {
      calls.push(`rename ${called(from)} ${called(to)}`);
      renameSync(from, to);
    },
    linkSync(from: string, to: string) {
      calls.push(`link ${called(from)} ${called(to)}`);
      linkSync(from, to);
    },
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(fs, { openSync, writeFileSync, fsyncSync, renameSync, linkSync });
    syncBuiltinESMExports();
  });
  return calls;
}
