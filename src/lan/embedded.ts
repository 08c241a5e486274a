import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../files/file-lock.ts';
import { ensurePrivateFolder } from '../files/private-files.ts';
import { startRelay, type RunningRelay } from '../relay/index.ts';
import { announce } from './runtime-folder.ts';

/**
 * Everybody who reaches it is a process of this machine, so what a public relay allows one network it need not count
 * here: scripts come and go often.
 */
const loopbackLimits = {
  connectionsPerNetwork: 1_000,
  loginsPerNetwork: 1_000,
  newConnectionsPerNetwork: 100_000,
} as const;

/** Relays one profile may run at a time, each in a process of its own. */
export const MAX_EMBEDDED_RELAYS = 8;

export interface EmbeddedRelay {
  readonly url: string;
  readonly relayId: string;
  close(): Promise<void>;
}

/**
 * Runs a relay on this machine's loopback and announces it to this user's other processes. It keeps identity, mailbox
 * and, if it can, port from one start to the next, so that members come back by themselves. Undefined when every place
 * is taken.
 */
export async function startEmbeddedRelay(options: {
  readonly dataDir: string;
  readonly runtimeDir: string;
}): Promise<EmbeddedRelay | undefined> {
  for (let place = 0; place < MAX_EMBEDDED_RELAYS; place++) {
    const folder = join(options.dataDir, 'embedded', String(place));
    ensurePrivateFolder(folder);
    const lock = takeLock(join(folder, 'lock'));
    if (!lock) continue;
    try {
      const relay = await startOnLastPort(folder);
      const withdraw = announce(options.runtimeDir, {
        url: relay.url,
        relayId: relay.relayId,
        pid: process.pid,
      });
      return {
        url: relay.url,
        relayId: relay.relayId,
        async close() {
          withdraw?.();
          await relay.close();
          lock.release();
        },
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
  return undefined;
}

async function startOnLastPort(folder: string): Promise<RunningRelay> {
  const portFile = join(folder, 'port');
  const dataDir = join(folder, 'data');
  const last = readPort(portFile);
  let relay: RunningRelay | undefined;
  if (last !== undefined) {
    try {
      relay = await startRelay({
        listen: { host: '127.0.0.1', port: last },
        dataDir,
        limits: loopbackLimits,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
  relay ??= await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir, limits: loopbackLimits });
  if (relay.port !== last) writeFileSync(portFile, `${relay.port}\n`, { mode: 0o600 });
  return relay;
}

function readPort(file: string): number | undefined {
  try {
    const port = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}
