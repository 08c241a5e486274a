import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import { signerFrom } from '../shared/crypto/sign.ts';
import { relayId, type RelayId } from '../shared/ids.ts';
import { MINUTE, SECOND } from '../shared/limits.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';
import { Admission } from './admission.ts';
import { budgetsOf } from './budget.ts';
import { systemClock, type Clock } from './clock.ts';
import { Connection, type ConnectionEvents, type ConnectionShared, type RelaySocket } from './connection.ts';
import { connectionLimit } from './descriptors.ts';
import { Directory } from './directory.ts';
import { Dispatch } from './dispatch.ts';
import { Accounts } from './handlers/accounts.ts';
import { Circuits } from './handlers/circuits.ts';
import { Logins } from './handlers/login.ts';
import { Post } from './handlers/post.ts';
import { Rooms } from './handlers/rooms.ts';
import { codeOf } from './store-error.ts';
import { Leases } from './leases.ts';
import { defaultLimits, type RelayLimits } from './limits.ts';
import { silentLogger, type Logger } from './log.ts';
import { Flusher } from './out-queue.ts';
import { Metrics } from './metrics.ts';
import { startMetricsServer, type MetricsServer } from './metrics-server.ts';
import { PurgeGuard } from './purge-guard.ts';
import { Registry } from './registry.ts';
import { RelayServer } from './server.ts';
import type { TlsFiles } from './tls-files.ts';
import { memoryStore, type Store } from './store.ts';

/** How long clients are told to stay away from a relay that is shutting down, at least and at most. */
const DRAIN_RETRY_MS = [500, 3_000] as const;

export interface RelayOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** Undefined: all in memory, with a new relay identity. */
  readonly dataDir: string | undefined;
  /** Where Prometheus metrics are served; absent: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** How the operator calls it. */
  readonly name?: string;
  /** What clients reach it under, where that is not the address it listens on. */
  readonly publicUrl?: string;
  readonly tls?: TlsFiles;
  readonly origins?: readonly string[];
  /** Proxies of ours in front: so many of the last `X-Forwarded-For` addresses are believed. */
  readonly trustProxy?: number;
  readonly limits?: Partial<RelayLimits>;
  /** Networks (`networkOf`) whose connections no limit by network counts: a host's own machine, where scripts come and go. */
  readonly freeNetworks?: readonly string[];
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Between two looks at timeouts, leases and silent peers; a second unless given. */
  readonly sweepMs?: number;
  /** Between two looks at full buckets, old mail and names given up; a minute unless given. */
  readonly tidyMs?: number;
}

export interface RunningRelay {
  /** A URL that clients can use, without a path. */
  readonly url: string;
  readonly port: number;
  readonly relayId: RelayId;
  /** Tells everybody to come back later, closes 1001; everything is closed within 5 s. */
  drain(): Promise<void>;
  /** The same without the telling. */
  close(): Promise<void>;
}

/** Rejects with the system's error when it cannot listen, with `UnusableFileError` when it cannot use its data folder. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const connections = connectionLimit(defaultLimits.connections);
  const limits = { ...defaultLimits, connections, ...options.limits };
  const store = await openStore(options.dataDir, limits);
  let relay: Relay | undefined;
  try {
    relay = new Relay(options, limits, store);
    await relay.listen();
    return relay;
  } catch (error) {
    if (relay) await relay.close();
    else store.close();
    throw error;
  }
}

/** Everything put together; what `listen` starts, `close` ends. */
class Relay implements RunningRelay, ConnectionEvents {
  readonly relayId: RelayId;
  url = '';
  port = 0;
  private readonly options: RelayOptions;
  private readonly store: Store;
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly limits: RelayLimits;
  private readonly registry = new Registry();
  private readonly metrics = new Metrics();
  private metricsServer: MetricsServer | undefined;
  private loopDelay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  private readonly connections = new Set<Connection>();
  private readonly admission: Admission;
  private readonly directory: Directory;
  private readonly circuits: Circuits;
  private readonly rooms: Rooms;
  private readonly post: Post;
  private readonly accounts: Accounts;
  private readonly logins: Logins;
  private readonly dispatch: Dispatch;
  private readonly server: RelayServer;
  private readonly shared: ConnectionShared;
  private readonly purgeGuard: PurgeGuard;
  private timers: NodeJS.Timeout[] = [];
  private lastConnection = 0;
  private ending: Promise<void> | undefined;

  constructor(options: RelayOptions, limits: RelayLimits, store: Store) {
    const { log = silentLogger, clock = systemClock } = options;
    const { registry } = this;
    const signer = signerFrom(store.seed);
    this.options = options;
    this.store = store;
    this.log = log;
    this.clock = clock;
    this.limits = limits;
    this.purgeGuard = new PurgeGuard(clock);
    this.relayId = relayId(signer.publicKey);
    this.admission = new Admission(limits, options.freeNetworks);
    this.directory = new Directory(clock);
    this.circuits = new Circuits({ registry, directory: this.directory, limits, clock });
    this.rooms = new Rooms({
      registry,
      leases: new Leases(limits.leaseMs, () => store.nextFence()),
      directory: this.directory,
      circuits: this.circuits,
      limits,
      clock,
      log,
    });
    this.post = new Post({ mailbox: store.mailbox, registry, clock, canStore: () => store.canStore() });
    this.accounts = new Accounts({
      names: store.names,
      allowances: store.allowances,
      mailbox: store.mailbox,
      registry,
      limits,
      clock,
      log,
      relay: { publicKey: signer.publicKey, seed: store.seed },
      canStore: () => store.canStore(),
    });
    this.logins = new Logins({
      signer,
      name: options.name,
      registry,
      limits,
      log,
      loggedIn: (connection, login) => {
        this.admission.loggedIn(connection.network);
        if (login.purpose === 'member') this.post.arrived(connection, login.key);
      },
    });
    const { directory, rooms, circuits, post, logins, accounts } = this;
    this.dispatch = new Dispatch({ logins, directory, rooms, circuits, post, accounts }, log);
    const budgets = budgetsOf(limits);
    this.shared = {
      events: this,
      flusher: new Flusher(clock),
      limits,
      budgets,
      clock,
      metrics: this.metrics,
    };
    this.server = new RelayServer({
      limits,
      tls: options.tls,
      origins: options.origins ?? [],
      trustProxy: options.trustProxy ?? 0,
      ready: () => this.ending === undefined && store.canStore(),
      freeNetworks: options.freeNetworks ?? [],
      failed: (error) => log.warn('listener-failed', { reason: codeOf(error) }),
      connected: (ws, socket, network) => this.connected(ws, socket, network),
    });
  }

  async listen(): Promise<void> {
    const { listen, publicUrl, tls, metrics, sweepMs = SECOND, tidyMs = MINUTE } = this.options;
    if (metrics) {
      this.loopDelay = monitorEventLoopDelay();
      this.loopDelay.enable();
      this.metricsServer = await startMetricsServer(metrics, () => this.metricsText());
      this.log.info('metrics', { port: this.metricsServer.port });
    }
    this.port = await this.server.listen(listen.host, listen.port);
    this.url = publicUrl ?? `${tls ? 'wss' : 'ws'}://${reachable(listen.host)}:${this.port}`;
    this.timers = [setInterval(() => this.sweep(), sweepMs), setInterval(() => this.tidy(), tidyMs).unref()];
  }

  received(connection: Connection, bytes: Buffer): void {
    this.metrics.received(bytes[0], bytes.length);
    this.dispatch.receive(connection, bytes);
  }

  gone(connection: Connection, code: number): void {
    const { login } = connection;
    this.metrics.closed(code);
    this.directory.unwatch(connection);
    if (!login) return;
    this.rooms.hostGone(connection);
    this.circuits.memberGone(connection);
    this.post.gone(connection);
    if (this.registry.members.get(login.identity) === connection)
      this.registry.members.delete(login.identity);
    this.log.info('connection-closed', { connection: connection.id, code });
  }

  closed(connection: Connection): void {
    if (this.connections.delete(connection))
      this.admission.closed(connection.network, connection.login !== undefined);
  }

  drain(): Promise<void> {
    return this.end(() => {
      this.log.info('draining', { connections: this.connections.size });
      const [least, most] = DRAIN_RETRY_MS;
      for (const connection of this.connections) {
        const retryMs = Math.round(least + Math.random() * (most - least));
        connection.refuse({ code: 'draining', retryMs }, closeCodes.goingAway);
      }
    });
  }

  close(): Promise<void> {
    return this.end(() => {
      for (const connection of this.connections) connection.close(closeCodes.goingAway);
    });
  }

  private end(closeAll: () => void): Promise<void> {
    this.ending ??= (async () => {
      for (const timer of this.timers) clearInterval(timer);
      this.directory.close();
      this.loopDelay?.disable();
      const closed = Promise.all([this.server.close(), this.metricsServer?.close()]);
      closeAll();
      await closed;
      this.store.close();
    })();
    return this.ending;
  }

  private connected(ws: RelaySocket, socket: Socket, network: string): void {
    this.lastConnection += 1;
    const connection = new Connection(this.lastConnection, ws, socket, network, this.shared);
    this.connections.add(connection);
    const refusal = this.admission.opened(network, this.clock.monotonic());
    if (refusal) connection.refuse(refusal, closeCodes.tooManyConnections);
    else if (this.ending) connection.refuse({ code: 'draining' }, closeCodes.goingAway);
    else this.logins.challenge(connection);
  }

  private metricsText(): string {
    let [members, hosts, queuedBytes] = [0, 0, 0];
    for (const { login, queue } of this.connections) {
      if (login?.purpose === 'member') members += 1;
      else if (login?.purpose === 'host') hosts += 1;
      queuedBytes += queue.waiting;
    }
    const loopLagSeconds = (this.loopDelay?.percentile(99) ?? 0) / 1e9;
    this.loopDelay?.reset();
    return this.metrics.text({
      connections: this.connections.size,
      members,
      hosts,
      rooms: this.registry.rooms.size,
      circuits: this.registry.circuits.size,
      queuedBytes,
      loopLagSeconds,
    });
  }

  private sweep(): void {
    const now = this.clock.monotonic();
    for (const connection of this.connections) connection.sweep(now);
    this.rooms.closeExpired();
    this.directory.dropExpired();
  }

  private tidy(): void {
    this.admission.prune(this.clock.monotonic());
    this.circuits.prune();
    this.accounts.prune();
    if (this.purgeGuard.trusted()) this.purge();
    else this.log.warn('purge-stopped', { reason: 'the wall clock jumped' });
  }

  private purge(): void {
    try {
      this.store.mailbox.purge(this.clock.wall());
      this.store.names.purge(this.clock.wall());
    } catch (error) {
      // A full disk takes not even a deletion; it is tried again with the next housekeeping.
      this.log.warn('purge-failed', { reason: codeOf(error) });
    }
  }
}

async function openStore(dataDir: string | undefined, limits: RelayLimits): Promise<Store> {
  if (dataDir === undefined) return memoryStore(limits);
  const { openDataDir } = await import('./data-dir.ts');
  return openDataDir(dataDir, limits);
}

/** An address that everybody listens on is none that anybody can dial. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
