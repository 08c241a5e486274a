import type { Clock } from '../../link/clock.ts';
import type { RefusalCode } from '../../shared/errors.ts';
import type { RoomId } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import { refused, type JoinOptions, type Result, type RoomSession, type Self } from '../api.ts';
import type { Archive, KnownRoom } from '../archive/archive.ts';
import type { Contacts } from '../people/people.ts';
import type { Profile } from '../profile/profile.ts';
import { absentLine, type HostLine } from '../relays/host-line.ts';
import type { RelayPool } from '../relays/relay-pool.ts';
import { ofInvite, type RoomTarget } from '../finding/room-finder.ts';
import { codeRefusals } from '../../shared/room/code-refusals.ts';
import type { OpenRoom, OpenRooms } from './open-rooms.ts';
import { MemberSession, type RoomSessionParts } from './room-session.ts';
import type { RelayInfo, RoomSessionEvent } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

/** How long `close` waits for posts that are on their way. */
const SETTLE_MS = SECOND;

export interface JoinedRoomsParts {
  readonly profile: Pick<Profile, 'signer' | 'device'>;
  readonly self: () => Self;
  readonly relays: RelayPool;
  /** No others are connected to for rooms of before. */
  readonly relaysOnly: boolean;
  readonly archive: Archive;
  readonly contacts: Contacts;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly emit: (event: RoomSessionEvent) => void;
  /** Where rooms are remembered; undefined: nowhere. */
  readonly open: OpenRooms | undefined;
}

/** The rooms this profile is in or on its way into, each once. */
export class JoinedRooms {
  readonly #parts: JoinedRoomsParts;
  readonly #sessions = new Map<RoomId, MemberSession>();
  readonly #joining = new Map<RoomId, Promise<Result<RoomSession>>>();
  /** Those that were brought back: how their first call goes. */
  readonly #returning = new Map<RoomId, Promise<unknown>>();
  #closed = false;

  constructor(parts: JoinedRoomsParts) {
    this.#parts = parts;
  }

  /** Those on the way in included. */
  all(): readonly MemberSession[] {
    return [...this.#sessions.values()];
  }

  /** Those that have let us in. */
  inside(): readonly MemberSession[] {
    return this.all().filter(({ entered, state }) => entered && state !== 'closed');
  }

  /** `typed` is a code that somebody gave besides what the target brings. */
  async enter(
    target: RoomTarget,
    typed: Uint8Array | undefined,
    options: JoinOptions,
  ): Promise<Result<RoomSession>> {
    const given = typed ?? target.code;
    // Without it the host may send us away, and then it is of use.
    if (given !== undefined) await this.#returning.get(target.id);
    const entered = await this.#enter(target, given, options);
    const { invitedTo } = target;
    if (entered.ok || invitedTo === undefined) return entered;
    const named = await this.#enterAsInvited(invitedTo, target, given, options);
    return named?.ok ? named : ofInvite(named ?? entered, invitedTo);
  }

  /** A relay nearby may only repeat what the host has signed, and say anything in its name: the one of the link is asked too. */
  async #enterAsInvited(
    url: string,
    target: RoomTarget,
    given: Uint8Array | undefined,
    options: JoinOptions,
  ): Promise<Result<RoomSession> | undefined> {
    if (target.relay || target.listed?.relay === url || options.signal?.aborted) return undefined;
    const relay = await this.#parts.relays.connect(url);
    return relay.ok ? await this.#enter({ ...target, relay: relay.value }, given, options) : undefined;
  }

  /** As if the connection had been lost: the host may be away, and what is here of the room can be read. */
  bringBack(rooms: readonly OpenRoom[]): void {
    for (const room of rooms) {
      const known = this.#parts.archive.rooms.get(room.id);
      if (!known || this.#sessions.has(room.id) || this.#joining.has(room.id)) continue;
      const { lan } = room;
      const session = this.#session(known, this.#lineBack(known, room), {
        bringsCode: false,
        back: defined({ lan }),
      });
      const returned = session.enter().finally(() => this.#returning.delete(room.id));
      this.#returning.set(room.id, returned);
    }
  }

  /** A relay can carry calls again. */
  lineOnline(line: HostLine): void {
    for (const { calls } of this.all()) calls.lineOnline(line);
    this.linesChanged();
  }

  /** Relays have come or gone. */
  linesChanged(): void {
    for (const { calls } of this.all()) calls.linesChanged();
  }

  /** A relay has news of these rooms. */
  listedAt(line: HostLine, rooms: readonly RoomId[]): void {
    for (const id of rooms) this.#sessions.get(id)?.calls.listedAt(line);
  }

  /** A relay wants no more of us. */
  lineClosed(line: HostLine, code: RefusalCode): void {
    for (const { calls } of this.all()) calls.lineClosed(line, code);
  }

  /** Those that are not online say why. */
  relaysChanged(relays: readonly RelayInfo[]): void {
    for (const { url, reason } of relays) {
      if (reason === undefined) continue;
      const ended = this.all().filter(({ calls }) => calls.line.url === url);
      for (const { calls } of ended) {
        if (reason === 'changed-key') calls.lineChangedKey();
        else calls.lineFailed();
      }
    }
  }

  /** With a `reason`, which may be empty, those without waiting lines are left; the others are only hung up. */
  async close(reason?: string): Promise<void> {
    this.#closed = true;
    const sessions = this.all();
    await Promise.all(sessions.map((session) => session.settled(SETTLE_MS)));
    const leaving = sessions.filter((session) => reason !== undefined && session.pending().length === 0);
    for (const session of sessions) if (!leaving.includes(session)) session.close();
    await Promise.all(leaving.map((session) => session.leave(reason === '' ? undefined : reason)));
  }

  #lineBack(known: KnownRoom, { relay, lan }: OpenRoom): HostLine {
    const { relays, relaysOnly } = this.#parts;
    if (relay === undefined)
      return relays.get(known.relay) ?? absentLine(known.relay, lan === undefined ? 'relay' : 'lan');
    if (relaysOnly) return relays.get(relay) ?? absentLine(relay, 'relay', 'left-out');
    return relays.use(relay) ?? absentLine(known.relay, 'relay');
  }

  #enter(
    target: RoomTarget,
    given: Uint8Array | undefined,
    options: JoinOptions,
  ): Promise<Result<RoomSession>> {
    const { id, host, listed, known } = target;
    // Between two tries, without the code and with it, there is no session.
    const entering = this.#joining.get(id);
    if (entering) return entering;
    const joined = this.#sessions.get(id);
    if (joined) return Promise.resolve({ ok: true, value: this.#callNow(joined, target) });
    const relay = target.relay ?? this.#routeTo(target);
    if (!relay) return Promise.resolve(refused('unreachable'));
    const code = given ?? known?.code;
    const mine = host === this.#parts.self().key;
    if (listed?.code && !given && !known && !mine) return Promise.resolve(refused('code-needed'));
    const room: KnownRoom = {
      id,
      host,
      title: listed?.title ?? known?.title ?? id,
      topic: listed?.topic ?? known?.topic ?? '',
      private: listed === undefined,
      relay: relay.url,
      ...defined({ code }),
    };
    const started = this.#startWith(given !== undefined, room, relay, options)
      // Nobody gave a code: it is wanted, or the one that was kept is good for nothing any more.
      .then((entered) =>
        !entered.ok && codeRefusals.has(entered.code) && !given ? refused('code-needed') : entered,
      )
      .finally(() => this.#joining.delete(id));
    this.#joining.set(id, started);
    return started;
  }

  /** Whoever was in before comes without a code; one that was put out needs it again. */
  async #startWith(
    bringsCode: boolean,
    room: KnownRoom,
    relay: HostLine,
    options: JoinOptions,
  ): Promise<Result<RoomSession>> {
    const entered = await this.#start(room, relay, options, bringsCode);
    const again = !entered.ok && entered.code === 'wrong-code' && !bringsCode && room.code !== undefined;
    return again ? await this.#start(room, relay, options, true) : entered;
  }

  async #start(
    room: KnownRoom,
    relay: HostLine,
    { signal, called }: JoinOptions,
    bringsCode: boolean,
  ): Promise<Result<RoomSession>> {
    if (signal?.aborted || this.#closed) return refused('left');
    const session = this.#session(room, relay, { bringsCode, ...defined({ called }) });
    const abort = (): void => session.close();
    signal?.addEventListener('abort', abort, { once: true });
    const entered = await session.enter();
    signal?.removeEventListener('abort', abort);
    return entered.ok ? { ok: true, value: session } : entered;
  }

  #session(
    room: KnownRoom,
    relay: HostLine,
    how: Pick<RoomSessionParts, 'bringsCode' | 'back' | 'called'>,
  ): MemberSession {
    const { profile, relays, emit } = this.#parts;
    const session = new MemberSession({
      ...this.#parts,
      ...how,
      room,
      relay,
      signer: profile.signer,
      device: profile.device,
      listedBy: () => relays.listing(room.id),
      online: () => relays.online(),
      emit: (event) => {
        this.#remember(event, session);
        emit(event);
      },
      closed: () => {
        if (this.#sessions.get(room.id) === session) this.#sessions.delete(room.id);
      },
    });
    this.#sessions.set(room.id, session);
    return session;
  }

  /** Whoever ends the program comes back to what is open then. */
  #remember(event: RoomSessionEvent, session: MemberSession): void {
    if (!this.#closed) this.#parts.open?.happened(event, () => session.calls.wayBack);
  }

  /** Whoever asks for a room that is waited for knows more than the next call, which may be far off. */
  #callNow(joined: MemberSession, { relay, listed }: RoomTarget): MemberSession {
    const line = relay ?? this.#onlineAt(listed?.relay) ?? joined.calls.line;
    if (line.online) joined.calls.listedAt(line);
    return joined;
  }

  #routeTo({ listed, known }: RoomTarget): HostLine | undefined {
    return this.#onlineAt(listed?.relay) ?? this.#onlineAt(known?.relay) ?? this.#parts.relays.online()[0];
  }

  #onlineAt(url: string | undefined): HostLine | undefined {
    return this.#parts.relays.online().find((relay) => relay.url === url);
  }
}
