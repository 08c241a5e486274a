import type { Socket } from 'node:net';
import { signerFrom } from '../shared/crypto/sign.ts';
import type { Rejection } from '../shared/errors.ts';
import { relayId, type IdentityKey, type RelayId } from '../shared/ids.ts';
import { SECOND } from '../shared/limits.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';
import { Admission } from './admission.ts';
import { Bans } from './bans/bans.ts';
import { budgetsOf } from './budget.ts';
import { systemClock, type Clock } from './clock.ts';
import { Connection, type ConnectionEvents, type ConnectionShared, type RelaySocket } from './connection.ts';
import { connectionLimit } from './descriptors.ts';
import { Directory } from './directory.ts';
import { Dispatch } from './dispatch.ts';
import { Gate } from './gate.ts';
import { Accounts } from './handlers/accounts.ts';
import { Circuits } from './handlers/circuits.ts';
import { Logins, type Greeting } from './handlers/login.ts';
import { Post } from './handlers/post.ts';
import { Rooms } from './handlers/rooms.ts';
import { Housekeeping } from './housekeeping.ts';
import { Leases } from './leases.ts';
import { defaultLimits, type RelayLimits } from './limits.ts';
import { silentLogger, type Logger } from './log.ts';
import { LoopLag } from './loop-lag.ts';
import { Flusher } from './out-queue.ts';
import { Metrics } from './metrics.ts';
import { startMetricsServer, type MetricsServer } from './metrics-server.ts';
import { NetworkAliases } from './network-aliases.ts';
import { Operator } from './operator/operator.ts';
import { startOperatorSocket, type OperatorSocket } from './operator/operator-socket.ts';
import { Registry } from './registry.ts';
import { RelayServer } from './server.ts';
import type { Gauges, RelayStatus } from './status.ts';
import { codeOf } from './store-error.ts';
import type { TlsFiles } from './tls-files.ts';
import { memoryStore, type Store } from './store.ts';

/** How long clients are told to stay away from a relay that is shutting down: at least this, */
const DRAIN_RETRY_MS = 1_000;
/** and at random so much longer for each of them, */
const DRAIN_SPREAD_MS = 150;
/** within these bounds: a few come back soon, and of many at most a tenth in any second. */
const DRAIN_SPREAD = [2_500, 30_000] as const;

/** What may be changed while a relay runs. */
export interface RelaySettings {
  /** How the operator calls it. */
  readonly name?: string | undefined;
  /** What everybody is shown at the first visit; at most `MAX_TERMS_BYTES`. */
  readonly terms?: string | undefined;
  /** Only these may come in; absent: everybody. */
  readonly allowed?: ReadonlySet<IdentityKey> | undefined;
  readonly limits?: Partial<RelayLimits> | undefined;
  /** A relay that began without TLS goes on without. */
  readonly tls?: TlsFiles | undefined;
}

export interface RelayOptions extends RelaySettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** Undefined: all in memory, with a new relay identity. */
  readonly dataDir: string | undefined;
  /** Where Prometheus metrics are served; absent: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** What clients reach it under, where that is not the address it listens on. */
  readonly publicUrl?: string;
  readonly origins?: readonly string[];
  /** Proxies of ours in front: so many of the last `X-Forwarded-For` addresses are believed. */
  readonly trustProxy?: number;
  /** Networks (`networkOf`) whose connections no limit by network counts: a host's own machine, where scripts come and go. */
  readonly freeNetworks?: readonly string[];
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Between two looks at timeouts, leases and silent peers; a second unless given. */
  readonly sweepMs?: number;
  /** Where this user's `chat-tui relay …` commands are answered: a Unix socket; absent: nowhere. */
  readonly operatorSocket?: string;
  /** Reads the settings anew for an operator who asks for it; resolves with why it was not done. */
  readonly reload?: () => Promise<string | undefined>;
  readonly version?: string;
  /** Between two looks at full buckets, old mail and names given up; a minute unless given. */
  readonly tidyMs?: number;
}

export interface RunningRelay {
  /** A URL that clients can use, without a path. */
  readonly url: string;
  readonly port: number;
  readonly relayId: RelayId;
  /** Resolves when it is closed, by an operator for example. */
  readonly ended: Promise<void>;
  /** Takes effect at once, also for who is connected; limits that the listener was made with stay. Throws when certificate and key do not fit. */
  change(settings: RelaySettings): void;
  /** Tells everybody to come back later, closes 1001; everything is closed within 5 s. */
  drain(): Promise<void>;
  /** The same without the telling. */
  close(): Promise<void>;
}

/** Rejects with the system's error when it cannot listen, with `UnusableFileError` when it cannot use its data folder. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const connections = connectionLimit(options.limits?.connections ?? defaultLimits.connections);
  const limits = { ...defaultLimits, ...options.limits, connections };
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
  readonly ended: Promise<void>;
  url = '';
  port = 0;
  private readonly options: RelayOptions;
  private readonly store: Store;
  private readonly log: Logger;
  private readonly clock: Clock;
  /** Everybody holds this very object: what is changed in it holds everywhere. */
  private readonly limits: RelayLimits;
  private readonly registry = new Registry();
  private readonly metrics = new Metrics();
  private metricsServer: MetricsServer | undefined;
  private operatorSocket: OperatorSocket | undefined;
  private readonly loopLag = new LoopLag();
  private readonly connections = new Set<Connection>();
  private readonly admission: Admission;
  private readonly bans: Bans;
  private readonly gate: Gate;
  private readonly aliases: NetworkAliases;
  private readonly greeting: Greeting;
  private readonly directory: Directory;
  private readonly circuits: Circuits;
  private readonly rooms: Rooms;
  private readonly post: Post;
  private readonly accounts: Accounts;
  private readonly logins: Logins;
  private readonly dispatch: Dispatch;
  private readonly server: RelayServer;
  private readonly shared: ConnectionShared;
  private readonly housekeeping: Housekeeping;
  private readonly startedAt: number;
  private lastConnection = 0;
  private ending: Promise<void> | undefined;
  private resolveEnded: () => void = () => undefined;

  constructor(options: RelayOptions, limits: RelayLimits, store: Store) {
    const { log = silentLogger, clock = systemClock } = options;
    const { registry } = this;
    const signer = signerFrom(store.seed);
    this.options = options;
    this.store = store;
    this.log = log;
    this.clock = clock;
    this.limits = limits;
    this.startedAt = clock.monotonic();
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.relayId = relayId(signer.publicKey);
    this.admission = new Admission(limits, options.freeNetworks);
    this.bans = new Bans(store.bans, clock);
    this.gate = new Gate(this.bans, options.allowed);
    this.aliases = new NetworkAliases(clock);
    this.greeting = { name: options.name, terms: options.terms };
    this.directory = new Directory(clock);
    const { bans } = this;
    this.circuits = new Circuits({ registry, directory: this.directory, bans, limits, clock });
    this.rooms = new Rooms({
      registry,
      leases: new Leases(limits.leaseMs, () => store.nextFence()),
      directory: this.directory,
      bans,
      circuits: this.circuits,
      limits,
      clock,
      log,
    });
    this.post = new Post({
      mailbox: store.mailbox,
      registry,
      limits,
      clock,
      canStore: () => store.canStore(),
    });
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
      greeting: this.greeting,
      gate: this.gate,
      aliases: this.aliases,
      registry,
      limits,
      log,
      loggedIn: (connection, login) => {
        this.metrics.loggedIn();
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
    const { connections, admission } = this;
    this.housekeeping = new Housekeeping({
      parts: { connections, rooms, directory, admission, circuits, post, accounts, bans, store },
      clock,
      log,
    });
  }

  async listen(): Promise<void> {
    const { listen, publicUrl, tls, metrics, operatorSocket, sweepMs = SECOND, tidyMs } = this.options;
    if (metrics) {
      this.loopLag.read();
      this.metricsServer = await startMetricsServer(metrics, () => this.metrics.text(this.gauges()));
      this.log.info('metrics', { port: this.metricsServer.port });
    }
    this.port = await this.server.listen(listen.host, listen.port);
    this.url = publicUrl ?? `${tls ? 'wss' : 'ws'}://${reachable(listen.host)}:${this.port}`;
    if (operatorSocket !== undefined)
      this.operatorSocket = await startOperatorSocket(operatorSocket, () => this.operator(), this.log);
    this.housekeeping.start(sweepMs, tidyMs);
  }

  change({ name, terms, allowed, limits = {}, tls }: RelaySettings): void {
    if (tls) this.server.useCertificate(tls);
    const connections = connectionLimit(limits.connections ?? defaultLimits.connections);
    Object.assign(this.limits, defaultLimits, limits, { connections });
    Object.assign(this.shared.budgets, budgetsOf(this.limits));
    this.server.limitsChanged();
    this.admission.limitsChanged(this.clock.monotonic());
    this.circuits.limitsChanged();
    this.post.limitsChanged();
    this.accounts.limitsChanged();
    Object.assign(this.greeting, { name, terms });
    this.gate.allowed = allowed;
    for (const connection of this.connections) connection.budgetChanged();
    this.expel();
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
      const [least, most] = DRAIN_SPREAD;
      const spread = Math.min(most, Math.max(least, this.connections.size * DRAIN_SPREAD_MS));
      for (const connection of this.connections) {
        const retryMs = Math.round(DRAIN_RETRY_MS + Math.random() * spread);
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
      this.housekeeping.close();
      this.directory.close();
      this.loopLag.close();
      const closed = Promise.all([this.server.close(), this.metricsServer?.close()]);
      closeAll();
      await closed;
      this.store.close();
      // Last, so that whoever asked for the end hears of it.
      await this.operatorSocket?.close();
      this.resolveEnded();
    })();
    return this.ending;
  }

  private connected(ws: RelaySocket, socket: Socket, network: string): void {
    this.lastConnection += 1;
    const connection = new Connection(this.lastConnection, ws, socket, network, this.shared);
    this.connections.add(connection);
    const refusal = this.admission.opened(network, this.clock.monotonic());
    const banned = this.gate.network(network);
    if (refusal) connection.refuse(refusal, closeCodes.tooManyConnections);
    else if (banned) connection.refuse(banned, closeCodes.refused);
    else if (this.ending) connection.refuse({ code: 'draining' }, closeCodes.goingAway);
    else this.logins.challenge(connection);
  }

  private operator(): Operator {
    const { connections, registry, directory, rooms, bans, aliases, store, clock, log, options } = this;
    return new Operator({
      connections,
      registry,
      directory,
      rooms,
      bans,
      aliases,
      store,
      clock,
      log,
      status: () => this.status(),
      expel: () => this.expel(),
      drain: () => void this.drain(),
      reload: options.reload ?? (() => Promise.resolve('this relay has no settings to read')),
    });
  }

  /** Sends away who may not be here any more; returns how many. */
  private expel(): number {
    let sent = 0;
    for (const connection of this.connections) {
      const refusal = this.unwanted(connection);
      if (!refusal) continue;
      connection.refuse(refusal, closeCodes.refused);
      sent += 1;
    }
    return sent;
  }

  private unwanted({ network, login }: Connection): Rejection | undefined {
    return this.gate.network(network) ?? (login && this.gate.key(login.identity));
  }

  private status(): RelayStatus {
    return {
      relayId: this.relayId,
      name: this.greeting.name ?? '',
      url: this.url,
      version: this.options.version ?? '',
      draining: this.ending !== undefined,
      private: this.gate.allowed !== undefined,
      now: this.gauges(),
      total: this.metrics.counts(),
    };
  }

  private gauges(): Gauges {
    let [members, hosts, queuedBytes, queuedFrames, stalled] = [0, 0, 0, 0, 0];
    for (const { login, queue } of this.connections) {
      if (login?.purpose === 'member') members += 1;
      else if (login?.purpose === 'host') hosts += 1;
      queuedBytes += queue.waiting;
      queuedFrames += queue.waitingFrames;
      if (queue.isStalled) stalled += 1;
    }
    const { mails, bytes } = this.store.mailbox.usage();
    const { rss, heapUsed } = process.memoryUsage();
    const cpu = process.cpuUsage();
    return {
      connections: this.connections.size,
      connectionLimit: this.limits.connections,
      members,
      hosts,
      rooms: this.registry.rooms.size,
      listed: this.directory.size,
      watchers: this.directory.watching,
      circuits: this.registry.circuits.size,
      queuedBytes,
      queuedFrames,
      stalled,
      bans: this.bans.size,
      mails,
      mailBytes: bytes,
      writable: this.store.canStore(),
      commits: this.store.commits.read(),
      loopLagSeconds: this.loopLag.read(),
      residentBytes: rss,
      heapBytes: heapUsed,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      upSeconds: Math.round((this.clock.monotonic() - this.startedAt) / SECOND),
    };
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
