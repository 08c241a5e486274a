import type { ChildProcess } from 'node:child_process';
import type { Env } from '../../shared/env.ts';

/** Into the clipboard of this machine where it is a Mac that somebody sits at: its Terminal knows no OSC 52. */
export function copyHere(
  text: string,
  env: Env,
  platform: NodeJS.Platform = process.platform,
): ChildProcess | undefined {
  if (platform !== 'darwin' || env['SSH_CONNECTION']) return undefined;
  const { spawn } = process.getBuiltinModule('node:child_process');
  // Without a locale it would take what is not ASCII for another encoding.
  const child = spawn('pbcopy', {
    env: { ...env, LC_ALL: 'en_US.UTF-8' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  return child;
}
