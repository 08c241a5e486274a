import type { Clock } from '../../link/clock.ts';
import { labels, randomBytes, type Signer } from '../../shared/crypto/sign.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import { encodeEvent, isHostKind, type RoomEvent, type SignedEvent } from '../../shared/room/events.ts';
import {
  tookIt,
  type History,
  type MarkedLine,
  type RoomRecord,
  type StorageError,
} from '../history/history.ts';
import { whatToKeep } from './keeping.ts';
import { emptyRoom, restoredMember, type RoomPolicy, type RoomState } from '../room/room-state.ts';
import { restoredSanctions, SanctionTimes } from '../room/sanction-times.ts';
import { decide, evolve, type Decision, type HostDraft, type RoomRequest } from '../room/room.ts';
import { Sequencer, type Place } from './sequencer.ts';

export interface RoomLogOptions {
  readonly history: History;
  readonly record: RoomRecord;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly policy: RoomPolicy;
  readonly retain: number | 'all';
  /** The first seq that somebody on the roster may read. */
  readonly floorOf: (key: IdentityKey) => number;
  /** An event is durable; `was` is the room before it. */
  readonly sequenced: (signed: SignedEvent, event: RoomEvent, place: Place, was: RoomState) => void;
  readonly failed: (error: StorageError) => void;
}

/** What happens to an event besides being sequenced; both are called once, with no place when it could not be stored. */
export interface Settling {
  /** The counter that the store remembers of somebody who joins. */
  readonly resumes?: number;
  /** The line that the event changes. */
  readonly mark?: MarkedLine;
  /** Just before the event counts. */
  readonly before?: (place: Place | undefined, earlier: Place) => void;
  /** Just after. */
  readonly after?: (place: Place | undefined) => void;
}

/** The room as its log makes it: asks the rules, signs what the host says, remembers what the store keeps. */
export class RoomLog {
  readonly #options: RoomLogOptions;
  readonly #sequencer: Sequencer;
  readonly #identity: IdentityKey;
  readonly #times: SanctionTimes;
  #placed: RoomState;
  #durable: RoomState;

  constructor(options: RoomLogOptions) {
    const { history, clock, retain, failed, signer } = options;
    this.#options = options;
    this.#identity = identityKey(signer.publicKey);
    this.#times = new SanctionTimes(clock);
    this.#placed = restoredRoom(options, this.#identity);
    this.#durable = this.#placed;
    this.#sequencer = new Sequencer({
      history,
      clock,
      retain,
      failed: (error) => {
        this.#placed = this.#durable;
        failed(error);
      },
    });
  }

  /** With every event that has a place in the log. */
  get placed(): RoomState {
    return this.#placed;
  }

  /** With every event that is durable and was settled. */
  get durable(): RoomState {
    return this.#durable;
  }

  get tip(): Place {
    return this.#sequencer.tip;
  }

  get settled(): Place {
    return this.#sequencer.settled;
  }

  /** The first seq that may be read at all. */
  get first(): number {
    return this.#sequencer.first;
  }

  ask(actor: IdentityKey, request: RoomRequest): Decision {
    return decide(this.#placed, actor, request, this.#options.clock.now());
  }

  isPending(author: Uint8Array, id: Uint8Array): boolean {
    return this.#sequencer.isPending(author, id);
  }

  whenSettled(run: () => void): void {
    this.#sequencer.whenSettled(run);
  }

  /** Signs and sequences what the host itself says. */
  say(draft: HostDraft, settling: Settling = {}): void {
    const { record, signer, clock } = this.#options;
    // Posts of the owner's own client count on their own: it cannot know what the host signs meanwhile.
    const counter = isHostKind(draft.kind)
      ? this.tip.seq + 1
      : (this.#placed.members.get(this.#identity)?.counter ?? 0) + 1;
    const { room, log } = record;
    const event: RoomEvent = { room, log, id: randomBytes(16), counter, time: clock.wall(), ...draft };
    const bytes = encodeEvent(event);
    const sig = signer.sign(labels.ev, bytes);
    this.add({ author: signer.publicKey, event: bytes, sig }, event, settling);
  }

  /** Sequences an event that was decided on and whose signature was checked. */
  add(signed: SignedEvent, event: RoomEvent, { resumes, mark, before, after }: Settling): void {
    const { history, clock, floorOf } = this.#options;
    const author = identityKey(signed.author);
    const was = this.#placed;
    const target = event.kind === 'banned' ? history.member(event.body.key)?.nick : undefined;
    const input = {
      author,
      event,
      ...(resumes === undefined ? {} : { resumes }),
      ...(target === undefined ? {} : { nick: target }),
    };
    const next = evolve(was, input, clock.now());
    this.#placed = next;
    const kept = whatToKeep({
      author,
      event,
      was,
      next,
      floorOf,
      remembered: (key) => history.member(idBytes(key)),
      wallAt: (monotonic) => clock.wall() + monotonic - clock.now(),
    });
    const moved = this.#times.moved(next);
    this.#sequencer.append({
      signed,
      id: event.id,
      kept: {
        ...kept,
        sanctions: [...moved.sanctions, ...(kept.sanctions ?? [])],
        ...(mark === undefined ? {} : { marks: [mark] }),
      },
      settle: (place, earlier) => {
        before?.(place, earlier);
        if (place) {
          moved.written();
          const old = this.#durable;
          this.#durable = next;
          this.#options.sequenced(signed, event, place, old);
        }
        after?.(place);
      },
    });
  }

  /** Stores and settles what waits, at once. */
  settle(): void {
    this.#sequencer.flush();
  }

  /** Stores and settles what waits, and what that brings. */
  close(): void {
    this.#sequencer.close();
    this.#writeTimes();
  }

  #writeTimes(): void {
    const { sanctions, written } = this.#times.moved(this.#durable);
    if (sanctions.length === 0) return;
    // On a full disk they stay as they were written before.
    if (tookIt(() => this.#options.history.append({ events: [], members: [], sanctions }))) written();
  }
}

function restoredRoom({ record, history, policy, clock }: RoomLogOptions, host: IdentityKey): RoomState {
  const { room, log, title, topic } = record;
  const empty = emptyRoom({ room, log, host, title, topic, policy });
  const members = history.roster().map(({ key, nick, role, counter }) => {
    const identity = identityKey(key);
    return [identity, restoredMember({ key: identity, nick, role, counter }, empty, clock.now())] as const;
  });
  const sanctions = history.sanctions();
  return {
    ...empty,
    members: new Map(members),
    rules: history.rules(),
    bans: restoredSanctions(sanctions, 'ban', clock),
    mutes: restoredSanctions(sanctions, 'mute', clock),
    absentOps: new Set(history.absentOps().map((key) => identityKey(key))),
  };
}
