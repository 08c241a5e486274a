import { codeOf } from '../../shared/error-code.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { assertNever } from '../../shared/errors.ts';
import { idBytes, parseIdentityKey, parseRoomId, type RoomId } from '../../shared/ids.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../shared/limits.ts';
import { MAX_BANS } from '../bans/bans.ts';
import { formatPrefix, prefixOf } from '../bans/network-prefix.ts';
import { networkOf } from '../network.ts';
import type { Clock } from '../clock.ts';
import type { Connection } from '../connection.ts';
import type { LogFields, Logger } from '../log.ts';
import type { LiveRoom, Registry } from '../registry.ts';
import type { Reloaded } from '../relay-options.ts';
import type { Services } from '../services.ts';
import type { RelayStatus } from '../status.ts';
import type { StillCopy, Store } from '../store.ts';
import { banTarget, beginsRoomId, notBannable, type Target } from './ban-target.ts';
import type { OperatorAnswer, OperatorRequest, RoomRow } from './operator-requests.ts';

/** Characters of a room id that name it where no other room begins alike. */
const SHORTEST_ROOM = 4;

export interface OperatorParts {
  readonly connections: ReadonlySet<Connection>;
  readonly registry: Registry;
  readonly services: Pick<Services, 'directory' | 'rooms' | 'bans' | 'aliases'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: () => RelayStatus;
  /** Sends away who may not be here any more; returns how many. */
  readonly expel: () => number;
  readonly drain: () => void;
  readonly reload: () => Reloaded | Promise<Reloaded>;
}

type Kept = { readonly holds: true; readonly why?: string } | { readonly holds: false; readonly why: string };

/** One connection of an operator: what may be asked for, and what holds until it ends. Everything but looking is logged. */
export class Operator {
  readonly #parts: OperatorParts;
  #copy: StillCopy | undefined;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  async run(request: OperatorRequest): Promise<OperatorAnswer> {
    switch (request.command) {
      case 'status':
        return { ok: true, status: this.#parts.status() };
      case 'rooms':
        return { ok: true, rooms: [...this.#parts.registry.rooms.values()].map((room) => this.#row(room)) };
      case 'bans':
        return { ok: true, bans: this.#parts.services.bans.list() };
      case 'close':
        return await this.#close(request);
      case 'ban':
        return await this.#ban(request);
      case 'unban':
        return await this.#unban(request.target);
      case 'drain':
        this.#audit('drain');
        this.#parts.drain();
        return done('draining: everybody is told to come back later, then the relay ends');
      case 'reload':
        return await this.#reload();
      case 'backup':
        return this.#backup();
      case 'backup-done':
        return this.#backupDone();
      default:
        return assertNever(request);
    }
  }

  /** The operator's connection is gone. */
  gone(): void {
    this.#copy?.release();
    this.#copy = undefined;
  }

  async #close({ target, forMs, reason = '' }: Extract<OperatorRequest, { command: 'close' }>) {
    const room = this.#roomNamed(target);
    if (!('id' in room)) return refused(room.why);
    const what = room.id;
    const { holds, why } = await this.#keep({ kind: 'room', what }, forMs, reason);
    if (!holds) return refused(why);
    this.#audit('close', { room: what, forMs, reason });
    const open = this.#parts.services.rooms.evict(what);
    if (why !== undefined) return refused(why);
    return done(`${what} is ${open ? 'closed' : 'barred; nobody hosts it now'}${lasting(forMs)}`);
  }

  async #ban({ target, forMs, reason = '' }: Extract<OperatorRequest, { command: 'ban' }>) {
    const found = this.#target(target);
    if (typeof found === 'string') return refused(found);
    const { holds, why } = await this.#keep(found, forMs, reason);
    if (!holds) return refused(why);
    this.#audit('ban', { ...this.#named(found), forMs, reason });
    const room = found.kind === 'room' ? parseRoomId(found.what) : undefined;
    if (room) this.#parts.services.rooms.evict(room);
    const sent = this.#parts.expel();
    if (why !== undefined) return refused(why);
    return done(
      `${found.what} is banned${lasting(forMs)}; ${sent === 1 ? 'one connection was' : `${sent} connections were`} closed`,
    );
  }

  async #unban(text: string): Promise<OperatorAnswer> {
    const found = this.#banned(text);
    if (typeof found === 'string') return refused(found);
    try {
      if (!(await this.#parts.services.bans.lift(found)))
        return refused(`${found.what} is not banned; "chat-tui relay bans" lists what is`);
    } catch (error) {
      this.#audit('unban', this.#named(found));
      return refused(`the ban is lifted, but could not be taken from the disk (${codeOf(error)})`);
    }
    this.#audit('unban', this.#named(found));
    return done(`${found.what} is not banned any more`);
  }

  async #reload(): Promise<OperatorAnswer> {
    this.#audit('reload');
    const { ok, text } = await this.#parts.reload();
    return ok ? done(text) : refused(text);
  }

  #backup(): OperatorAnswer {
    const { stillCopy } = this.#parts.store;
    if (!stillCopy) return refused('this relay keeps nothing, so there is nothing to back up');
    let copy: StillCopy | undefined;
    try {
      copy = stillCopy();
    } catch (error) {
      return refused(`the database cannot be copied now (${codeOf(error)}); make room on its disk`);
    }
    if (!copy) return refused('another backup is being made; try again when it is done');
    this.#copy = copy;
    this.#audit('backup');
    return { ok: true, copy: copy.path };
  }

  #backupDone(): OperatorAnswer {
    if (!this.#copy) return refused('no backup is being made');
    this.gone();
    return done('the copy is whole');
  }

  /** `why` it does not hold, or not for as long as it should. */
  async #keep(target: Target, forMs: number | undefined, reason: string): Promise<Kept> {
    const at = this.#parts.clock.wall();
    const until = forMs === undefined ? {} : { until: at + forMs };
    try {
      if (await this.#parts.services.bans.add({ ...target, at, ...until, reason })) return { holds: true };
      return { holds: false, why: `there are ${MAX_BANS} bans already; lift some, or use a firewall` };
    } catch (error) {
      const why = `it holds until the relay ends, but could not be written down (${codeOf(error)}): make room on its disk, then do it again`;
      return { holds: true, why };
    }
  }

  /** What it means, or the sentence why it means nothing. */
  #target(text: string): Target | string {
    const named = banTarget(text);
    if (!named) return notBannable();
    if ('connection' in named) return this.#keyOfConnection(named.connection);
    return 'alias' in named ? this.#aliased(named.alias) : named;
  }

  /** As `target`, of what is banned already: whoever is has no connection to look at. */
  #banned(text: string): Target | string {
    const named = banTarget(text);
    if (named && 'kind' in named) return named;
    const list = this.#parts.services.bans.list();
    if (named && 'connection' in named)
      return 'who is banned has no connection; "chat-tui relay bans" lists keys';
    if (named) {
      const ban = list.find(({ kind, what }) => kind === 'network' && this.#aliasOf(what) === named.alias);
      return ban ?? `no ban of today is of ${named.alias}; "chat-tui relay bans" lists addresses`;
    }
    if (!beginsRoomId(text)) return notBannable();
    const [room, ...others] = list.filter(({ kind, what }) => kind === 'room' && what.startsWith(text));
    if (room && others.length === 0) return room;
    return `${room ? 'more than one' : 'no'} closed room begins like that; "chat-tui relay bans" lists them`;
  }

  /** Of a ban of one network. */
  #aliasOf(what: string): string | undefined {
    const network = networkOf(what.replace(/\/64$/, ''));
    return prefixOf(network) ? this.#parts.services.aliases.of(network) : undefined;
  }

  #keyOfConnection(id: number): Target | string {
    for (const { id: other, login } of this.#parts.connections)
      if (other === id && login) return { kind: 'key', what: login.identity };
    return `nobody is logged in on connection ${id} now; name the key or the network`;
  }

  #aliased(alias: string): Target | string {
    const { connections, services } = this.#parts;
    for (const { network } of connections) {
      const prefix = prefixOf(network);
      if (prefix && services.aliases.of(network) === alias)
        return { kind: 'network', what: formatPrefix(prefix) };
    }
    return `nobody of ${alias} is connected now, and what it stood for is not kept; name the address`;
  }

  /** Also of a room that is not open; or the sentence why there is none. */
  #roomNamed(text: string): { readonly id: RoomId } | { readonly why: string } {
    const whole = parseRoomId(text);
    if (whole) return { id: whole };
    const rooms = [...this.#parts.registry.rooms.values()].filter(
      ({ id }) => text.length >= SHORTEST_ROOM && id.startsWith(text.toLowerCase()),
    );
    const [room, ...others] = rooms;
    if (room && others.length === 0) return { id: room.id };
    return {
      why: room
        ? 'more than one room begins like that; write more of its id'
        : 'no such room is open; "chat-tui relay rooms" lists those that are',
    };
  }

  #row(room: LiveRoom): RoomRow {
    const { directory, aliases } = this.#parts.services;
    return {
      room: room.id,
      members: room.admitted.size,
      waiting: room.unfinished.size + room.unfinishedReturns.size,
      title: directory.titleOf(room.id),
      host: room.host.login?.identity ?? '',
      connection: room.host.id,
      network: aliases.of(room.host.network),
    };
  }

  /** As the log may name it. */
  #named({ kind, what }: Target): LogFields {
    if (kind === 'room') return { kind, room: what };
    if (kind === 'network') return { kind, network: this.#parts.services.aliases.of(what) };
    const key = parseIdentityKey(what);
    return { kind, key: key ? keyTag(idBytes(key)) : '' };
  }

  #audit(command: string, fields: LogFields = {}): void {
    this.#parts.log.info('operator', { command, ...fields });
  }
}

function done(text: string): OperatorAnswer {
  return { ok: true, text };
}

function refused(text: string): OperatorAnswer {
  return { ok: false, text };
}

function lasting(forMs: number | undefined): string {
  if (forMs === undefined) return ' until you lift it';
  if (forMs < 2 * MINUTE) return ` for ${Math.ceil(forMs / SECOND)} s`;
  if (forMs < 2 * HOUR) return ` for ${Math.ceil(forMs / MINUTE)} min`;
  return forMs < 2 * DAY ? ` for ${Math.ceil(forMs / HOUR)} h` : ` for ${Math.ceil(forMs / DAY)} d`;
}
