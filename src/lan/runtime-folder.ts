import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { codeOf } from '../shared/error-code.ts';
import { makeFolders, replacePrivateFile } from '../files/private-files.ts';
import type { Env } from '../shared/env.ts';

/** One relay that a process of this user runs on this machine. */
export interface LocalRelay {
  /** A `ws://` URL on loopback. */
  readonly url: string;
  readonly relayId: string;
  /** What it is announced as on the network, where it is. */
  readonly instance?: string | undefined;
  readonly pid: number;
}

/** Announcements read at most; a folder with more is not ours. */
export const MAX_LOCAL_RELAYS = 64;
const MAX_ANNOUNCEMENT_BYTES = 1_024;

const announcementSchema = v.object({
  url: v.pipe(v.string(), v.maxLength(128), v.regex(/^ws:\/\/127\.0\.0\.1:\d{1,5}$/)),
  relayId: v.pipe(v.string(), v.regex(/^[a-z2-7]{52}$/)),
  instance: v.optional(v.pipe(v.string(), v.maxLength(64))),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** Where this user's processes find each other: `CHAT_TUI_RUNTIME`, else the session's runtime folder, else one in the temp folder. */
export function runtimeFolder(env: Env): string {
  const chosen = env['CHAT_TUI_RUNTIME'];
  if (chosen) return chosen;
  const session = env['XDG_RUNTIME_DIR'];
  return session && isOurs(session)
    ? join(session, 'chat-tui')
    : join(tmpdir(), `chat-tui-${process.getuid?.() ?? ''}`);
}

/** Some name one that was never made, as WSL does, or go on naming that of whoever became somebody else with `su`. */
function isOurs(folder: string): boolean {
  try {
    return statSync(folder).uid === process.getuid?.();
  } catch {
    return false;
  }
}

/**
 * Makes the folder 0700. False when it is a link, no folder, somebody else's or open to others for good, as on disks that know no
 * modes: then nothing in it is to be believed, for in a shared temp folder anyone may have made it first.
 */
export function openRuntimeFolder(folder: string, chmod = chmodSync): boolean {
  try {
    makeFolders(folder);
    const stat = lstatSync(folder);
    // On Windows the temp folder is its user's alone.
    if (!stat.isDirectory() || !process.getuid) return stat.isDirectory();
    if (stat.uid !== process.getuid()) return false;
    if (!isOpen(stat)) return true;
    chmod(folder, 0o700);
    return !isOpen(lstatSync(folder));
  } catch {
    return false;
  }
}

function isOpen({ mode }: Stats): boolean {
  return (mode & 0o077) !== 0;
}

/** Announces a relay until the returned function is called. Undefined when the folder cannot be used. */
export function announce(folder: string, relay: LocalRelay): (() => void) | undefined {
  if (!openRuntimeFolder(folder)) return undefined;
  const file = join(folder, `${relay.relayId.slice(0, 16)}.json`);
  try {
    replacePrivateFile(file, JSON.stringify(relay));
  } catch {
    return undefined;
  }
  return () => {
    // Another process may have taken over the same relay identity meanwhile.
    if (readAnnouncement(file)?.pid === relay.pid) remove(file);
  };
}

/**
 * The relays announced by processes that still live; announcements of dead ones are removed. Undefined where it cannot be seen
 * now who is there, as with too many open files.
 */
export function localRelays(folder: string): readonly LocalRelay[] | undefined {
  if (!openRuntimeFolder(folder)) return [];
  const names = namesIn(folder);
  if (!names) return undefined;
  const found: LocalRelay[] = [];
  for (const name of names.sort()) {
    if (found.length >= MAX_LOCAL_RELAYS) break;
    if (!name.endsWith('.json')) continue;
    const relay = readAnnouncement(join(folder, name));
    if (!relay) continue;
    if (isAlive(relay.pid)) found.push(relay);
    else remove(join(folder, name));
  }
  return found;
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** On a disk that has become read-only it stays, and is not believed. */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}

function readAnnouncement(file: string): LocalRelay | undefined {
  try {
    const stat = lstatSync(file);
    if (!stat.isFile() || stat.size > MAX_ANNOUNCEMENT_BYTES) return undefined;
    const parsed = v.safeParse(announcementSchema, JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
