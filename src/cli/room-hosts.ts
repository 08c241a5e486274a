import { existsSync } from 'node:fs';
import { refused, type Refusal, type Result } from '../client/api.ts';
import type { HostedBefore } from '../client/profile/open-rooms-file.ts';
import type { Profile } from '../client/profile/profile.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import type { HostedRoom, HostRequest, Hosting } from '../commands/context.ts';
import type { Check } from '../commands/doctor.ts';
import type { RunningHost } from '../host/hosting.ts';
import type { CopyWatch, NearbyRelays } from '../host/copies/copies.ts';
import type { EmbeddedRelay } from '../lan/embedded.ts';
import { relayFinder } from '../lan/finder.ts';
import { lanChecks } from './lan-checks.ts';
import type { Lan } from './lan.ts';
import { systemClock, type Clock } from '../link/clock.ts';
import type { Dialler } from '../link/transport.ts';
import { wsDialler } from '../link/ws-transport.ts';
import { DEFAULT_POST_BURST } from '../shared/limits.ts';
import type { RoomId } from '../shared/ids.ts';
import { defaultPolicy, type RoomPolicy } from '../shared/room-policy.ts';
import { lostRoomFile } from './lost-room.ts';
import { roomFile } from './room-file.ts';
import { defined } from '../shared/defined.ts';

type StartRequest = Omit<HostRequest, 'code'> & { readonly code?: boolean | Uint8Array };

interface StartedRoom {
  readonly host: RunningHost;
  readonly via: 'relay' | 'lan';
  readonly relay: string;
  readonly lostFile?: string;
}

/** Rooms of one process, and the relay on this machine that they use where none is configured. */
export class RoomHosts implements Hosting {
  readonly #profile: Profile;
  readonly #nick: () => string;
  readonly #relayUrl: () => string | undefined;
  readonly #runtimeDir: string;
  readonly #lan: Lan | undefined;
  readonly #network: { readonly dialler: Dialler; readonly clock: Clock };
  readonly #hosts = new Map<RoomId, RunningHost>();
  readonly #nearby: NearbyRelays | undefined;
  #closed = false;
  #copies: CopyWatch | undefined;
  #embedded: Promise<EmbeddedRelay | undefined> | undefined;

  constructor(parts: {
    readonly profile: Profile;
    readonly nick: () => string;
    /** The relay to host at; undefined: one on this machine. */
    readonly relayUrl: () => string | undefined;
    readonly runtimeDir: string;
    /** Undefined: rooms are for this machine only. */
    readonly lan: Lan | undefined;
    readonly dialler?: Dialler;
    readonly clock?: Clock;
  }) {
    this.#profile = parts.profile;
    this.#nick = parts.nick;
    this.#relayUrl = parts.relayUrl;
    this.#runtimeDir = parts.runtimeDir;
    const { lan, runtimeDir, dialler = wsDialler, clock = systemClock } = parts;
    this.#lan = lan;
    this.#network = { dialler, clock };
    this.#nearby = lan && {
      watch: (found) => relayFinder(runtimeDir, lan.service()).watch(found),
      heard: () => lan.heard(),
    };
  }

  open(request: HostRequest): Promise<Result<HostedRoom>> {
    return namingTheFile(async () => {
      const started = await this.start(request, { ...defaultPolicy, ...request.policy });
      if (!started.ok) return started;
      const { lostFile } = started.value;
      return {
        ok: true,
        value: { ...hosted(started.value), ...defined({ lostFile }) },
      };
    });
  }

  /** The room as its file has it, at the relay where it was, which is waited for; another room is not opened instead. */
  openAgain({ id, title, relay, policy }: HostedBefore): Promise<Result<HostedRoom>> {
    return namingTheFile(async () => {
      const file = roomFile(this.#profile.folders, title);
      if (!existsSync(file))
        return unusable(`${file} is gone; put back a copy of it, or begin another room.`);
      const started = await this.#start({ title }, { ...defaultPolicy, ...policy }, { room: id, relay });
      if (started.ok) return { ok: true, value: hosted(started.value) };
      return started.code === 'no-such-room' ? unusable(`${file} holds another room by now.`) : started;
    });
  }

  /** `via` tells whose relay invites name. Where one is configured, the room is open on the local network as well. */
  start(request: StartRequest, policy: RoomPolicy): Promise<Result<StartedRoom>> {
    return this.#start(request, policy, { relay: this.#relayUrl() });
  }

  /** `which.room`: this one and no other, as soon as its relay is in reach. */
  async #start(
    request: StartRequest,
    policy: RoomPolicy,
    which: { readonly relay: string | undefined; readonly room?: RoomId },
  ): Promise<Result<StartedRoom>> {
    const [{ startHost }, copies] = await Promise.all([
      import('../host/start.ts'),
      import('../host/copies/copies.ts'),
    ]);
    this.#copies ??=
      this.#nearby &&
      new copies.CopyWatch({
        ...this.#network,
        relays: this.#nearby,
        random: Math.random,
      });
    if (this.#closed) return refused('left');
    const running = await this.#running();
    // Whoever came into a room here by its invite is connected to our own relay as to any other.
    const isOwn = which.relay === running?.url || which.relay === running?.inviteUrl();
    const configured = isOwn ? undefined : which.relay;
    const own = configured === undefined || this.#lan?.allowed === true ? await this.#ownRelay() : undefined;
    const relay = configured ?? own?.url;
    if (relay === undefined) return { ok: false, code: 'no-relay' };
    const profile = this.#profile;
    const lostFile = await lostRoomFile(profile, request.title);
    const result = await startHost({
      relayUrl: relay,
      ...(own === undefined
        ? {}
        : configured === undefined
          ? { inviteUrl: own.inviteUrl }
          : { lanUrl: own.url }),
      signer: profile.signer,
      device: profile.device,
      dataFile: profile.guest ? ':memory:' : roomFile(profile.folders, request.title),
      title: request.title,
      nick: this.#nick(),
      ...defined({ topic: request.topic, private: request.private, code: request.code }),
      ...policy,
      burst: Math.max(DEFAULT_POST_BURST, policy.rate),
      ...this.#network,
      copies: this.#copies,
      ...(which.room === undefined ? {} : { room: which.room, patient: true }),
    });
    if (!result.ok) return result;
    const host = result.value;
    if (this.#closed) {
      await host.close();
      return refused('left');
    }
    this.#hosts.set(host.room, host);
    const via = configured === undefined ? 'lan' : 'relay';
    return { ok: true, value: { host, via, relay, ...defined({ lostFile }) } };
  }

  async close(room: RoomId): Promise<void> {
    const host = this.#hosts.get(room);
    this.#hosts.delete(room);
    await host?.close();
  }

  networkChecks(): Promise<readonly Check[]> {
    return lanChecks(this.#lan);
  }

  list(): readonly HostedRoom[] {
    return [...this.#hosts.values()].map(hostedRoom);
  }

  /** Closes every room, then the relay they were reached by; one that is being opened is not. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    try {
      await Promise.all(hosts.map((host) => host.close()));
    } finally {
      await (await this.#running())?.close();
    }
  }

  /** Undefined also where it could not be started, of which whoever asked for it is told. */
  async #running(): Promise<EmbeddedRelay | undefined> {
    return await this.#embedded?.catch(() => undefined);
  }

  #ownRelay(): Promise<EmbeddedRelay | undefined> {
    this.#embedded ??= this.#startOwnRelay();
    return this.#embedded;
  }

  async #startOwnRelay(): Promise<EmbeddedRelay | undefined> {
    let started: EmbeddedRelay | undefined;
    try {
      started = await startOwnRelay(this.#profile.folders.data, this.#runtimeDir, this.#lan);
      return started;
    } finally {
      // What is in its way may be gone when somebody asks again.
      if (!started) this.#embedded = undefined;
    }
  }
}

function hosted({ host, via, relay }: StartedRoom): HostedRoom {
  return { ...hostedRoom(host), ...(via === 'lan' ? {} : { relay }) };
}

function hostedRoom({ room, title, invite, state, lines }: RunningHost): HostedRoom {
  const missing = lines.length > 1 && lines[0]?.state === 'offline' ? lines[0].url : undefined;
  const waits = state === 'taken' ? state : state === 'offline' ? 'unreachable' : undefined;
  return {
    room,
    title,
    invite,
    ...defined({ missing, waits }),
  };
}

/** What cannot be used is said with its name. */
async function namingTheFile<Value>(open: () => Promise<Result<Value>>): Promise<Result<Value>> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof UnusableFileError)) throw error;
    return unusable(error.text);
  }
}

function unusable(text: string): Refusal {
  return { ok: false, code: 'unusable-file', text };
}

async function startOwnRelay(
  dataDir: string,
  runtimeDir: string,
  lan: Lan | undefined,
): Promise<EmbeddedRelay | undefined> {
  const { startEmbeddedRelay } = await import('../lan/embedded.ts');
  const presence = lan && {
    service: await lan.service(),
    address: () => addressToTell(lan),
  };
  return await startEmbeddedRelay({ dataDir, runtimeDir, lan: presence });
}

/** What an invite can name: link-local addresses mean nothing on the machine of who is invited. */
function addressToTell(lan: Lan): string | undefined {
  const interfaces = lan.interfaces();
  const v4 = interfaces.find((each) => each.v4 !== undefined)?.v4;
  const wide = interfaces.find((each) => each.wide !== undefined)?.wide;
  return v4 ?? (wide === undefined ? undefined : `[${wide}]`);
}
