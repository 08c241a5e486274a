import type { Signer } from '../shared/crypto/sign.ts';
import { Admission } from './admission.ts';
import { Bans } from './bans/bans.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { Directory } from './directory.ts';
import { Dispatch } from './dispatch.ts';
import { Gate } from './gate.ts';
import { Accounts } from './handlers/accounts.ts';
import { Circuits } from './handlers/circuits.ts';
import { Logins, type Greeting } from './handlers/login.ts';
import { Post } from './handlers/post.ts';
import { Rooms } from './handlers/rooms.ts';
import { Leases } from './leases.ts';
import type { RelayLimits } from './limits.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { NetworkAliases } from './network-aliases.ts';
import type { Registry } from './registry.ts';
import type { RelayOptions, RelaySettings } from './relay-options.ts';
import type { Store } from './store.ts';

export interface ServiceParts {
  readonly options: Pick<RelayOptions, 'freeNetworks' | 'name' | 'terms' | 'allowed'>;
  readonly signer: Signer;
  readonly store: Store;
  readonly registry: Registry;
  /** What is changed in it holds from `changed` on. */
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'loggedIn'>;
}

/** Everything that answers what people ask of a relay, put together. */
export class Services {
  readonly admission: Admission;
  readonly bans: Bans;
  readonly gate: Gate;
  readonly aliases: NetworkAliases;
  readonly directory: Directory;
  readonly circuits: Circuits;
  readonly rooms: Rooms;
  readonly post: Post;
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly dispatch: Dispatch;
  readonly greeting: Readonly<Greeting>;
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    const { options, signer, store, registry, limits, clock, log, metrics } = parts;
    const canStore = () => store.canStore();
    const directory = new Directory(clock);
    const bans = new Bans(store.bans, clock);
    const circuits = new Circuits({ registry, directory, bans, limits, clock });
    const leases = new Leases(limits.leaseMs, () => store.nextFence());
    const { mailbox, names, allowances, seed } = store;
    this.#parts = parts;
    this.admission = new Admission(limits, options.freeNetworks);
    this.bans = bans;
    this.gate = new Gate(bans, options.allowed);
    this.aliases = new NetworkAliases(clock);
    this.greeting = { name: options.name, terms: options.terms };
    this.directory = directory;
    this.circuits = circuits;
    this.rooms = new Rooms({ registry, leases, directory, bans, circuits, limits, clock, log });
    this.post = new Post({ mailbox, registry, limits, clock, canStore });
    this.accounts = new Accounts({
      names,
      allowances,
      mailbox,
      registry,
      limits,
      clock,
      log,
      relay: { publicKey: signer.publicKey, seed },
      canStore,
    });
    const { greeting, gate, aliases, admission, post, rooms, accounts } = this;
    this.logins = new Logins({
      signer,
      greeting,
      gate,
      aliases,
      registry,
      limits,
      log,
      loggedIn: (connection, login) => {
        metrics.loggedIn();
        admission.loggedIn(connection.network);
        if (login.purpose === 'member') post.arrived(connection, login.key);
      },
    });
    this.dispatch = new Dispatch({ logins: this.logins, directory, rooms, circuits, post, accounts }, log);
  }

  /** The limits hold other values, and these are the operator's words by now. */
  changed({ name, terms, allowed }: Pick<RelaySettings, 'name' | 'terms' | 'allowed'>): void {
    Object.assign(this.greeting, { name, terms });
    this.gate.allowed = allowed;
    this.admission.limitsChanged(this.#parts.clock.monotonic());
    this.circuits.limitsChanged();
    this.post.limitsChanged();
    this.accounts.limitsChanged();
  }

  /** Nothing more comes of the connection. */
  gone(connection: Connection): void {
    const { members } = this.#parts.registry;
    this.directory.unwatch(connection);
    if (!connection.login) return;
    this.rooms.hostGone(connection);
    this.circuits.memberGone(connection);
    this.post.gone(connection);
    if (members.get(connection.login.identity) === connection) members.delete(connection.login.identity);
  }

  /** Forgets what says nothing any more. */
  prune(): void {
    this.admission.prune(this.#parts.clock.monotonic());
    this.aliases.prune();
    this.circuits.prune();
    this.post.prune();
    this.accounts.prune();
  }
}
