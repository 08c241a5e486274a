import { keyTag, makeRoomId } from '../../shared/crypto/sign.ts';
import { equalBytes, toHex } from '../../shared/bytes.ts';
import type { Rejection } from '../../shared/errors.ts';
import { idBytes, roomId, type RoomId } from '../../shared/ids.ts';
import { MARK_BYTES, SECOND } from '../../shared/limits.ts';
import { closeCodes } from '../../shared/wire/close-codes.ts';
import type { ReplyOf, RequestOf } from '../../shared/wire/control.ts';
import type { Bans } from '../bans/bans.ts';
import type { Clock } from '../clock.ts';
import type { Directory } from '../directory.ts';
import type { Answer } from '../dispatch.ts';
import type { Leases } from '../leases.ts';
import type { RelayLimits } from '../limits.ts';
import { checkEntry, type SignedEntry } from '../listing-check.ts';
import type { Logger } from '../log.ts';
import type { LiveRoom, Login, Party, Registry } from '../registry.ts';
import type { Circuits, RoomEnd } from './circuits.ts';

/** How much later than `pongMs` a dead connection is noticed at most. */
const PROBE_MARGIN_MS = 2 * SECOND;

export interface RoomParts {
  readonly registry: Registry;
  readonly leases: Leases;
  readonly directory: Directory;
  readonly bans: Pick<Bans, 'ofRoom'>;
  readonly circuits: Circuits;
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly log: Logger;
}

type Held = Pick<RequestOf<'renew'>, 'handle' | 'fence'>;

/** Rooms that a connected host keeps open under a lease. */
export class Rooms {
  readonly #parts: RoomParts;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  open(from: Party, request: RequestOf<'open-room'>, who: Login): Answer {
    const { registry, leases, directory, bans, limits, clock, log } = this.#parts;
    if (!equalBytes(makeRoomId(who.key, request.nonce), request.room)) return { code: 'not-allowed' };
    const id = roomId(request.room);
    const held = registry.roomById(id);
    // Its answer was lost on the way.
    if (held?.host === from) return this.#opened(held, request.rid);
    // Nobody waits for the next round of this: the next lease would keep an expired room out of it for good.
    if (held) this.closeExpired();
    const listing = request.entry && this.#check(request.entry, request.room, who, undefined);
    if (listing && !('rev' in listing)) return listing;
    const refusal = bans.ofRoom(id) ?? this.#roomLimit(from, who);
    if (refusal) return refusal;
    const lease = leases.take(id, clock.monotonic());
    if ('code' in lease) return this.#taken(id, lease);
    const room = registry.addRoom({
      id,
      host: from,
      fence: lease.fence,
      maxMembers: Math.min(request.maxMembers || limits.membersPerRoom, limits.membersPerRoom),
    });
    for (const mark of marksOf(request.expected)) room.expect(mark);
    if (request.entry && listing) directory.list(room, request.entry, listing);
    log.info('room-opened', { connection: from.id, key: keyTag(who.key), fence: room.fence });
    return this.#opened(room, request.rid);
  }

  renew(from: Party, request: RequestOf<'renew'>): Answer {
    const room = this.#held(from, request);
    if (!room) return { code: 'fenced' };
    const lease = this.#parts.leases.renew(room.id, room.fence, this.#parts.clock.monotonic());
    return 'code' in lease ? lease : { t: 'ok', rid: request.rid };
  }

  update(from: Party, request: RequestOf<'update'>, who: Login): Answer {
    const room = this.#held(from, request);
    if (!room) return { code: 'fenced' };
    const { directory } = this.#parts;
    const listing = this.#check(request.entry, idBytes(room.id), who, directory.revOf(room.id));
    if (!('rev' in listing)) return listing;
    directory.list(room, request.entry, listing);
    return { t: 'ok', rid: request.rid };
  }

  close(from: Party, request: RequestOf<'close-room'>): Answer {
    const room = this.#held(from, request);
    if (!room) return { code: 'fenced' };
    this.#shut(room, 'host-closed');
    return { t: 'ok', rid: request.rid };
  }

  /** Its host's connection is gone: waiting for the lease would only keep members in the dark. */
  hostGone(host: Party): void {
    for (const room of host.rooms.slice()) this.#shut(room, 'host-away');
  }

  /** By the operator: its host comes back and is told that the room is barred. False when nobody hosts it. */
  evict(id: RoomId): boolean {
    const room = this.#parts.registry.roomById(id);
    if (!room) return false;
    this.#shut(room, 'room-barred');
    room.host.refuse({ code: 'room-barred' }, closeCodes.refused);
    return true;
  }

  closeExpired(): void {
    const { leases, registry, clock } = this.#parts;
    for (const lease of leases.expired(clock.monotonic())) {
      const room = registry.roomById(lease.room);
      if (room) this.#shut(room, 'host-away');
    }
  }

  #shut(room: LiveRoom, code: RoomEnd): void {
    const { registry, leases, directory, circuits, log } = this.#parts;
    registry.removeRoom(room);
    leases.release(room.id, room.fence);
    directory.unlist(room.id);
    circuits.roomClosed(room, code);
    log.info('room-closed', { connection: room.host.id, fence: room.fence, reason: code });
  }

  #opened({ handle, fence }: LiveRoom, rid: number): ReplyOf<'room-opened'> {
    return { t: 'room-opened', rid, handle, fence, leaseMs: this.#parts.limits.leaseMs };
  }

  /** A host that comes back after a cut need not wait for the lease of its own dead connection. */
  #taken(id: RoomId, refusal: Rejection): Rejection {
    const { registry, limits } = this.#parts;
    registry.roomById(id)?.host.probe();
    return { ...refusal, retryMs: Math.min(refusal.retryMs ?? 0, limits.pongMs + PROBE_MARGIN_MS) };
  }

  #held(from: Party, { handle, fence }: Held): LiveRoom | undefined {
    const room = this.#parts.registry.rooms.get(handle);
    return room?.host === from && room.fence === fence ? room : undefined;
  }

  #check(entry: SignedEntry, room: Uint8Array, who: Login, lastRev: number | undefined) {
    const nowSec = Math.floor(this.#parts.clock.wall() / SECOND);
    return checkEntry(entry, { room, host: who.key, nowSec, lastRev });
  }

  #roomLimit(from: Party, who: Login): Rejection | undefined {
    const { registry, limits } = this.#parts;
    if (registry.roomsOfIdentity.of(who.identity) >= limits.roomsPerIdentity)
      return { code: 'room-limit', limit: limits.roomsPerIdentity };
    if (registry.roomsOfNetwork.of(from.network) >= limits.roomsPerNetwork)
      return { code: 'room-limit', limit: limits.roomsPerNetwork };
    return undefined;
  }
}

function marksOf(expected: Uint8Array = new Uint8Array()): string[] {
  const marks: string[] = [];
  for (let at = 0; at + MARK_BYTES <= expected.length; at += MARK_BYTES)
    marks.push(toHex(expected.subarray(at, at + MARK_BYTES)));
  return marks;
}
