import type { Clock } from '../../link/clock.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import type { Rejection } from '../../shared/errors.ts';
import { idBytes, type IdentityKey } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import type { MemberHello } from '../../shared/room/handshake.ts';
import { viaOf } from '../../shared/room/via.ts';
import { cleanNick } from '../../shared/text.ts';
import type { Attendance } from './attendance.ts';
import type { Broadcast } from '../casts/broadcast.ts';
import type { Conversation } from '../lines/conversation.ts';
import type { History } from '../history/history.ts';
import type { HostEvent } from '../host-events.ts';
import type { Invites } from '../invites/invites.ts';
import type { JoinGate } from '../lines/join-gate.ts';
import { NewestMessages } from '../log/newest-messages.ts';
import type { RoomLog } from '../log/room-log.ts';
import { asideOf, silence } from '../room/moderation.ts';
import { restoredMember, type RoomState } from '../room/room-state.ts';
import type { Place } from '../log/sequencer.ts';
import { defined } from '../../shared/defined.ts';

/** A leave that the disk would not take is tried again. */
const LEAVE_AGAIN_MS = 10 * SECOND;

export interface DoorOptions {
  readonly clock: Clock;
  readonly log: RoomLog;
  readonly history: History;
  readonly attendance: Attendance;
  readonly broadcast: Broadcast;
  readonly gate: JoinGate;
  readonly invites: Pick<Invites, 'refusal' | 'claim' | 'entered' | 'release'>;
  /** Earlier messages a newcomer may read. */
  readonly backlog: number;
  /** Welcomes a member of `room`, which is as it was after `place`. */
  readonly welcome: (conversation: Conversation, hello: MemberHello, room: RoomState, place: Place) => void;
  readonly notify: (event: HostEvent) => void;
}

interface Newcomer {
  readonly conversation: Conversation;
  readonly hello: MemberHello;
  readonly nick: string;
}

/** Who comes, comes back, disappears and leaves; newcomers and leavers never share a key. */
export class Door {
  readonly #options: DoorOptions;
  readonly #backlog: NewestMessages;
  #newcomers: Newcomer[] = [];
  readonly #leavers = new Map<IdentityKey, string | undefined>();
  #cancelAdmission: (() => void) | undefined;
  #cancelFarewell: (() => void) | undefined;
  #cancelGrace: () => void = () => undefined;
  #closed = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#backlog = new NewestMessages(options.history, options.backlog);
    this.#watchGrace();
  }

  /** Somebody proved who it is and that it has the code. */
  arrived(conversation: Conversation, hello: MemberHello): void {
    const { attendance, log, history, gate, clock, invites } = this.#options;
    const { identity, psk } = conversation;
    const barred = invites.refusal(identity, psk);
    if (barred) {
      const wrong = barred.code === 'wrong-code';
      conversation.refuse(wrong ? gate.wrongCode(identity, clock.now(), conversation.via) : barred);
      return;
    }
    if (attendance.get(identity)) {
      this.#leavers.delete(identity);
      // Marked at once: its absence must not become a leave while earlier events are being stored.
      attendance.arrive(identity, conversation)?.end();
      log.whenSettled(() => this.#welcomeBack(conversation, hello));
      return;
    }
    // A new name says something, too.
    const silenced = silence(log.placed, identity, clock.now()) && history.member(idBytes(identity))?.nick;
    const nick = silenced ?? cleanNick(hello.nick) ?? keyTag(idBytes(identity));
    const earlier = this.#newcomers.find((newcomer) => newcomer.conversation.identity === identity);
    earlier?.conversation.end();
    const decision = log.ask(identity, { type: 'join', nick });
    const entering = (): Rejection | undefined => (earlier ? undefined : gate.enter(clock.now()));
    const refusal = decision.type === 'rejected' ? decision.rejection : entering();
    if (refusal) {
      conversation.refuse(refusal);
      return;
    }
    this.#newcomers = [...this.#newcomers.filter((each) => each !== earlier), { conversation, hello, nick }];
    const wait = this.#options.broadcast.joinWait;
    if (wait === 0) this.#admitNewcomers();
    else this.#cancelAdmission ??= clock.after(wait, () => this.#admitNewcomers());
  }

  /** A conversation is over, for whatever reason. */
  ended(conversation: Conversation): void {
    const { attendance, broadcast, clock, notify } = this.#options;
    const key = conversation.identity;
    if (!attendance.vanish(conversation, clock.now())) return;
    this.#watchGrace();
    broadcast.presence(key);
    notify({ type: 'presence', key, presence: 'offline' });
  }

  /** A member says goodbye. */
  leave(key: IdentityKey, reason: string | undefined): void {
    const { log, clock } = this.#options;
    this.#leavers.set(key, asideOf(log.placed, key, reason, clock.now()));
    this.#farewellSoon();
  }

  /** Puts somebody out whose event has just been cast: everything behind `seq` is sealed with a key it never gets. */
  expel(key: IdentityKey, seq: number, why: Rejection): void {
    const { attendance, broadcast } = this.#options;
    const conversation = attendance.get(key)?.conversation;
    attendance.remove(key);
    this.#leavers.delete(key);
    conversation?.dismiss(why);
    broadcast.rekey(seq + 1);
    this.#watchGrace();
  }

  close(): void {
    this.#closed = true;
    this.#cancelAdmission?.();
    this.#cancelFarewell?.();
    this.#cancelGrace();
  }

  #welcomeBack(conversation: Conversation, hello: MemberHello): void {
    const { attendance, log, broadcast, welcome, notify } = this.#options;
    const key = conversation.identity;
    const attendee = attendance.get(key);
    // Its goodbye was on the way to the disk when it came back.
    if (!attendee && conversation.isOpen) return this.arrived(conversation, hello);
    // It may have hung up, or come once more, while earlier events were being stored.
    if (attendee?.conversation !== conversation) return;
    welcome(conversation, hello, log.durable, log.settled);
    broadcast.presence(key);
    notify({ type: 'presence', key, presence: 'online', ...viaOf(conversation) });
  }

  /** All who wait come in with one new key. */
  #admitNewcomers(): void {
    this.#cancelAdmission?.();
    this.#cancelAdmission = undefined;
    const { history, clock, log, attendance, broadcast, invites } = this.#options;
    const waiting = this.#newcomers.filter(({ conversation }) => conversation.isOpen);
    this.#newcomers = [];
    const { seq } = log.tip;
    const backlog = this.#backlog.floor(seq);
    broadcast.admitting();
    const admitted: Newcomer[] = [];
    for (const newcomer of waiting) {
      const { identity } = newcomer.conversation;
      const decision = log.ask(identity, { type: 'join', nick: newcomer.nick });
      const taken = decision.type === 'drafts' && invites.claim(identity, newcomer.conversation.psk);
      if (taken) {
        newcomer.conversation.refuse(taken);
        continue;
      }
      const draft = decision.type === 'drafts' ? decision.drafts[0] : undefined;
      if (decision.type === 'rejected') newcomer.conversation.refuse(decision.rejection);
      if (!draft) continue;
      const known = history.member(idBytes(identity));
      // Whoever was put out never reads what was said until now.
      const floor = known?.kicked === true ? seq + 1 : (known?.floor ?? backlog);
      attendance.expect(identity, floor, clock.now());
      const leads = admitted.length === 0;
      admitted.push(newcomer);
      log.say(draft, {
        resumes: known?.counter ?? 0,
        before: (place, earlier) => {
          if (leads) this.#letIn(admitted, place, earlier);
        },
      });
    }
  }

  /** `place` is that of the first newcomer's `member-joined`, which is cast next. */
  #letIn(newcomers: readonly Newcomer[], place: Place | undefined, earlier: Place): void {
    const { attendance, broadcast, log, welcome, invites } = this.#options;
    if (!place) {
      for (const { conversation } of newcomers) {
        invites.release(conversation.identity, conversation.psk);
        attendance.remove(conversation.identity);
        conversation.refuse({ code: 'storage-full' });
      }
      return;
    }
    broadcast.rekey(place.seq);
    for (const { conversation, hello } of newcomers) {
      invites.entered(conversation.identity);
      if (!conversation.isOpen) continue;
      // A call that came meanwhile is welcomed as soon as this is settled.
      if (attendance.get(conversation.identity)?.conversation) {
        conversation.end();
        continue;
      }
      attendance.arrive(conversation.identity, conversation);
      welcome(conversation, hello, this.#withNewcomer(log.durable, conversation.identity), earlier);
    }
    this.#watchGrace();
  }

  /** Everybody finds itself on the roster it is welcomed with, though its `member-joined` is yet to be cast. */
  #withNewcomer(room: RoomState, key: IdentityKey): RoomState {
    const member = this.#options.log.placed.members.get(key);
    if (!member) return room;
    const restored = restoredMember(member, room, this.#options.clock.now());
    return { ...room, members: new Map(room.members).set(key, restored) };
  }

  #watchGrace(): void {
    this.#cancelGrace();
    const { attendance, clock } = this.#options;
    const at = attendance.nextExpiry();
    if (at === undefined || this.#closed) return;
    const left = at - clock.now();
    this.#cancelGrace = clock.after(left > 0 ? left : LEAVE_AGAIN_MS, () => {
      for (const key of attendance.expired(clock.now())) this.#leavers.set(key, undefined);
      this.#farewellSoon();
      this.#watchGrace();
    });
  }

  /** At once, unless so many come and go that telling new keys would silence the room. */
  #farewellSoon(): void {
    const { broadcast, clock } = this.#options;
    const wait = broadcast.rekeyWait;
    if (wait === 0) this.#farewell();
    else if (!this.#closed) this.#cancelFarewell ??= clock.after(wait, () => this.#farewell());
  }

  /** Those who leave together share the new key that shuts them out. */
  #farewell(): void {
    this.#cancelFarewell?.();
    this.#cancelFarewell = undefined;
    const { log, attendance, broadcast, clock } = this.#options;
    const farewells = [...this.#leavers].flatMap(([key, reason]) => {
      const decision = log.ask(key, { type: 'leave', ...defined({ reason }) });
      const draft = decision.type === 'drafts' ? decision.drafts[0] : undefined;
      // The owner: gone, but on the roster for as long as the room lasts.
      if (!draft && log.placed.members.has(key))
        attendance.expect(key, attendance.get(key)?.floor ?? 1, clock.now());
      return draft ? [{ key, draft }] : [];
    });
    this.#leavers.clear();
    farewells.forEach(({ key, draft }, index) => {
      log.say(draft, {
        after: (place) => {
          if (place) attendance.remove(key);
          if (index < farewells.length - 1) return;
          broadcast.rekey(log.settled.seq + 1);
          this.#watchGrace();
        },
      });
    });
  }
}
