import { spawn, type ChildProcess } from 'node:child_process';

/** Sees to it that a program does not outlive this process, however that ends: a shell kills it when its pipe to us closes. */
export function endWithUs(program: ChildProcess): void {
  if (process.platform === 'win32' || program.pid === undefined) return;
  const script = 'read -r _; kill -9 "$1" 2>/dev/null';
  // Out of our group, or Ctrl+C would end it too.
  const guard = spawn('/bin/sh', ['-c', script, 'sh', String(program.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  // Its number may be another program's by then.
  program.once('exit', () => guard.kill('SIGKILL'));
}
