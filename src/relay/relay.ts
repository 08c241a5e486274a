import type { Socket } from 'node:net';
import { codeOf } from '../shared/error-code.ts';
import { signerFrom } from '../shared/crypto/sign.ts';
import type { Rejection } from '../shared/errors.ts';
import { relayId, type RelayId } from '../shared/ids.ts';
import { KIB, SECOND } from '../shared/limits.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';
import { budgetsOf } from './budget.ts';
import { systemClock, type Clock } from './clock.ts';
import { Connection, type ConnectionEvents, type ConnectionShared, type RelaySocket } from './connection.ts';
import { connectionLimit } from './descriptors.ts';
import { DirectWrites } from './direct-writes.ts';
import { Housekeeping } from './housekeeping.ts';
import { defaultLimits, limitsOfStart, type RelayLimits } from './limits.ts';
import { silentLogger, stackOf, type Logger } from './log.ts';
import { LoopLag } from './loop-lag.ts';
import { measure } from './measure.ts';
import { chunkOf } from './message-reader.ts';
import { Metrics } from './metrics.ts';
import { startMetricsServer, type MetricsServer } from './metrics-server.ts';
import { Operator } from './operator/operator.ts';
import { startOperatorSocket, type OperatorSocket } from './operator/operator-socket.ts';
import { Flusher } from './out-queue.ts';
import { Registry } from './registry.ts';
import type { RelayOptions, RelaySettings, RunningRelay } from './relay-options.ts';
import { messageStart, type ServerFrame } from './server-frame.ts';
import { RelayServer } from './server.ts';
import { Services } from './services.ts';
import type { Gauges, RelayStatus } from './status.ts';
import { memoryStore, type Store } from './store.ts';
import { Upkeep } from './upkeep.ts';

/** How long clients are told to stay away from a relay that is shutting down: at least this, */
const DRAIN_RETRY_MS = 1_000;
/** and at random so much longer for each of them, */
const DRAIN_SPREAD_MS = 150;
/** within these bounds: a few come back soon, and of many at most a tenth in any second. */
const DRAIN_SPREAD = [2_500, 30_000] as const;
/** As much as Node.js reads at once. */
const READ_BYTES = 64 * KIB;

/** Rejects with the system's error when it cannot listen, with `UnusableFileError` when it cannot use its data folder. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const wanted = { ...defaultLimits, ...options.limits };
  const limits = { ...wanted, connections: connectionLimit(wanted.connections) };
  const store = await openStore(options, limits);
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
  readonly #options: RelayOptions;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #clock: Clock;
  /** Everybody holds this very object: what is changed in it holds everywhere. */
  readonly #limits: RelayLimits;
  readonly #registry = new Registry();
  readonly #metrics = new Metrics();
  #metricsServer: MetricsServer | undefined;
  #operatorSocket: OperatorSocket | undefined;
  readonly #loopLag = new LoopLag();
  readonly #connections = new Set<Connection>();
  readonly #services: Services;
  readonly #server: RelayServer;
  readonly #shared: ConnectionShared;
  readonly #housekeeping: Housekeeping;
  readonly #upkeep: Upkeep;
  readonly #startedAt: number;
  #lastConnection = 0;
  #ending: Promise<void> | undefined;
  #resolveEnded: () => void = () => undefined;

  constructor(options: RelayOptions, limits: RelayLimits, store: Store) {
    const { log = silentLogger, clock = systemClock } = options;
    const registry = this.#registry;
    const signer = signerFrom(store.seed);
    this.#options = options;
    this.#store = store;
    this.#log = log;
    this.#clock = clock;
    this.#limits = limits;
    this.#startedAt = clock.monotonic();
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.relayId = relayId(signer.publicKey);
    this.#services = new Services({
      options,
      signer,
      store,
      registry,
      limits,
      clock,
      log,
      metrics: this.#metrics,
    });
    const budgets = budgetsOf(limits);
    this.#shared = {
      events: this,
      flusher: new Flusher(clock),
      readBuffer: chunkOf(Buffer.allocUnsafeSlow(READ_BYTES)),
      writes: DirectWrites.find(),
      limits,
      budgets,
      clock,
      metrics: this.#metrics,
    };
    this.#server = new RelayServer({
      limits,
      tls: options.tls,
      origins: options.origins ?? [],
      trustProxy: options.trustProxy ?? 0,
      ready: () => this.#ending === undefined && store.canStore(),
      freeNetworks: options.freeNetworks ?? [],
      proxied: () => this.#upkeep.proxied(),
      failed: (error) => log.warn('listener-failed', { reason: codeOf(error) }),
      connected: (ws, socket, network) => this.#connected(ws, socket, network),
    });
    const connections = this.#connections;
    const services = this.#services;
    this.#upkeep = new Upkeep(clock, log, () => store.canStore());
    this.#upkeepChanged(options);
    const upkeep = this.#upkeep;
    this.#housekeeping = new Housekeeping({ connections, services, store, upkeep, limits, clock, log });
  }

  async listen(): Promise<void> {
    const { listen, publicUrl, tls, metrics, operatorSocket, sweepMs = SECOND, tidyMs } = this.#options;
    if (metrics) {
      this.#loopLag.read();
      this.#metricsServer = await startMetricsServer(
        metrics,
        () => this.#metrics.text(this.#gauges()),
        (error) => this.#log.error('metrics-failed', { stack: stackOf(error) }),
      );
      this.#log.info('metrics', { port: this.#metricsServer.port });
    }
    this.port = await this.#server.listen(listen.host, listen.port);
    this.url = publicUrl ?? `${tls ? 'wss' : 'ws'}://${reachable(listen.host)}:${this.port}`;
    if (operatorSocket !== undefined)
      this.#operatorSocket = await startOperatorSocket(operatorSocket, () => this.#operator(), this.#log);
    this.#housekeeping.start(sweepMs, tidyMs);
  }

  change({ name, terms, allowed, limits = {}, tls }: RelaySettings): void {
    if (tls) this.#server.useCertificate(tls);
    const connections = connectionLimit(limits.connections ?? defaultLimits.connections);
    const ofStart = Object.fromEntries(limitsOfStart.map((name) => [name, this.#limits[name]]));
    Object.assign(this.#limits, defaultLimits, limits, ofStart, { connections });
    Object.assign(this.#shared.budgets, budgetsOf(this.#limits));
    this.#server.limitsChanged();
    this.#upkeepChanged({ limits, tls });
    this.#services.changed({ name, terms, allowed });
    for (const connection of this.#connections) connection.budgetChanged();
    this.#expel();
  }

  warn(): readonly string[] {
    return this.#upkeep.tell();
  }

  received(connection: Connection, frame: ServerFrame): void {
    const start = messageStart(frame);
    this.#metrics.received(frame[start], frame.length - start);
    this.#services.dispatch.receive(connection, frame);
  }

  gone(connection: Connection, code: number): void {
    this.#metrics.closed(code);
    this.#services.gone(connection);
    if (connection.login) this.#log.info('connection-closed', { connection: connection.id, code });
  }

  closed(connection: Connection): void {
    if (this.#connections.delete(connection))
      this.#services.admission.closed(connection.network, connection.login !== undefined);
  }

  drain(): Promise<void> {
    return this.#end(() => {
      this.#log.info('draining', { connections: this.#connections.size });
      const [least, most] = DRAIN_SPREAD;
      const spread = Math.min(most, Math.max(least, this.#connections.size * DRAIN_SPREAD_MS));
      for (const connection of this.#connections) {
        const retryMs = Math.round(DRAIN_RETRY_MS + Math.random() * spread);
        connection.refuse({ code: 'draining', retryMs }, closeCodes.goingAway);
      }
    });
  }

  close(): Promise<void> {
    return this.#end(() => {
      for (const connection of this.#connections) connection.close(closeCodes.goingAway);
    });
  }

  #end(closeAll: () => void): Promise<void> {
    this.#ending ??= (async () => {
      this.#housekeeping.close();
      this.#services.directory.close();
      this.#loopLag.close();
      const closed = Promise.all([this.#server.close(), this.#metricsServer?.close()]);
      closeAll();
      await closed;
      this.#store.close();
      // Last, so that whoever asked for the end hears of it.
      await this.#operatorSocket?.close();
      this.#resolveEnded();
    })();
    return this.#ending;
  }

  #connected(ws: RelaySocket, socket: Socket, network: string): void {
    this.#lastConnection += 1;
    const connection = new Connection(this.#lastConnection, ws, socket, network, this.#shared);
    this.#connections.add(connection);
    const refusal = this.#services.admission.opened(network, this.#clock.monotonic());
    const banned = this.#services.gate.network(network);
    if (refusal) connection.refuse(refusal, closeCodes.tooManyConnections);
    else if (banned) connection.refuse(banned, closeCodes.refused);
    else if (this.#ending) connection.refuse({ code: 'draining' }, closeCodes.goingAway);
    else this.#services.logins.challenge(connection);
  }

  #upkeepChanged({ limits, tls }: Pick<RelaySettings, 'limits' | 'tls'>): void {
    const wanted = limits?.connections ?? defaultLimits.connections;
    this.#upkeep.changed(wanted, this.#limits.connections, this.#options.tls && tls);
  }

  #operator(): Operator {
    const { reload = () => ({ ok: false, text: 'this relay has no settings to read' }) } = this.#options;
    return new Operator({
      connections: this.#connections,
      registry: this.#registry,
      services: this.#services,
      store: this.#store,
      clock: this.#clock,
      log: this.#log,
      status: () => this.#status(),
      expel: () => this.#expel(),
      drain: () => void this.drain(),
      reload,
    });
  }

  /** Sends away who may not be here any more; returns how many. */
  #expel(): number {
    let sent = 0;
    for (const connection of this.#connections) {
      const refusal = this.#unwanted(connection);
      if (!refusal) continue;
      connection.refuse(refusal, closeCodes.refused);
      sent += 1;
    }
    return sent;
  }

  #unwanted({ network, login }: Connection): Rejection | undefined {
    return this.#services.gate.network(network) ?? (login && this.#services.gate.key(login.identity));
  }

  #status(): RelayStatus {
    return {
      relayId: this.relayId,
      name: this.#services.greeting.name ?? '',
      url: this.url,
      version: this.#options.version ?? '',
      draining: this.#ending !== undefined,
      private: this.#services.gate.allowed !== undefined,
      warnings: this.#upkeep.warnings(),
      now: this.#gauges(),
      total: this.#metrics.counts(),
    };
  }

  #gauges(): Gauges {
    return measure({
      connections: this.#connections,
      registry: this.#registry,
      services: this.#services,
      store: this.#store,
      limits: this.#limits,
      loopLag: this.#loopLag,
      upMs: this.#clock.monotonic() - this.#startedAt,
      certificateUntil: this.#upkeep.validity?.until,
    });
  }
}

async function openStore({ dataDir, log, storageBytes }: RelayOptions, limits: RelayLimits): Promise<Store> {
  if (dataDir === undefined) return memoryStore(limits);
  const { openDataDir } = await import('./data-dir.ts');
  return openDataDir(dataDir, limits, log, storageBytes);
}

/** An address that everybody listens on is none that anybody can dial. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
