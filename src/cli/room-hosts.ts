import type { Result } from '../client/api.ts';
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
import { systemClock } from '../link/clock.ts';
import { wsDialler } from '../link/ws-transport.ts';
import { DEFAULT_POST_BURST } from '../shared/limits.ts';
import type { RoomId } from '../shared/ids.ts';
import { defaultPolicy, type RoomPolicy } from '../shared/room-policy.ts';
import { lostRoomFile } from './lost-room.ts';
import { roomFile } from './room-file.ts';

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
  readonly #hosts = new Map<RoomId, RunningHost>();
  readonly #nearby: NearbyRelays | undefined;
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
  }) {
    this.#profile = parts.profile;
    this.#nick = parts.nick;
    this.#relayUrl = parts.relayUrl;
    this.#runtimeDir = parts.runtimeDir;
    const { lan, runtimeDir } = parts;
    this.#lan = lan;
    this.#nearby = lan && {
      watch: (found) => relayFinder(runtimeDir, lan.service()).watch(found),
      heard: () => lan.heard(),
    };
  }

  async open(request: HostRequest): Promise<Result<HostedRoom>> {
    try {
      const started = await this.start(request, { ...defaultPolicy, ...request.policy });
      if (!started.ok) return started;
      const { host, lostFile } = started.value;
      return { ok: true, value: { ...hosted(host), ...(lostFile === undefined ? {} : { lostFile }) } };
    } catch (error) {
      if (!(error instanceof UnusableFileError)) throw error;
      return { ok: false, code: 'unusable-file', text: error.text };
    }
  }

  /** `via` tells whose relay invites name. Where one is configured, the room is open on the local network as well. */
  async start(
    request: Omit<HostRequest, 'code'> & { readonly code?: boolean | Uint8Array },
    policy: RoomPolicy,
  ): Promise<Result<StartedRoom>> {
    const [{ startHost }, copies] = await Promise.all([
      import('../host/start.ts'),
      import('../host/copies/copies.ts'),
    ]);
    this.#copies ??=
      this.#nearby &&
      new copies.CopyWatch({
        relays: this.#nearby,
        dialler: wsDialler,
        clock: systemClock,
        random: Math.random,
      });
    const configured = this.#relayUrl();
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
      ...(request.topic === undefined ? {} : { topic: request.topic }),
      ...(request.private === undefined ? {} : { private: request.private }),
      ...(request.code === undefined ? {} : { code: request.code }),
      ...policy,
      burst: Math.max(DEFAULT_POST_BURST, policy.rate),
      dialler: wsDialler,
      copies: this.#copies,
    });
    if (!result.ok) return result;
    const host = result.value;
    this.#hosts.set(host.room, host);
    const via = configured === undefined ? 'lan' : 'relay';
    return { ok: true, value: { host, via, relay, ...(lostFile === undefined ? {} : { lostFile }) } };
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
    return [...this.#hosts.values()].map(hosted);
  }

  /** Closes every room, then the relay they were reached by. */
  async closeAll(): Promise<void> {
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    await Promise.all(hosts.map((host) => host.close()));
    const embedded = await this.#embedded;
    await embedded?.close();
  }

  async #ownRelay(): Promise<EmbeddedRelay | undefined> {
    this.#embedded ??= startOwnRelay(this.#profile.folders.data, this.#runtimeDir, this.#lan);
    return await this.#embedded;
  }
}

function hosted(host: RunningHost): HostedRoom {
  const { room, title, invite, lines } = host;
  const missing = lines.length > 1 && lines[0]?.state === 'offline' ? lines[0].url : undefined;
  return { room, title, invite, ...(missing === undefined ? {} : { missing }) };
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
