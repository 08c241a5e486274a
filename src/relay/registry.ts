import { blindRoom } from '../shared/crypto/sign.ts';
import type { Rejection } from '../shared/errors.ts';
import { idBytes, roomId, type IdentityKey, type RoomId } from '../shared/ids.ts';
import { MAX_EXPECTED } from '../shared/limits.ts';
import type { CloseCode } from '../shared/wire/close-codes.ts';
import type { Reply } from '../shared/wire/control.ts';
import type { LoginPurpose } from '../shared/wire/login.ts';
import { Segment, type OutQueue } from './out-queue.ts';
import { Tally } from './rate-limit.ts';
import type { ServerFrame } from './server-frame.ts';

export interface Login {
  readonly identity: IdentityKey;
  /** The same identity as 32 bytes. */
  readonly key: Uint8Array;
  readonly purpose: LoginPurpose;
}

/** A connection as everything but its socket sees it. */
export interface Party {
  readonly id: number;
  /** What limits are counted by, see `networkOf`. */
  readonly network: string;
  readonly queue: OutQueue;
  readonly login: Login | undefined;
  /** Behind what it is saying there is more, read at the same time. */
  readonly hasMore: boolean;
  /** Circuits on which it is the member. */
  readonly circuits: Circuit[];
  /** Rooms of which it is the host. */
  readonly rooms: LiveRoom[];
  say(message: Reply): void;
  /** Makes sure soon that it is still there; see `pongMs`. */
  probe(): void;
  /** Says why, then closes. */
  refuse(refusal: Rejection, code: CloseCode): void;
}

/** One member connection and one room. */
export interface Circuit {
  readonly id: number;
  readonly member: Party;
  readonly room: LiveRoom;
  /** What the member has sent before it was admitted. */
  earlyBytes: number;
}

/** A room whose host is connected and holds the lease. */
export class LiveRoom {
  readonly id: RoomId;
  readonly handle: number;
  readonly host: Party;
  readonly fence: number;
  readonly maxMembers: number;
  /** Dialled but not admitted, the oldest first: strangers, and those who come back. */
  readonly unfinished = new Set<Circuit>();
  readonly unfinishedReturns = new Set<Circuit>();
  /** Marks (`memberMark`) of who may come back; in hex. */
  readonly #expected = new Set<string>();
  readonly admitted = new Map<Party, Circuit>();
  #segment: Segment | undefined;

  constructor(room: Pick<LiveRoom, 'id' | 'handle' | 'host' | 'fence' | 'maxMembers'>) {
    this.id = room.id;
    this.handle = room.handle;
    this.host = room.host;
    this.fence = room.fence;
    this.maxMembers = room.maxMembers;
  }

  /** Sends `frame` to every admitted member; all but a tick's first cast cost the same for 1 member and 1 000. */
  cast(frame: ServerFrame): void {
    if (this.#segment?.open) {
      this.#segment.append(frame);
      return;
    }
    if (this.admitted.size === 0) return;
    const segment = new Segment();
    segment.append(frame);
    // Nothing is to be joined with what comes alone.
    const alone = !this.host.hasMore;
    if (alone) segment.seal();
    this.#segment = segment;
    for (const { queue } of this.admitted.keys()) {
      if (alone) queue.sendSegment(segment);
      else queue.pushSegment(segment);
    }
  }

  expects(mark: string): boolean {
    return this.#expected.has(mark);
  }

  /** The oldest is forgotten where there are more than could come. */
  expect(mark: string): void {
    this.#expected.delete(mark);
    this.#expected.add(mark);
    const [oldest] = this.#expected;
    if (this.#expected.size > Math.max(this.maxMembers, MAX_EXPECTED) && oldest !== undefined)
      this.#expected.delete(oldest);
  }

  forget(mark: string): void {
    this.#expected.delete(mark);
  }

  admit(circuit: Circuit): void {
    this.#sealSegment();
    this.unfinished.delete(circuit);
    this.unfinishedReturns.delete(circuit);
    this.admitted.set(circuit.member, circuit);
  }

  remove(circuit: Circuit): void {
    this.unfinished.delete(circuit);
    this.unfinishedReturns.delete(circuit);
    if (this.admitted.get(circuit.member) !== circuit) return;
    this.#sealSegment();
    this.admitted.delete(circuit.member);
  }

  isAdmitted(circuit: Circuit): boolean {
    return this.admitted.get(circuit.member) === circuit;
  }

  /** Who gets the casts changes: what is cast from here on is not for those of before. */
  #sealSegment(): void {
    this.#segment?.seal();
    this.#segment = undefined;
  }
}

/** Who is connected and what they hold. Data only: telling people about changes is the handlers' part. */
export class Registry {
  readonly members = new Map<IdentityKey, Party>();
  readonly rooms = new Map<number, LiveRoom>();
  readonly circuits = new Map<number, Circuit>();
  readonly roomsOfIdentity = new Tally();
  readonly roomsOfNetwork = new Tally();
  readonly #roomsById = new Map<RoomId, LiveRoom>();
  readonly #roomsByBlind = new Map<RoomId, LiveRoom>();
  #lastHandle = 0;
  #lastCircuit = 0;

  roomById(id: RoomId): LiveRoom | undefined {
    return this.#roomsById.get(id);
  }

  /** By `blindRoom` of its id. */
  roomByBlind(blind: RoomId): LiveRoom | undefined {
    return this.#roomsByBlind.get(blind);
  }

  addRoom(room: Pick<LiveRoom, 'id' | 'host' | 'fence' | 'maxMembers'>): LiveRoom {
    this.#lastHandle = nextFree(this.#lastHandle, this.rooms);
    const live = new LiveRoom({ ...room, handle: this.#lastHandle });
    this.rooms.set(live.handle, live);
    this.#roomsById.set(live.id, live);
    this.#roomsByBlind.set(blindOf(live), live);
    live.host.rooms.push(live);
    this.roomsOfIdentity.add(live.host.login?.identity ?? '');
    this.roomsOfNetwork.add(live.host.network);
    return live;
  }

  /** Its circuits stay until they are removed one by one. */
  removeRoom(room: LiveRoom): void {
    if (!this.rooms.delete(room.handle)) return;
    this.#roomsById.delete(room.id);
    this.#roomsByBlind.delete(blindOf(room));
    take(room.host.rooms, room);
    this.roomsOfIdentity.remove(room.host.login?.identity ?? '');
    this.roomsOfNetwork.remove(room.host.network);
  }

  addCircuit(member: Party, room: LiveRoom, returning: boolean): Circuit {
    this.#lastCircuit = nextFree(this.#lastCircuit, this.circuits);
    const circuit = { id: this.#lastCircuit, member, room, earlyBytes: 0 };
    this.circuits.set(circuit.id, circuit);
    member.circuits.push(circuit);
    (returning ? room.unfinishedReturns : room.unfinished).add(circuit);
    return circuit;
  }

  removeCircuit(circuit: Circuit): void {
    if (!this.circuits.delete(circuit.id)) return;
    take(circuit.member.circuits, circuit);
    circuit.room.remove(circuit);
  }
}

function nextFree(last: number, taken: ReadonlyMap<number, unknown>): number {
  let next = last;
  do next = next >= 0xffff_ffff ? 1 : next + 1;
  while (taken.has(next));
  return next;
}

function take<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

function blindOf({ id }: LiveRoom): RoomId {
  return roomId(blindRoom(idBytes(id)));
}
