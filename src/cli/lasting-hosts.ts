import type { Result } from '../client/api.ts';
import type { HostedBefore, HostedBeforeStore } from '../client/profile/open-rooms-file.ts';
import { exitCode } from '../client/words/refusal-words.ts';
import type { HostedRoom, Hosting, HostRequest, ReopenedRoom } from '../commands/context.ts';
import type { Check } from '../commands/doctor.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import type { RoomId } from '../shared/ids.ts';
import { MAX_ROOMS_PER_CONNECTION } from '../shared/limits.ts';
import { defined } from '../shared/defined.ts';

/** What opens rooms, anew or as they were. */
export interface OpeningHosts extends Required<Pick<Hosting, 'open' | 'close' | 'list' | 'networkChecks'>> {
  openAgain(room: HostedBefore): Promise<Result<HostedRoom>>;
}

/** Remembers which rooms are hosted, so that they are open again when the profile is used the next time. */
export class LastingHosts implements Hosting {
  readonly #hosts: OpeningHosts;
  readonly #store: HostedBeforeStore;
  readonly #only: readonly string[] | undefined;
  #kept: readonly HostedBefore[] = [];

  /** `only`: URLs of the relays that this run is for; what was open at another is not opened there. */
  constructor(hosts: OpeningHosts, store: HostedBeforeStore, only?: readonly string[]) {
    this.#hosts = hosts;
    this.#store = store;
    this.#only = only;
  }

  async open(request: HostRequest): Promise<Result<HostedRoom>> {
    const opened = await this.#hosts.open(request);
    if (!opened.ok) return opened;
    const { room: id, title, relay } = opened.value;
    const { policy = {} } = request;
    this.#keep([...this.#without(id), { id, title, ...defined({ relay }), policy }]);
    return opened;
  }

  reopen(): readonly ReopenedRoom[] {
    const before = this.#store.loadHosted().slice(0, MAX_ROOMS_PER_CONNECTION);
    const ids = new Set(before.map(({ id }) => id));
    this.#kept = [...before, ...this.#kept.filter(({ id }) => !ids.has(id))];
    return before.map((room) => ({ room: room.id, title: room.title, opened: this.#openAgain(room) }));
  }

  async close(room: RoomId): Promise<void> {
    this.#keep(this.#without(room));
    await this.#hosts.close(room);
  }

  relayGivenUp(url: string): void {
    if (!this.#kept.some(({ relay }) => relay === url)) return;
    this.#keep(
      this.#kept.map((room) => {
        const { relay, ...rest } = room;
        return relay === url ? rest : room;
      }),
    );
  }

  list(): readonly HostedRoom[] {
    return this.#hosts.list();
  }

  networkChecks(): Promise<readonly Check[]> {
    return this.#hosts.networkChecks();
  }

  async #openAgain(room: HostedBefore): Promise<Result<HostedRoom>> {
    const { relay } = room;
    if (relay !== undefined && this.#only?.includes(relay) === false)
      return { ok: false, code: 'left-out', names: [relay] };
    try {
      const opened = await this.#hosts.openAgain(room);
      // What does not end by itself would be said at every start.
      if (!opened.ok && opened.code !== 'left' && !passing.has(exitCode(opened.code)))
        this.#keep(this.#without(room.id));
      return opened;
    } catch (error) {
      // A fault that ends the program must not end it at every start.
      this.#keep(this.#without(room.id));
      throw error;
    }
  }

  #without(room: RoomId): readonly HostedBefore[] {
    return this.#kept.filter(({ id }) => id !== room);
  }

  #keep(hosted: readonly HostedBefore[]): void {
    this.#kept = hosted.slice(-MAX_ROOMS_PER_CONNECTION);
    this.#store.saveHosted(this.#kept);
  }
}

const passing: ReadonlySet<number> = new Set([exitCodes.tryLater, exitCodes.unreachable]);
