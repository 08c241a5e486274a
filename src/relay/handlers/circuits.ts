import { toHex } from '../../shared/bytes.ts';
import { memberMark } from '../../shared/crypto/sign.ts';
import type { Rejection } from '../../shared/errors.ts';
import { idBytes, roomId, type IdentityKey } from '../../shared/ids.ts';
import { KIB } from '../../shared/limits.ts';
import type { ReplyOf, RequestOf } from '../../shared/wire/control.ts';
import type { Bans } from '../bans/bans.ts';
import type { Clock } from '../clock.ts';
import type { Directory } from '../directory.ts';
import type { Answer } from '../dispatch.ts';
import type { RelayLimits } from '../limits.ts';
import { KeyedBuckets, rateOf } from '../rate-limit.ts';
import type { Circuit, LiveRoom, Login, Party, Registry } from '../registry.ts';
import { messageStart, type ServerFrame } from '../server-frame.ts';

/** Keys of which dial rates are remembered. */
const MAX_DIAL_KEYS = 20_000;
/** What a caller may send before the host has let it in, and what a frame counts for at least: a handshake takes two. */
export const EARLY_CIRCUIT_BYTES = 8 * KIB;
const LEAST_EARLY_BYTES = KIB / 2;
/** Share of what may wait for a host from which on its members' frames do not join the rest. */
const HOST_BACKLOG_SHARE = 0.5;

export interface CircuitParts {
  readonly registry: Registry;
  readonly directory: Directory;
  readonly bans: Pick<Bans, 'ofRoom'>;
  readonly limits: RelayLimits;
  readonly clock: Clock;
}

/** Why a room is not here any more. */
export type RoomEnd = 'host-away' | 'host-closed' | 'room-barred';

type HangupReason = Pick<ReplyOf<'hangup'>, 'code' | 'retryMs'>;

/** Circuits between members and rooms, and the data on them. */
export class Circuits {
  readonly #parts: CircuitParts;
  readonly #roomDials: KeyedBuckets;
  readonly #roomReturns: KeyedBuckets;
  readonly #identityDials: KeyedBuckets;
  /** Whoever makes keys as they like still has one network. */
  readonly #networkDials: KeyedBuckets;

  constructor(parts: CircuitParts) {
    const { limits } = parts;
    this.#parts = parts;
    const rates = ratesOf(limits);
    this.#roomDials = new KeyedBuckets(rates.dials, MAX_DIAL_KEYS);
    this.#roomReturns = new KeyedBuckets(rates.returns, MAX_DIAL_KEYS);
    this.#identityDials = new KeyedBuckets(rates.own, MAX_DIAL_KEYS);
    this.#networkDials = new KeyedBuckets(rates.network, MAX_DIAL_KEYS);
  }

  limitsChanged(): void {
    const now = this.#parts.clock.monotonic();
    const rates = ratesOf(this.#parts.limits);
    this.#roomDials.changeRate(rates.dials, now);
    this.#roomReturns.changeRate(rates.returns, now);
    this.#identityDials.changeRate(rates.own, now);
    this.#networkDials.changeRate(rates.network, now);
  }

  dial(from: Party, request: RequestOf<'dial'>, who: Login): Answer {
    const { registry } = this.#parts;
    const id = roomId(request.room);
    const room = registry.roomById(id) ?? registry.roomByBlind(id);
    if (!room) return this.#parts.bans.ofRoom(roomId(request.room)) ?? { code: 'no-such-room' };
    const returning = room.expects(markOf(room, who));
    const refusal = this.#dialRefusal(from, room, who.identity, returning);
    if (refusal) return refusal;
    this.#makeWay(room, returning);
    const circuit = registry.addCircuit(from, room, returning);
    room.host.say({
      t: 'incoming',
      handle: room.handle,
      circuit: circuit.id,
      conv: request.conv,
      identity: who.key,
    });
    return { t: 'dialled', rid: request.rid, circuit: circuit.id, handle: room.handle };
  }

  admit(from: Party, { circuit: id }: RequestOf<'admit'>): Answer {
    const circuit = this.#parts.registry.circuits.get(id);
    // It may have hung up meanwhile.
    if (!circuit || circuit.room.host !== from || circuit.room.isAdmitted(circuit)) return undefined;
    const { room, member } = circuit;
    const earlier = room.admitted.get(member);
    if (earlier) this.#end(earlier, {}, 'both');
    if (room.admitted.size >= room.maxMembers) {
      this.#end(circuit, { code: 'room-full' }, 'both');
      return undefined;
    }
    room.admit(circuit);
    this.#parts.directory.touch(room.id);
    return undefined;
  }

  hangup(from: Party, request: RequestOf<'hangup'>): Answer {
    const circuit = this.#parts.registry.circuits.get(request.circuit);
    if (!circuit) return undefined;
    const reason = { code: request.code, retryMs: request.retryMs };
    if (circuit.member === from) this.#end(circuit, reason, 'host');
    else if (circuit.room.host === from) {
      const { room, member } = circuit;
      // Sent away, not lost: if it comes again, it comes like anybody.
      if (member.login && room.isAdmitted(circuit)) room.forget(markOf(room, member.login));
      this.#end(circuit, reason, 'member');
    }
    return undefined;
  }

  /** `frame` holds a whole `send`; the other end gets the same bytes. */
  forward(from: Party, id: number, frame: ServerFrame): void {
    const circuit = this.#parts.registry.circuits.get(id);
    if (circuit?.member === from) this.#toHost(circuit, frame);
    else if (circuit?.room.host === from) circuit.member.queue.push(frame);
    else from.say({ t: 'hangup', circuit: id, code: 'no-circuit' });
  }

  /** `frame` holds a whole `cast`; every admitted member gets the same bytes. */
  cast(from: Party, handle: number, frame: ServerFrame): void {
    const room = this.#parts.registry.rooms.get(handle);
    // Unknown after a lost lease; the host learns it from its next `renew`.
    if (room?.host === from) room.cast(frame);
  }

  memberGone(member: Party): void {
    for (const circuit of member.circuits.slice()) {
      if (member.login && circuit.room.isAdmitted(circuit))
        circuit.room.expect(markOf(circuit.room, member.login));
      this.#end(circuit, {}, 'host');
    }
  }

  roomClosed(room: LiveRoom, code: RoomEnd): void {
    for (const circuit of [...room.unfinished, ...room.unfinishedReturns, ...room.admitted.values()])
      this.#end(circuit, { code }, 'member');
  }

  prune(): void {
    const now = this.#parts.clock.monotonic();
    this.#roomDials.prune(now);
    this.#roomReturns.prune(now);
    this.#identityDials.prune(now);
    this.#networkDials.prune(now);
  }

  /** Who sends more than the host takes is hung up on: else the host would be, and everybody with it. */
  #toHost(circuit: Circuit, frame: ServerFrame): void {
    const { room, member } = circuit;
    const { limits } = this.#parts;
    const { queue } = room.host;
    if (room.isAdmitted(circuit)) {
      const full =
        queue.waiting > HOST_BACKLOG_SHARE * limits.queueBytes ||
        queue.waitingFrames > HOST_BACKLOG_SHARE * limits.queueFrames;
      if (!full) return queue.push(frame);
      if (member.login) room.expect(markOf(room, member.login));
      return this.#end(circuit, { code: 'room-busy' }, 'both');
    }
    circuit.earlyBytes += Math.max(frame.length - messageStart(frame), LEAST_EARLY_BYTES);
    if (circuit.earlyBytes <= EARLY_CIRCUIT_BYTES) queue.push(frame);
    else this.#end(circuit, { code: 'too-fast' }, 'both');
  }

  #dialRefusal(
    from: Party,
    room: LiveRoom,
    identity: IdentityKey,
    returning: boolean,
  ): Rejection | undefined {
    const { limits, clock } = this.#parts;
    if (from.circuits.length >= limits.roomsPerConnection)
      return { code: 'too-many-rooms', limit: limits.roomsPerConnection };
    if (room.admitted.size >= room.maxMembers) return { code: 'room-full', limit: room.maxMembers };
    const now = clock.monotonic();
    const own = this.#identityDials.tryTake(`${identity}${room.id}`, now);
    if (own > 0) return { code: 'join-limit', retryMs: own, limit: limits.joinsPerIdentity };
    if (returning) return busy(this.#roomReturns.tryTake(room.id, now), limits.returnsPerRoom);
    const network = `${from.network} ${room.id}`;
    const others = this.#networkDials.tryTake(network, now);
    if (others > 0) return busy(others, limits.joinsPerRoom);
    const all = this.#roomDials.tryTake(room.id, now);
    if (all > 0) this.#networkDials.giveBack(network);
    return busy(all, limits.joinsPerRoom);
  }

  /** Callers that never finish their handshake must not keep others out. */
  #makeWay(room: LiveRoom, returning: boolean): void {
    const { limits } = this.#parts;
    const unfinished = returning ? room.unfinishedReturns : room.unfinished;
    if (unfinished.size < (returning ? limits.returnsPerRoom : limits.unfinishedPerRoom)) return;
    for (const oldest of unfinished) {
      this.#end(oldest, { code: 'room-busy' }, 'both');
      return;
    }
  }

  #end(circuit: Circuit, reason: HangupReason, tell: 'host' | 'member' | 'both'): void {
    const { registry, directory } = this.#parts;
    registry.removeCircuit(circuit);
    directory.touch(circuit.room.id);
    const message: ReplyOf<'hangup'> = { t: 'hangup', circuit: circuit.id, ...reason };
    if (tell !== 'member') circuit.room.host.say(message);
    if (tell !== 'host') circuit.member.say(message);
  }
}

function markOf(room: LiveRoom, who: Login): string {
  return toHex(memberMark(idBytes(room.id), who.key));
}

function busy(retryMs: number, limit: number): Rejection | undefined {
  return retryMs > 0 ? { code: 'room-busy', retryMs, limit } : undefined;
}

function ratesOf(limits: RelayLimits) {
  const dials = rateOf(limits.joinsPerRoom, limits.joinsPerRoomMs);
  return {
    dials,
    // All at once for people who come together, and no more than half of what comes after that.
    network: { ...dials, perSecond: dials.perSecond / 2 },
    returns: rateOf(limits.returnsPerRoom, limits.returnsPerRoomMs),
    own: rateOf(limits.joinsPerIdentity, limits.joinsPerIdentityMs),
  };
}
