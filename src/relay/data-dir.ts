import { existsSync, lstatSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { codeOf } from '../shared/error-code.ts';
import { SqliteBans } from './bans/sqlite-bans.ts';
import { SqliteAllowances } from './allowances/sqlite-allowances.ts';
import { DATABASE_FILE, KEY_FILE, makeDataFolder } from './data-files.ts';
import { numberOf, openDatabase } from './database.ts';
import { openKeyFile } from '../files/key-file.ts';
import { randomBytes } from '../shared/crypto/sign.ts';
import { StoreError } from './store-error.ts';
import type { RelayLimits } from './limits.ts';
import { silentLogger, type Logger } from './log.ts';
import { GroupCommit } from './mailbox/group-commit.ts';
import { SqliteMailbox } from './mailbox/sqlite-mailbox.ts';
import { SqliteNames } from './names/sqlite-names.ts';
import type { StillCopy, Store } from './store.ts';

/** Fences given out between two writes; a restart skips what is left of them. */
const FENCE_BLOCK = 1_024;
/** SQLite's own default. */
const CHECKPOINT_PAGES = 1_000;
/** Between two looks at how full the disk is. */
const DISK_CHECK_MS = 5_000;

/** The store in the folder `path`, made with mode 0700 where it is missing; takes no more than about `storageBytes`. Throws `StoreError`. */
export async function openDataDir(
  path: string,
  limits: RelayLimits,
  log: Pick<Logger, 'error'> = silentLogger,
  storageBytes = Number.POSITIVE_INFINITY,
): Promise<Store> {
  makeDataFolder(path);
  const seed = relaySeed(path);
  const file = join(path, DATABASE_FILE);
  const database = await openDatabase(file);
  // Clients are told that nothing can be stored; why, and where, is the operator's business.
  const group = new GroupCommit(database, (error) =>
    log.error('storage-failed', { file, reason: error instanceof Error ? error.message : codeOf(error) }),
  );
  const mailbox = new SqliteMailbox(database, limits, group);
  return {
    seed,
    mailbox,
    names: new SqliteNames(database, limits, group),
    allowances: new SqliteAllowances(database, group),
    bans: new SqliteBans(database, group),
    commits: group.timings,
    stillCopy: stillCopies(database, group, file),
    nextFence: fences(database, () => mailbox.flush()),
    canStore: storageCheck(() => bytesIn(database) < storageBytes && hasRoom(path, limits.diskFull)),
    close: () => {
      mailbox.close();
      database.close();
    },
  };
}

function relaySeed(folder: string): Uint8Array {
  const path = join(folder, KEY_FILE);
  // A link to nowhere is not a missing file.
  const missing = lstatSync(path, { throwIfNoEntry: false }) === undefined;
  if (missing && existsSync(join(folder, DATABASE_FILE)))
    throw new StoreError(
      `${path} is missing: restore it from a backup, or move ${folder} away to start as a new relay`,
    );
  return openKeyFile(path, 'relay key', { seed: 32 }, () => ({ seed: randomBytes(32) })).seed;
}

/** One number for all rooms: it rises for each of them, and there is one row to keep. */
function fences(database: DatabaseSync, flush: () => void): () => number {
  const read = database.prepare("SELECT value FROM meta WHERE name = 'fence'");
  const write = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('fence', ?)");
  const row = read.get();
  let last = row ? numberOf(row, 'value') : 0;
  let reserved = last;
  return () => {
    if (last === reserved) {
      reserved = last + FENCE_BLOCK;
      // Inside a group that fails later, the reservation would be undone.
      flush();
      try {
        write.run(reserved);
      } catch {
        // On a full disk rooms open all the same: whoever holds an earlier fence holds it of a relay that is gone.
        reserved = last + 1;
      }
    }
    return ++last;
  };
}

/**
 * In WAL mode the file itself changes at checkpoints only. One copy at a time: each begins with one. What it returns throws what
 * SQLite says, of a full disk for example.
 */
function stillCopies(database: DatabaseSync, group: GroupCommit, path: string): () => StillCopy | undefined {
  let held: StillCopy | undefined;
  const letGo = (): void => {
    held = undefined;
    // The relay may have ended while the copy was made.
    if (database.isOpen) database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  };
  return () => {
    if (held) return undefined;
    const copy: StillCopy = {
      path,
      release() {
        if (held === copy) letGo();
      },
    };
    group.commit();
    database.exec('PRAGMA wal_autocheckpoint = 0');
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      letGo();
      throw error;
    }
    held = copy;
    return copy;
  };
}

function storageCheck(look: () => boolean): () => boolean {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let free = true;
  return () => {
    const now = performance.now();
    if (now - checkedAt >= DISK_CHECK_MS) {
      checkedAt = now;
      free = look();
    }
    return free;
  };
}

/** What was deleted leaves pages for what comes. */
function bytesIn(database: DatabaseSync): number {
  const read = (name: string): number => numberOf(database.prepare(`PRAGMA ${name}`).get() ?? {}, name);
  return (read('page_count') - read('freelist_count')) * read('page_size');
}

/** False also where the system does not say: in a folder that has gone away nothing is kept. */
function hasRoom(path: string, full: number): boolean {
  try {
    const { blocks, bfree, bavail } = statfsSync(path);
    const used = blocks - bfree;
    return used < full * (used + bavail);
  } catch {
    return false;
  }
}
