import { SECOND } from '../shared/limits.ts';
import type { Connection } from './connection.ts';
import type { RelayLimits } from './limits.ts';
import type { LoopLag } from './loop-lag.ts';
import type { Registry } from './registry.ts';
import type { Services } from './services.ts';
import type { Gauges } from './status.ts';
import type { Store } from './store.ts';

export interface Measured {
  readonly connections: ReadonlySet<Connection>;
  readonly registry: Registry;
  readonly services: Services;
  readonly store: Store;
  readonly limits: RelayLimits;
  readonly loopLag: LoopLag;
  readonly upMs: number;
  /** Ms since 1970. */
  readonly certificateUntil: number | undefined;
}

/** What there is in a relay at this moment. */
export function measure(relay: Measured): Gauges {
  const { connections, registry, services, store, limits, loopLag, upMs, certificateUntil } = relay;
  let [members, hosts, queuedBytes, queuedFrames, stalled] = [0, 0, 0, 0, 0];
  for (const { login, queue } of connections) {
    if (login?.purpose === 'member') members += 1;
    else if (login?.purpose === 'host') hosts += 1;
    queuedBytes += queue.waiting;
    queuedFrames += queue.waitingFrames;
    if (queue.isStalled) stalled += 1;
  }
  const { mails, bytes } = store.mailbox.usage();
  const { rss, heapUsed } = process.memoryUsage();
  const cpu = process.cpuUsage();
  return {
    connections: connections.size,
    connectionLimit: limits.connections,
    certificateUntil: certificateUntil && certificateUntil / SECOND,
    members,
    hosts,
    rooms: registry.rooms.size,
    listed: services.directory.size,
    watchers: services.directory.watching,
    circuits: registry.circuits.size,
    queuedBytes,
    queuedFrames,
    stalled,
    bans: services.bans.size,
    mails,
    mailBytes: bytes,
    writable: store.canStore(),
    commits: store.commits.read(),
    loopLagSeconds: loopLag.read(),
    residentBytes: rss,
    heapBytes: heapUsed,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    upSeconds: Math.round(upMs / SECOND),
  };
}
