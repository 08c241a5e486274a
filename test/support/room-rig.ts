import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatClient, RelayFinder, RoomSession } from '../../src/client/api.ts';
import { openClient } from '../../src/client/client.ts';
import { resolveFolders } from '../../src/files/folders.ts';
import { openRoomsFile } from '../../src/client/profile/open-rooms-file.ts';
import { openProfile, type Profile } from '../../src/client/profile/profile.ts';
import type { ClientEvent, RoomLine, RoomSessionEvent } from '../../src/client/session-events.ts';
import type { RunningHost } from '../../src/host/hosting.ts';
import { startHost, type HostOptions } from '../../src/host/start.ts';
import type { Clock } from '../../src/link/clock.ts';
import type { Dialler } from '../../src/link/transport.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { startRelay, type RelayLimits, type RunningRelay } from '../../src/relay/index.ts';

type AnyEvent = ClientEvent | RoomSessionEvent;
type EventOf<Type extends AnyEvent['type']> = Extract<AnyEvent, { type: Type }>;

/** How long something may take to happen on a machine that is busy with much else. */
const PATIENCE_MS = 30_000;

/** A client that remembers what it was told, so that tests wait for events instead of for time. */
export class Watched {
  readonly client: ChatClient;
  readonly profile: Profile;
  readonly events: AnyEvent[] = [];
  /** Ends the client and lets go of the profile. */
  readonly close: () => Promise<void>;
  readonly #waiters = new Set<() => void>();

  constructor(client: ChatClient, profile: Profile, close: () => Promise<void>) {
    this.client = client;
    this.profile = profile;
    this.close = close;
    client.subscribe((event) => {
      this.events.push(event);
      for (const waiter of this.#waiters) waiter();
    });
  }

  /** The `count`th event of this type that fits, past ones included. */
  async seen<Type extends AnyEvent['type']>(
    type: Type,
    fits: (event: EventOf<Type>) => boolean = () => true,
    count = 1,
  ): Promise<EventOf<Type>> {
    const find = (): EventOf<Type> | undefined => this.all(type).filter(fits)[count - 1];
    return this.until(find, `${type} event`);
  }

  all<Type extends AnyEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** Waits until `find` gives something; it is asked after each event. */
  until<Value>(
    find: () => Value | undefined,
    what = 'what was waited for',
    timeoutMs = PATIENCE_MS,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const value = find();
        if (value === undefined) return;
        done();
        resolve(value);
      };
      const timer = setTimeout(() => {
        done();
        const last = this.events.slice(-12).map((event) => JSON.stringify(event).slice(0, 160));
        reject(new Error(`${this.client.self.nick} never saw ${what}; last events:\n${last.join('\n')}`));
      }, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** Texts shown in a room, in the order of their events. */
  get texts(): string[] {
    return this.all('line').flatMap(({ line }) => textOf(line) ?? []);
  }

  /** Waits until this text was shown as a sequenced line. */
  async hears(text: string): Promise<EventOf<'line'>> {
    return this.seen('line', ({ line }) => textOf(line) === text);
  }

  get room(): RoomSession {
    const [room] = this.client.rooms();
    if (!room) throw new Error(`${this.client.self.nick} is in no room`);
    return room;
  }

  async joins(target: string, code?: string): Promise<RoomSession> {
    const joined = await this.client.join(target, code === undefined ? {} : { code });
    if (!joined.ok) throw new Error(`${this.client.self.nick} could not join: ${joined.code}`);
    return joined.value;
  }
}

export function textOf(line: RoomLine): string | undefined {
  return line.kind === 'text' || line.kind === 'me' ? line.text : undefined;
}

/** Joins, again if the first try took longer than a hastened clock allows. */
export async function enters(one: Watched, target: string): Promise<RoomSession> {
  for (let tries = 1; tries < 10; tries++) {
    const joined = await one.client.join(target);
    if (joined.ok) return joined.value;
    if (joined.code !== 'timeout') break;
  }
  return one.joins(target);
}

export interface PersonOptions {
  readonly relays?: readonly string[];
  /** The run is for these alone, as with `--relay`. */
  readonly relaysOnly?: boolean;
  readonly dialler?: Dialler;
  readonly clock?: Clock;
  readonly finder?: RelayFinder;
  /** The folder name of a person who comes again. */
  readonly home?: string;
  /** The rooms that are open are remembered in that folder, as for a screen. */
  readonly remembers?: boolean;
}

type HostChanges = Partial<HostOptions> & { readonly file?: string };

/** One relay, and rooms and people as they are asked for; `close` ends and removes all of it. */
export class RoomRig {
  readonly folder: string;
  readonly #closers = new Set<() => Promise<void> | void>();
  readonly #limits: Partial<RelayLimits>;
  relay: RunningRelay;

  private constructor(folder: string, relay: RunningRelay, limits: Partial<RelayLimits>) {
    this.folder = folder;
    this.relay = relay;
    this.#limits = limits;
  }

  static async start(changes: Partial<RelayLimits> = {}): Promise<RoomRig> {
    const folder = mkdtempSync(join(tmpdir(), 'chat-tui-rig-'));
    const limits = {
      connectionsPerNetwork: 100,
      newConnectionsPerNetwork: 1_000,
      joinsPerIdentity: 100,
      ...changes,
    };
    return new RoomRig(folder, await listen(folder, 0, limits), limits);
  }

  /** The relay goes away and comes back on the same address, with what it had on disk. */
  async restartRelay(between: () => Promise<void> | void = () => undefined): Promise<void> {
    const { port } = this.relay;
    await this.relay.close();
    await between();
    this.relay = await listen(this.folder, port, this.#limits);
  }

  async host(title: string, { file = `${title}.db`, ...changes }: HostChanges = {}): Promise<RunningHost> {
    const profile = await this.profile('host', 'host');
    const started = await startHost({
      relayUrl: this.relay.url,
      signer: profile.signer,
      device: profile.device,
      dataFile: join(this.folder, file),
      title,
      nick: 'host',
      backlog: 200,
      retain: 'all',
      maxMembers: 250,
      rate: 100,
      burst: 100,
      dialler: wsDialler,
      rekey: { joinMs: 0 },
      ...changes,
    });
    if (!started.ok) throw new Error(`could not host ${title}: ${started.code}`);
    this.#closers.add(() => started.value.close());
    return started.value;
  }

  async person(nick: string, options: PersonOptions = {}): Promise<Watched> {
    const profile = await this.profile(options.home ?? nick, 'session', nick);
    const client = await openClient({
      profile,
      relays: options.relays ?? [this.relay.url],
      dialler: options.dialler ?? wsDialler,
      app: 'chat-tui test',
      finder: options.finder,
      relaysOnly: options.relaysOnly ?? false,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.remembers ? { openRooms: openRoomsFile(profile.folders).openRooms } : {}),
    });
    const close = async (): Promise<void> => {
      await client.close();
      profile.close();
    };
    this.#closers.add(close);
    return new Watched(client, profile, close);
  }

  async profile(home: string, as: 'session' | 'host', nick?: string): Promise<Profile> {
    const folders = resolveFolders({ home: join(this.folder, home), env: {} });
    const opened = await openProfile({ folders, as, nick });
    if (!opened.ok) throw new Error(opened.text);
    return opened.value;
  }

  async close(): Promise<void> {
    for (const close of [...this.#closers].reverse()) await close();
    await this.relay.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

function listen(folder: string, port: number, limits: Partial<RelayLimits>): Promise<RunningRelay> {
  return startRelay({ listen: { host: '127.0.0.1', port }, dataDir: join(folder, 'relay'), limits });
}

/** Ada and bob in the room `tea`, which somebody hosts without a screen. */
export async function roomRig(
  options: HostChanges & { readonly limits?: Partial<RelayLimits> } = {},
): Promise<{ rig: RoomRig; host: RunningHost; ada: Watched; bob: Watched; close: () => Promise<void> }> {
  const { limits, ...changes } = options;
  const rig = await RoomRig.start(limits);
  try {
    const host = await rig.host('tea', changes);
    const ada = await rig.person('ada');
    const bob = await rig.person('bob');
    await ada.joins(host.invite);
    await bob.joins(host.invite);
    const both = (one: Watched): true | undefined => (one.room.members().length === 3 ? true : undefined);
    await Promise.all([ada.until(() => both(ada)), bob.until(() => both(bob))]);
    return { rig, host, ada, bob, close: () => rig.close() };
  } catch (error) {
    await rig.close();
    throw error;
  }
}
