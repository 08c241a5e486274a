import type { Clock } from '../../link/clock.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { labels, verify } from '../../shared/crypto/sign.ts';
import { assertNever, ProtocolError, type RefusalCode, type Rejection } from '../../shared/errors.ts';
import { idBytes } from '../../shared/ids.ts';
import { KIB, MINUTE, SECOND } from '../../shared/limits.ts';
import {
  decodeEvent,
  decodeSignedEvent,
  type RoomEvent,
  type SignedEvent,
} from '../../shared/room/events.ts';
import type { MemberMessage } from '../../shared/room/messages.ts';
import { may } from '../../shared/room/permissions.ts';
import { putOffCodes } from '../../shared/room/put-off.ts';
import { viaOf } from '../../shared/room/via.ts';
import { cleanReason } from '../../shared/text.ts';
import type { Attendance, Attendee } from './attendance.ts';
import { bansMessages } from './ban-answers.ts';
import { framesPerSecond, type Broadcast } from '../casts/broadcast.ts';
import type { BulkSender } from './bulk-sender.ts';
import type { Conversation } from '../lines/conversation.ts';
import type { Door } from './door.ts';
import type { History, MarkedLine } from '../history/history.ts';
import type { HostEvent } from '../host-events.ts';
import type { Invites } from '../invites/invites.ts';
import { invitedMessage, invitesMessage } from './invite-answers.ts';
import type { HostLine } from '../lines/line.ts';
import { asideOf } from '../room/moderation.ts';
import { isLineChange, type LineChange, type TargetLine } from '../room/line-changes.ts';
import { pagesOf } from '../log/pages.ts';
import { refusedPost } from './refused-post.ts';
import type { RoomLog } from '../log/room-log.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from '../room/token-bucket.ts';
import { defined } from '../../shared/defined.ts';

/** Bytes waiting to leave from which on typing is not passed on, and from which on posts are put off. */
const HINT_BACKLOG = 64 * KIB;
const POST_BACKLOG = 1_024 * KIB;
const PUT_OFF_MS = SECOND;
const LATE_HINT_MS = SECOND;
/** A member that does not come back with what was put off is heard again after this; it takes a line for dead earlier. */
const MAX_HOLD_MS = MINUTE;
/** Share of the frames the relay takes that posts may use up; the rest is for joins, keys and pages. */
const POST_SHARE = 0.8;

export interface MemberRequestsOptions {
  readonly lines: () => readonly HostLine[];
  readonly clock: Clock;
  readonly history: History;
  readonly log: RoomLog;
  readonly attendance: Attendance;
  readonly broadcast: Broadcast;
  readonly bulk: BulkSender;
  readonly door: Door;
  readonly invites: Invites;
  readonly notify: (event: HostEvent) => void;
}

/** A post that was refused for a moment; nothing said behind it may overtake it. Times are monotonic ms. */
interface PutOff {
  readonly id: Uint8Array;
  readonly counter: number;
  readonly code: RefusalCode;
  readonly until: number;
  readonly heldUntil: number;
}

type Said<Name extends MemberMessage['t']> = Extract<MemberMessage, { t: Name }>;

/** What members say in their conversations, and the answers. */
export class MemberRequests {
  readonly #options: MemberRequestsOptions;
  readonly #putOffs = new WeakMap<Conversation, PutOff>();
  /** Whose presence is told later, with the ways to cancel that. */
  readonly #untold = new Map<Conversation, () => void>();
  #posts: Bucket;

  constructor(options: MemberRequestsOptions) {
    this.#options = options;
    this.#posts = fullBucket(this.#pace(), options.clock.now());
  }

  /** Throws `ProtocolError`. */
  said(conversation: Conversation, message: MemberMessage): void {
    if (message.t === 'ping') {
      conversation.send({ t: 'pong', rid: message.rid, seq: this.#options.log.settled.seq });
      return;
    }
    const attendee = this.#options.attendance.speaker(conversation);
    if (message.t === 'leave') {
      conversation.send({ t: 'closing', code: 'left' });
      conversation.end({ code: 'left' });
      const reason = cleanReason(message.reason ?? '') || undefined;
      if (attendee) this.#options.door.leave(conversation.identity, reason);
      return;
    }
    if (!attendee) throw new ProtocolError('speaks before its welcome');
    switch (message.t) {
      case 'post':
        this.#post(conversation, message);
        break;
      case 'fetch':
        this.#fetch(conversation, message, attendee);
        break;
      case 'presence':
        this.#presence(conversation, message);
        break;
      case 'bans':
        this.#bans(conversation, message);
        break;
      case 'invite':
        void this.#invite(conversation, message);
        break;
      case 'invites':
        this.#invites(conversation, message);
        break;
      case 'typing':
        if (conversation.buffered < HINT_BACKLOG && this.#mayHint(conversation))
          this.#options.broadcast.hint({ t: 'typing', key: idBytes(conversation.identity) });
        break;
      default:
        assertNever(message);
    }
  }

  close(): void {
    for (const cancel of this.#untold.values()) cancel();
    this.#untold.clear();
  }

  #post(conversation: Conversation, { event: [author, bytes, sig] }: Said<'post'>): void {
    const { log, history } = this.#options;
    const reject = (id: Uint8Array, rejection: Rejection, counter?: number): void => {
      const { code, retryMs } = rejection;
      if (counter !== undefined) this.#hold(conversation, { id, counter }, rejection);
      conversation.send({ t: 'rejected', id, code, ...defined({ retryMs }) });
    };
    const event = this.#decode(bytes, reject);
    // The cast of one that waits to be stored is on the way and answers both.
    if (!event || log.isPending(author, event.id)) return;
    const { id, counter } = event;
    const held = this.#heldBack(conversation, event);
    if (held) {
      reject(id, held);
      return;
    }
    const known = history.seqOf(author, id);
    const aimed = isLineChange(event) ? this.#target(event, author, conversation) : undefined;
    const request = { type: 'post', event, known, target: aimed?.target } as const;
    const decision = log.ask(conversation.identity, request);
    if (decision.type === 'rejected') {
      reject(id, decision.rejection, counter);
      return;
    }
    const mine = equalBytes(author, idBytes(conversation.identity));
    if (!mine || !verify(labels.ev, author, bytes, sig)) {
      reject(id, { code: 'bad-event' });
      return;
    }
    if (decision.type === 'known') {
      conversation.send({ t: 'posted', id, seq: decision.seq });
      return;
    }
    const retryMs = this.#putOff(conversation);
    if (retryMs > 0) {
      reject(id, { code: 'slow-down', retryMs }, counter);
      return;
    }
    const signed: SignedEvent = { author, event: bytes, sig };
    log.add(signed, event, {
      ...(aimed ? { mark: aimed.mark } : {}),
      after: (place) => {
        if (!place) reject(id, { code: 'storage-full' }, counter);
      },
    });
  }

  /** Why a post has to wait for one before it; whoever comes back with that one is heard. */
  #heldBack(conversation: Conversation, { id, counter }: RoomEvent): Rejection | undefined {
    const putOff = this.#putOffs.get(conversation);
    if (!putOff) return undefined;
    const now = this.#options.clock.now();
    if (counter > putOff.counter && !equalBytes(id, putOff.id) && now < putOff.heldUntil)
      return { code: putOff.code, retryMs: Math.max(0, Math.ceil(putOff.until - now)) };
    this.#putOffs.delete(conversation);
    return undefined;
  }

  #hold(
    conversation: Conversation,
    post: Pick<PutOff, 'id' | 'counter'>,
    { code, retryMs = PUT_OFF_MS }: Rejection,
  ): void {
    if (!putOffCodes.has(code)) return;
    // Of several that were stored together and failed together, the first leads again.
    if ((this.#putOffs.get(conversation)?.counter ?? Number.POSITIVE_INFINITY) <= post.counter) return;
    const until = this.#options.clock.now() + retryMs;
    this.#putOffs.set(conversation, { ...post, code, until, heldUntil: until + MAX_HOLD_MS });
  }

  /** The line that an event refers to, where its author may read it. */
  #target(
    event: LineChange,
    by: Uint8Array,
    { identity }: Conversation,
  ): { readonly target: TargetLine; readonly mark: MarkedLine } | undefined {
    const { log, history, attendance } = this.#options;
    const { of } = event.body;
    const author = event.kind === 'edited' ? by : event.body.author;
    // Said a moment ago: it has to have its number first.
    if (log.isPending(author, of)) log.settle();
    const seq = history.seqOf(author, of);
    const floor = attendance.get(identity)?.floor ?? Number.POSITIVE_INFINITY;
    const [stored] = seq === undefined || seq < floor ? [] : history.read(seq, seq, 1);
    if (!stored) return undefined;
    const { kind } = decodeEvent(decodeSignedEvent(stored.signed).event);
    return { target: { kind, ...history.marks(stored.seq) }, mark: { seq: stored.seq, mark: event.kind } };
  }

  #bans(conversation: Conversation, { rid }: Said<'bans'>): void {
    const { log, clock } = this.#options;
    const refuse = (code: Rejection['code']): void =>
      conversation.send({ t: 'bans', rid, code, bans: [], last: true });
    const role = log.durable.members.get(conversation.identity)?.role;
    if (!role || !may(role, 'see-bans')) return refuse('not-allowed');
    if (!this.#mayHint(conversation)) return refuse('slow-down');
    for (const message of bansMessages(log.durable, rid, clock.now())) conversation.send(message);
  }

  async #invite(conversation: Conversation, request: Said<'invite'>): Promise<void> {
    const made =
      this.#mayInvite(conversation) ?? (await this.#options.invites.make(conversation.identity, request));
    conversation.send(invitedMessage(request.rid, made));
  }

  #invites(conversation: Conversation, { rid, revoke }: Said<'invites'>): void {
    const { invites, clock } = this.#options;
    const refused =
      this.#mayInvite(conversation) ?? (revoke === undefined ? undefined : invites.revoke(revoke));
    conversation.send(invitesMessage(rid, refused ?? invites, clock.wall()));
  }

  #mayInvite(conversation: Conversation): Rejection | undefined {
    const role = this.#options.log.durable.members.get(conversation.identity)?.role;
    if (!role || !may(role, 'invite')) return { code: 'not-allowed' };
    return this.#mayHint(conversation) ? undefined : { code: 'slow-down' };
  }

  #decode(bytes: Uint8Array, reject: (id: Uint8Array, rejection: Rejection) => void): RoomEvent | undefined {
    try {
      return decodeEvent(bytes);
    } catch (error) {
      const refused = error instanceof ProtocolError ? refusedPost(bytes) : undefined;
      if (!refused) throw error;
      reject(refused.id, refused.rejection);
      return undefined;
    }
  }

  /** Ms for which no post can be taken because the relay would not take the casts. */
  #putOff(conversation: Conversation): number {
    const { clock } = this.#options;
    if (conversation.buffered > POST_BACKLOG) return PUT_OFF_MS;
    const wait = waitFor(this.#posts, this.#pace(), clock.now());
    if (wait === 0) this.#posts = takeTokens(this.#posts, this.#pace(), clock.now());
    return wait;
  }

  #pace(): BucketPolicy {
    const frames = framesPerSecond(this.#options.lines());
    return { rate: POST_SHARE * frames, burst: Math.max(1, POST_SHARE * frames) };
  }

  #fetch(conversation: Conversation, { rid, from, to }: Said<'fetch'>, attendee: Attendee): void {
    const { log, history, bulk, broadcast } = this.#options;
    const last = Math.min(to, log.settled.seq);
    const first = Math.min(Math.max(from, attendee.floor, log.first), last + 1);
    const pages = pagesOf(history, { rid, from: first, to: last }, (place) => broadcast.signHead(place));
    if (!bulk.add(conversation, pages)) throw new ProtocolError('too many fetches', 'too-fast');
  }

  #presence(conversation: Conversation, { state, status }: Said<'presence'>): void {
    const { attendance, log, clock } = this.#options;
    const { identity } = conversation;
    attendance.setPresence(identity, state, asideOf(log.durable, identity, status, clock.now()));
    this.#tellPresence(conversation);
  }

  /** Changes beyond what one member may cause are told as what they have come to by then. */
  #tellPresence(conversation: Conversation): void {
    const { attendance, broadcast, clock, notify } = this.#options;
    const attendee = attendance.speaker(conversation);
    if (!attendee || this.#untold.has(conversation)) return;
    if (!this.#mayHint(conversation)) {
      const cancel = clock.after(LATE_HINT_MS, () => {
        this.#untold.delete(conversation);
        this.#tellPresence(conversation);
      });
      this.#untold.set(conversation, cancel);
      return;
    }
    const key = conversation.identity;
    broadcast.presence(key);
    notify({ type: 'presence', key, presence: attendee.presence, ...viaOf(conversation) });
  }

  #mayHint({ identity }: Conversation): boolean {
    return this.#options.attendance.takeHint(identity, this.#options.clock.now());
  }
}
