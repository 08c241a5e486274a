// Loaded before the program: it finds itself on the system PRETEND_SYSTEM, as far as that can be told from inside.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const { PRETEND_SYSTEM: platform, PRETEND_HOME: home = '' } = process.env;

Object.defineProperty(process, 'platform', { value: platform });
Object.assign(os, { homedir: () => home, tmpdir: () => home });
if (platform === 'win32') {
  for (const name of ['getuid', 'geteuid', 'getgid', 'getegid']) Reflect.deleteProperty(process, name);
  Object.assign(os, { userInfo: () => ({ username: 'ada', uid: -1, gid: -1, shell: null, homedir: home }) });
  const { lstatSync } = fs;
  Object.assign(fs, {
    lstatSync(...how: Parameters<typeof lstatSync>) {
      const stat = lstatSync(...how);
      // No modes but for what may be written.
      return stat && Object.assign(stat, { mode: Number(stat.mode) | 0o666 });
    },
  });
}
syncBuiltinESMExports();
