import { existsSync, lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { codeOf } from '../shared/error-code.ts';
import { takeLock, type Lock } from '../files/file-lock.ts';
import { freePath } from '../files/free-path.ts';
import { ensurePrivateFolder } from '../files/private-files.ts';
import { namingThePath, UnusableFileError } from '../files/unusable-file.ts';
import { startRelay, type RunningRelay } from '../relay/index.ts';
import { toBase32 } from '../shared/base32.ts';
import { MIB } from '../shared/limits.ts';
import { newInstance } from './dns-sd.ts';
import type { LanService } from './lan-service.ts';
import { machineName } from './machine-name.ts';
import { announce } from './runtime-folder.ts';
import { defined } from '../shared/defined.ts';

/** Relays one profile may run at a time, each in a process of its own. */
export const MAX_EMBEDDED_RELAYS = 8;

/** What strangers and friends may leave on the disk of whoever hosts a room. */
export const EMBEDDED_STORAGE_BYTES = 256 * MIB;

export interface EmbeddedRelay {
  /** For this machine. */
  readonly url: string;
  readonly relayId: string;
  /** For those who are invited. */
  readonly inviteUrl: () => string;
  close(): Promise<void>;
}

/** Where an embedded relay is heard beyond this machine. */
interface LanPresence {
  readonly service: LanService;
  /** The address an invite names; undefined where this machine is in no network. */
  readonly address: () => string | undefined;
}

/**
 * Runs a relay in this process and announces it to this user's other processes and, with `lan`, to the network; without
 * it listens on loopback only. It keeps identity, mailbox and, if it can, port from one start to the next, so that
 * members come back by themselves. Undefined when every place is taken.
 */
export async function startEmbeddedRelay(options: {
  readonly dataDir: string;
  readonly runtimeDir: string;
  readonly lan?: LanPresence | undefined;
  readonly storageBytes?: number;
}): Promise<EmbeddedRelay | undefined> {
  const { storageBytes = EMBEDDED_STORAGE_BYTES } = options;
  for (let place = 0; place < MAX_EMBEDDED_RELAYS; place++) {
    const folder = join(options.dataDir, 'embedded', String(place));
    namingThePath(folder, () => ensurePrivateFolder(folder));
    const lock = takeLock(join(folder, 'lock'));
    if (!lock) continue;
    try {
      return await announced(
        await startOnLastPort(folder, options.lan !== undefined, storageBytes),
        options,
        lock,
      );
    } catch (error) {
      lock.release();
      throw inProfile(error);
    }
  }
  return undefined;
}

/** A relay names the option of `chat-tui relay` for its folder; here that is in the profile. */
function inProfile(error: unknown): unknown {
  if (!(error instanceof UnusableFileError)) return error;
  return new UnusableFileError(error.text.replace(' --data', ' --home'), { cause: error });
}

async function announced(
  relay: RunningRelay,
  { runtimeDir, lan }: { readonly runtimeDir: string; readonly lan?: LanPresence | undefined },
  lock: Lock,
): Promise<EmbeddedRelay> {
  const { port, relayId } = relay;
  const url = `ws://127.0.0.1:${port}`;
  // New with each start: whoever listens on the network learns nothing about who comes back.
  const instance = lan ? newInstance(toBase32(randomBytes(10))) : undefined;
  const near = (named: string | undefined): (() => void) | undefined =>
    announce(runtimeDir, {
      url,
      relayId,
      pid: process.pid,
      ...defined({ instance: named }),
    });
  let withdraw = near(instance);
  const goodbye =
    instance === undefined
      ? undefined
      : lan?.service.announce({ instance, port }, (was) => {
          const renamed = { ...was, instance: newInstance(toBase32(randomBytes(10))) };
          withdraw = near(renamed.instance);
          return renamed;
        });
  return {
    url,
    relayId,
    inviteUrl: () => {
      const address = lan?.address();
      return address === undefined ? url : `ws://${address}:${port}`;
    },
    async close() {
      goodbye?.();
      withdraw?.();
      await relay.close();
      lock.release();
    },
  };
}

/** Both families at once, where the system has both. */
async function startOnLastPort(
  folder: string,
  everywhere: boolean,
  storageBytes: number,
): Promise<RunningRelay> {
  if (!everywhere) return await startAt(folder, '127.0.0.1', storageBytes);
  try {
    return await startAt(folder, '::', storageBytes);
  } catch (error) {
    if (!withoutV6.has(codeOf(error))) throw error;
    return await startAt(folder, '0.0.0.0', storageBytes);
  }
}

const withoutV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/**
 * A profile that was copied to another machine becomes another relay there: two under one identity would be taken for one
 * relay with two addresses, and half of the network would call the wrong one.
 */
function forgetOtherMachine(folder: string): void {
  const file = join(folder, 'machine');
  const here = machineName(folder);
  const was = readSmall(file);
  if (was === here) return;
  const data = join(folder, 'data');
  // Mail that waits in it is its owners' and not ours to throw away.
  if (was !== undefined && existsSync(data))
    renameSync(data, freePath(join(folder, `data-of-${was.slice(0, 8)}`)));
  keep(file, here);
}

/** The second is what Windows says of a port that it keeps for itself since its last start. */
const takenPort: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);

async function startAt(folder: string, host: string, storageBytes: number): Promise<RunningRelay> {
  const portFile = join(folder, 'port');
  const last = readPort(portFile);
  const start = (port: number): Promise<RunningRelay> =>
    startRelay({
      listen: { host, port },
      dataDir: join(folder, 'data'),
      storageBytes,
      freeNetworks: ['127.0.0.1'],
    });
  forgetOtherMachine(folder);
  let relay: RunningRelay | undefined;
  if (last !== undefined) {
    try {
      relay = await start(last);
    } catch (error) {
      if (!takenPort.has(codeOf(error))) throw error;
    }
  }
  relay ??= await start(0);
  if (relay.port !== last) keep(portFile, String(relay.port));
  return relay;
}

function readPort(file: string): number | undefined {
  const port = Number(readSmall(file));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

function readSmall(file: string): string | undefined {
  try {
    // Reading a FIFO would wait for ever.
    return lstatSync(file).isFile() ? readFileSync(file, 'utf8').trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Without it members find the next relay by its announcement. */
function keep(file: string, text: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) return;
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
  } catch {
    // A full disk is no reason not to start.
  }
}
