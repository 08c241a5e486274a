import type { Clock } from '../link/clock.ts';
import type { Link, LinkEvent } from '../link/link.ts';
import { equalBytes } from '../shared/bytes.ts';
import { keyTag, labels, randomBytes, verify, type Signer } from '../shared/crypto/sign.ts';
import { assertNever, ProtocolError, type Rejection } from '../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../shared/ids.ts';
import { KIB, MAX_PAGE_BYTES, MAX_ROSTER_CHUNK, MAX_TEXT_BYTES, MAX_TEXT_LINES } from '../shared/limits.ts';
import {
  decodeEvent,
  encodeEvent,
  hostKinds,
  type EventKind,
  type RoomEvent,
  type SignedEvent,
} from '../shared/room/events.ts';
import type { MemberHello } from '../shared/room/handshake.ts';
import { headBytes, type WireHead } from '../shared/room/head.ts';
import {
  encodeRoomMessage,
  type CastMessage,
  type HostMessage,
  type MemberMessage,
  type RosterMember,
} from '../shared/room/messages.ts';
import { cleanNick, sanitizeLine } from '../shared/text.ts';
import { Attendance } from './attendance.ts';
import { BulkSender } from './bulk-sender.ts';
import { Circuits, type HostDevice } from './circuits.ts';
import type { Conversation } from './conversation.ts';
import { StorageError, type History, type MemberRecord, type RoomRecord } from './history/history.ts';
import type { HostedMember, HostEvent } from './host-events.ts';
import { JoinGate } from './join-gate.ts';
import { Lease, type LeaseEvent } from './lease.ts';
import { pagesOf } from './pages.ts';
import { refusedPost } from './refused-post.ts';
import type { RekeyPolicy } from './rekey.ts';
import { planResume } from './resume.ts';
import { RoomKey } from './room-key.ts';
import {
  decide,
  emptyRoom,
  evolve,
  restoredMember,
  type HostDraft,
  type RoomPolicy,
  type RoomState,
} from './room.ts';
import { Sequencer, type Place } from './sequencer.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from './token-bucket.ts';

/** Bytes waiting to leave from which on typing is not passed on, and from which on posts are put off. */
const HINT_BACKLOG = 64 * KIB;
const POST_BACKLOG = 1_024 * KIB;
/** Share of the frames the relay takes that posts may use up; the rest is for joins, keys and pages. */
const POST_SHARE = 0.8;
const PUT_OFF_MS = 1_000;
const ROSTER_ENTRY_OVERHEAD = 64;

export interface HostParts {
  readonly link: Link;
  readonly history: History;
  readonly record: RoomRecord;
  readonly signer: Signer;
  readonly device: HostDevice;
  readonly psk: Uint8Array;
  readonly clock: Clock;
  readonly random: () => number;
  readonly policy: RoomPolicy;
  readonly rekey: RekeyPolicy;
  readonly graceMs: number;
  readonly backlog: number;
  readonly retain: number | 'all';
  /** The owner's, for a room that begins. */
  readonly nick: string;
  readonly notify: (event: HostEvent) => void;
}

interface Newcomer {
  readonly conversation: Conversation;
  readonly hello: MemberHello;
  readonly nick: string;
}

/** One hosted room: link ⇄ sealed conversations ⇄ room ⇄ history. */
export class Host {
  readonly #parts: HostParts;
  readonly #identity: IdentityKey;
  readonly #sequencer: Sequencer;
  readonly #key: RoomKey;
  readonly #lease: Lease;
  readonly #gate: JoinGate;
  readonly #circuits: Circuits;
  readonly #attendance: Attendance;
  readonly #bulk: BulkSender;
  /** With every event that has a place in the log, and with those that are durable. */
  #room: RoomState;
  #durable: RoomState;
  #newcomers: Newcomer[] = [];
  #posts: Bucket;
  #rev: number;
  #stopped = false;
  #cancelAdmission: (() => void) | undefined;
  #cancelGrace: () => void = () => undefined;
  #cancelRekey: () => void = () => undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { clock, history, record, link, signer } = parts;
    const { room, log } = record;
    const now = clock.now();
    this.#identity = identityKey(signer.publicKey);
    this.#rev = record.rev;
    this.#attendance = new Attendance(parts.graceMs);
    this.#gate = new JoinGate(now);
    this.#room = this.#restore(now);
    this.#durable = this.#room;
    this.#posts = fullBucket(this.#postPace(), now);
    this.#sequencer = new Sequencer({
      history,
      clock,
      retain: parts.retain,
      failed: (error) => {
        this.#room = this.#durable;
        parts.notify({ type: 'storage', message: error.message });
      },
    });
    this.#key = new RoomKey({ room, log, history, clock, policy: parts.rekey });
    this.#lease = new Lease({
      link,
      clock,
      random: parts.random,
      signer,
      room,
      nonce: record.nonce,
      maxMembers: parts.policy.maxMembers,
      listing: () =>
        record.private
          ? undefined
          : { title: this.#room.title, topic: this.#room.topic, code: record.code !== undefined },
      nextRev: () => this.#nextRev(),
      notify: (event) => this.#leaseEvent(event),
    });
    this.#circuits = new Circuits({
      link,
      clock,
      room,
      nonce: record.nonce,
      psk: parts.psk,
      device: parts.device,
      gate: this.#gate,
      isKnown: (identity) => this.#room.members.has(identity),
      arrived: (conversation, hello) => this.#arrived(conversation, hello),
      said: (conversation, message) => this.#said(conversation, message),
      ended: (conversation) => this.#ended(conversation),
    });
    this.#bulk = new BulkSender({
      clock,
      buffered: () => link.buffered,
      bytesPerSecond: () => link.hello?.limits.bytesPerSecond ?? 1_024 * KIB,
    });
  }

  get room(): RoomState {
    return this.#durable;
  }

  /** Whether the room is open at the relay. */
  get seq(): number {
    return this.#sequencer.tip.seq;
  }

  get isOpen(): boolean {
    return this.#lease.handle !== undefined;
  }

  /** Begins the log if it is empty, then goes online. Throws `StorageError` when it cannot be begun. */
  open(): void {
    const { link, nick, clock } = this.#parts;
    if (this.#sequencer.tip.seq === 0) {
      this.#attendance.expect(this.#identity, 1, clock.now());
      const decision = decide(this.#room, this.#identity, { type: 'open', nick }, clock.now());
      if (decision.type === 'drafts') for (const draft of decision.drafts) this.#sequenceDraft(draft);
      this.#sequencer.close();
    }
    this.#watchKeyAge();
    this.#watchGrace();
    link.onEvent((event) => this.#linkEvent(event));
    link.open();
  }

  members(): readonly HostedMember[] {
    return [...this.#durable.members.keys()].flatMap((key) => this.#hosted(key) ?? []);
  }

  setTopic(topic: string): Rejection | undefined {
    const { clock } = this.#parts;
    const decision = decide(this.#room, this.#identity, { type: 'set-topic', topic }, clock.now());
    if (decision.type === 'rejected') return decision.rejection;
    if (decision.type === 'drafts') for (const draft of decision.drafts) this.#sequenceDraft(draft);
    return undefined;
  }

  /** Members are told, the relay closes the room; resolves when neither timers nor unstored events are left. */
  async close(reason?: string): Promise<void> {
    this.#stopped = true;
    this.#cancelTimers();
    this.#sequencer.close();
    const text = reason === undefined ? {} : { reason };
    for (const conversation of this.#circuits.all()) {
      conversation.send({ t: 'closing', code: 'host-closed', ...text });
      conversation.end({ code: 'host-closed' });
    }
    await this.#lease.close();
  }

  #restore(now: number): RoomState {
    const { record, history, policy } = this.#parts;
    const { room, log, title, topic } = record;
    const empty = emptyRoom({ room, log, host: this.#identity, title, topic, policy });
    const members = history.roster().map(({ key, nick, role, counter, floor }) => {
      const identity = identityKey(key);
      this.#attendance.expect(identity, floor, now);
      return restoredMember({ key: identity, nick, role, counter }, empty, now);
    });
    return { ...empty, members: new Map(members.map((member) => [member.key, member])) };
  }

  #linkEvent(event: LinkEvent): void {
    const { notify } = this.#parts;
    switch (event.type) {
      case 'online':
        this.#lease.open();
        break;
      case 'offline':
        this.#lease.lost();
        this.#circuits.allLost();
        notify({ type: 'offline', reason: event.reason, retryMs: event.retryMs });
        break;
      case 'closed':
        this.#stop(event.code);
        break;
      case 'data':
        this.#circuits.data(event.circuit, event.payload);
        break;
      case 'control':
        if (event.message.t === 'hangup') this.#circuits.hungUp(event.message.circuit);
        else if (event.message.t === 'incoming' && event.message.handle === this.#lease.handle)
          this.#circuits.incoming(event.message);
        break;
      case 'cast':
        break;
      default:
        assertNever(event);
    }
  }

  #leaseEvent(event: LeaseEvent): void {
    const { notify } = this.#parts;
    if (event.type === 'opened') notify({ type: 'online' });
    else if (event.type === 'refused') notify({ type: 'refused', code: event.code, retryMs: event.retryMs });
    else this.#stop('fenced');
  }

  #stop(code: Rejection['code']): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTimers();
    this.#lease.lost();
    for (const conversation of this.#circuits.all()) conversation.end({ code: 'host-away' });
    this.#parts.notify({ type: 'stopped', code });
  }

  #cancelTimers(): void {
    this.#cancelAdmission?.();
    this.#cancelGrace();
    this.#cancelRekey();
    this.#bulk.close();
  }

  // Coming and going

  #arrived(conversation: Conversation, hello: MemberHello): void {
    const { identity } = conversation;
    if (this.#attendance.get(identity)) {
      // Marked at once: its absence must not become a leave while earlier events are being stored.
      this.#attendance.arrive(identity, conversation)?.end();
      this.#sequencer.whenSettled(() => this.#welcomeBack(conversation, hello));
      return;
    }
    const { clock } = this.#parts;
    const nick = cleanNick(hello.nick) ?? keyTag(idBytes(identity));
    const decision = decide(this.#room, identity, { type: 'join', nick }, clock.now());
    const refusal = decision.type === 'rejected' ? decision.rejection : this.#gate.enter(clock.now());
    if (refusal) {
      conversation.refuse(refusal);
      return;
    }
    this.#newcomers.push({ conversation, hello, nick });
    this.#cancelAdmission ??= this.#after(this.#key.joinWait, () => this.#admitNewcomers());
    if (this.#key.joinWait === 0) this.#admitNewcomers();
  }

  #welcomeBack(conversation: Conversation, hello: MemberHello): void {
    // The room may have been rolled back, or the member gone, while earlier events were being stored.
    if (this.#attendance.get(conversation.identity)?.conversation !== conversation) return;
    this.#welcome(conversation, hello, this.#durable, this.#sequencer.settled);
    this.#hint({ t: 'presence', key: idBytes(conversation.identity), state: 'online' });
    this.#parts.notify({ type: 'presence', key: conversation.identity, presence: 'online' });
  }

  /** All who wait come in with one new key, before anything else is sequenced. */
  #admitNewcomers(): void {
    this.#cancelAdmission?.();
    this.#cancelAdmission = undefined;
    const { history, backlog, clock } = this.#parts;
    const waiting = this.#newcomers.filter(({ conversation }) => conversation.isOpen);
    this.#newcomers = [];
    const { seq } = this.#sequencer.tip;
    this.#key.admitting();
    const admitted: Newcomer[] = [];
    for (const newcomer of waiting) {
      const { identity } = newcomer.conversation;
      const decision = decide(this.#room, identity, { type: 'join', nick: newcomer.nick }, clock.now());
      const draft = decision.type === 'drafts' ? decision.drafts[0] : undefined;
      if (decision.type === 'rejected') newcomer.conversation.refuse(decision.rejection);
      if (!draft) continue;
      const known = history.member(idBytes(identity));
      const floor = known?.floor ?? Math.max(1, seq - backlog + 1);
      this.#attendance.expect(identity, floor, clock.now());
      const leads = admitted.length === 0;
      admitted.push(newcomer);
      this.#sequenceDraft(draft, {
        resumes: known?.counter ?? 0,
        settling: (place, before) => leads && this.#letIn(admitted, place, before),
      });
    }
  }

  /** `place` is that of the first newcomer's `member-joined`, which is cast next. */
  #letIn(newcomers: readonly Newcomer[], place: Place | undefined, before: Place): void {
    if (!place) {
      for (const { conversation } of newcomers) {
        this.#attendance.remove(conversation.identity);
        conversation.refuse({ code: 'storage-full' });
      }
      return;
    }
    this.#rekey(place.seq);
    for (const { conversation, hello, nick } of newcomers) {
      const key = conversation.identity;
      if (!conversation.isOpen) continue;
      this.#attendance.arrive(key, conversation);
      const me = { key, nick, role: key === this.#identity ? 'owner' : 'member' } as const;
      const counter = this.#room.members.get(key)?.counter ?? 0;
      const members = new Map(this.#durable.members).set(
        key,
        restoredMember({ ...me, counter }, this.#durable, this.#parts.clock.now()),
      );
      this.#welcome(conversation, hello, { ...this.#durable, members }, before);
    }
    this.#watchGrace();
  }

  /** `room` as it is after `place`; the member is on its roster. */
  #welcome(conversation: Conversation, hello: MemberHello, room: RoomState, place: Place): void {
    const { record, history, policy, link } = this.#parts;
    const key = conversation.identity;
    const member = room.members.get(key);
    const attendee = this.#attendance.get(key);
    if (!member || !attendee) return;
    const floor = Math.max(attendee.floor, this.#sequencer.first);
    const roster = this.#roster(room);
    const plan = planResume(hello.resume, {
      log: record.log,
      seq: place.seq,
      floor,
      hashAt: (seq) => history.hashAt(seq),
    });
    const [first = [], ...more] = chunksOf(roster);
    conversation.send({
      t: 'welcome',
      title: room.title,
      topic: room.topic,
      private: record.private,
      log: record.log,
      head: this.#signHead(place),
      key: this.#key.key,
      role: member.role,
      floor,
      counter: member.counter,
      resume: plan.resume,
      roster: first,
      rosterSize: roster.length,
      limits: {
        rate: Math.ceil(policy.posts.rate),
        burst: Math.floor(policy.posts.burst),
        textBytes: MAX_TEXT_BYTES,
        textLines: MAX_TEXT_LINES,
      },
    });
    for (const members of more) conversation.send({ t: 'roster', members });
    this.#attendance.welcome(key);
    this.#bulk.add(conversation, this.#pages({ rid: 0, from: plan.from, to: plan.to }));
    link.tell({ t: 'admit', circuit: conversation.circuit });
  }

  #ended(conversation: Conversation): void {
    const { clock, notify } = this.#parts;
    if (!this.#attendance.vanish(conversation, clock.now())) return;
    this.#watchGrace();
    this.#hint({ t: 'presence', key: idBytes(conversation.identity), state: 'offline' });
    notify({ type: 'presence', key: conversation.identity, presence: 'offline' });
  }

  #watchGrace(): void {
    this.#cancelGrace();
    const at = this.#attendance.nextExpiry();
    if (at === undefined || this.#stopped) return;
    const { clock } = this.#parts;
    this.#cancelGrace = this.#after(Math.max(1, at - clock.now()), () => {
      const now = clock.now();
      this.#depart(this.#attendance.expired(now));
      this.#watchGrace();
    });
  }

  /** Those who left together share the new key that shuts them out. */
  #depart(keys: readonly IdentityKey[], reason?: string): void {
    const { clock } = this.#parts;
    keys.forEach((key, index) => {
      const request = { type: 'leave', ...(reason === undefined ? {} : { reason }) } as const;
      const decision = decide(this.#room, key, request, clock.now());
      const draft = decision.type === 'drafts' ? decision.drafts[0] : undefined;
      if (!draft) {
        // The owner: gone, but on the roster for as long as the room lasts.
        this.#attendance.expect(key, this.#attendance.get(key)?.floor ?? 1, clock.now());
        return;
      }
      this.#sequenceDraft(draft, {
        settled: (place) => {
          if (place) this.#attendance.remove(key);
          if (index === keys.length - 1) this.#rekey(this.#sequencer.settled.seq + 1);
        },
      });
    });
  }

  // What members say

  #said(conversation: Conversation, message: MemberMessage): void {
    const { identity } = conversation;
    if (message.t === 'leave') {
      const reason = message.reason === undefined ? undefined : sanitizeLine(message.reason);
      const admitted = this.#attendance.speaker(conversation) !== undefined;
      conversation.send({ t: 'closing', code: 'left' });
      conversation.end({ code: 'left' });
      if (admitted) this.#depart([identity], reason);
      return;
    }
    if (message.t === 'ping') {
      conversation.send({ t: 'pong', rid: message.rid });
      return;
    }
    const attendee = this.#attendance.speaker(conversation);
    if (!attendee) throw new ProtocolError('speaks before its welcome');
    switch (message.t) {
      case 'post':
        this.#post(conversation, message.event);
        break;
      case 'fetch': {
        const from = Math.max(message.from, attendee.floor, this.#sequencer.first);
        const to = Math.min(message.to, this.#sequencer.settled.seq);
        const { rid } = message;
        if (!this.#bulk.add(conversation, this.#pages({ rid, from: Math.min(from, to + 1), to })))
          throw new ProtocolError('too many fetches', 'too-fast');
        break;
      }
      case 'presence': {
        this.#attendance.setPresence(identity, message.state, message.status);
        const { status } = message;
        if (this.#attendance.takeHint(identity, this.#parts.clock.now()))
          this.#hint({
            t: 'presence',
            key: idBytes(identity),
            state: message.state,
            ...(status === undefined ? {} : { status }),
          });
        this.#parts.notify({ type: 'presence', key: identity, presence: message.state });
        break;
      }
      case 'typing':
        if (
          this.#parts.link.buffered < HINT_BACKLOG &&
          this.#attendance.takeHint(identity, this.#parts.clock.now())
        )
          this.#hint({ t: 'typing', key: idBytes(identity) });
        break;
      default:
        assertNever(message);
    }
  }

  #post(
    conversation: Conversation,
    [author, bytes, sig]: Extract<MemberMessage, { t: 'post' }>['event'],
  ): void {
    const { clock, history } = this.#parts;
    const reject = (id: Uint8Array, { code, retryMs }: Rejection): void =>
      conversation.send({ t: 'rejected', id, code, ...(retryMs === undefined ? {} : { retryMs }) });
    let event: RoomEvent;
    try {
      event = decodeEvent(bytes);
    } catch (error) {
      const refused = error instanceof ProtocolError ? refusedPost(bytes) : undefined;
      if (!refused) throw error;
      reject(refused.id, refused.rejection);
      return;
    }
    const { id } = event;
    const key = conversation.identity;
    // Its cast is on the way and answers both.
    if (this.#sequencer.isPending(author, id)) return;
    const now = clock.now();
    const known = history.seqOf(author, id);
    const decision = decide(this.#room, key, { type: 'post', event, known }, now);
    if (decision.type === 'rejected') {
      reject(id, decision.rejection);
      return;
    }
    if (!equalBytes(author, idBytes(key)) || !verify(labels.ev, author, bytes, sig)) {
      reject(id, { code: 'bad-event' });
      return;
    }
    if (decision.type === 'known') {
      conversation.send({ t: 'posted', id, seq: decision.seq });
      return;
    }
    const putOffMs = this.#putOff(now);
    if (putOffMs > 0) {
      reject(id, { code: 'slow-down', retryMs: putOffMs });
      return;
    }
    this.#sequence({ author, event: bytes, sig }, event, {
      settled: (place) => {
        if (!place) reject(id, { code: 'storage-full' });
      },
    });
  }

  /** Ms for which no post can be taken because the relay would not take the casts. */
  #putOff(now: number): number {
    if (this.#parts.link.buffered > POST_BACKLOG) return PUT_OFF_MS;
    const pace = this.#postPace();
    const wait = waitFor(this.#posts, pace, now);
    if (wait === 0) this.#posts = takeTokens(this.#posts, pace, now);
    return wait;
  }

  #postPace(): BucketPolicy {
    const rate = POST_SHARE * (this.#parts.link.hello?.limits.framesPerSecond ?? 200);
    return { rate, burst: rate };
  }

  // Sequencing and casting

  #sequenceDraft(draft: HostDraft, how: SequenceHow = {}): void {
    const { record, signer, clock } = this.#parts;
    const kinds: readonly EventKind[] = hostKinds;
    // Posts of the owner's own client count on their own: it cannot know what the host signs meanwhile.
    const counter = kinds.includes(draft.kind)
      ? this.#sequencer.tip.seq + 1
      : (this.#room.members.get(this.#identity)?.counter ?? 0) + 1;
    const { room, log } = record;
    const event: RoomEvent = { room, log, id: randomBytes(16), counter, time: clock.wall(), ...draft };
    const bytes = encodeEvent(event);
    this.#sequence(
      { author: signer.publicKey, event: bytes, sig: signer.sign(labels.ev, bytes) },
      event,
      how,
    );
  }

  #sequence(signed: SignedEvent, event: RoomEvent, { resumes, settling, settled }: SequenceHow): void {
    const { clock } = this.#parts;
    const author = identityKey(signed.author);
    const before = this.#room;
    const after = evolve(
      before,
      { author, event, ...(resumes === undefined ? {} : { resumes }) },
      clock.now(),
    );
    this.#room = after;
    const member = this.#record(event, author, before, after);
    this.#sequencer.append({
      signed,
      id: event.id,
      ...(member === undefined ? {} : { member }),
      ...(after.topic === before.topic ? {} : { topic: after.topic }),
      settle: (place, earlier) => {
        settling?.(place, earlier);
        if (place) {
          const was = this.#durable;
          this.#durable = after;
          this.#castEvent(signed, place);
          this.#tell(event, author, place.seq, was);
        }
        settled?.(place);
      },
    });
  }

  /** What the store is to remember of the member whom an event concerns. */
  #record(
    event: RoomEvent,
    author: IdentityKey,
    before: RoomState,
    after: RoomState,
  ): MemberRecord | undefined {
    const concerned = event.kind === 'member-joined' || event.kind === 'member-left';
    const key = concerned ? identityKey(event.body.key) : author;
    const member = after.members.get(key) ?? before.members.get(key);
    if (!member) return undefined;
    const { nick, role, counter } = member;
    const floor = this.#attendance.get(key)?.floor ?? 1;
    return { key: idBytes(key), nick, role, counter, floor, onRoster: after.members.has(key) };
  }

  #castEvent({ author, event, sig }: SignedEvent, place: Place): void {
    if (this.#key.isWorn) this.#rekey(place.seq);
    this.#cast(place.seq, { t: 'event', event: [author, event, sig], head: this.#signHead(place) });
  }

  #hint(message: CastMessage): void {
    this.#cast(0, message);
  }

  #cast(seq: number, message: CastMessage): void {
    const { handle } = this.#lease;
    if (handle === undefined || this.#attendance.conversations().length === 0) return;
    this.#parts.link.cast(handle, this.#key.seal(seq, encodeRoomMessage(message)));
  }

  /** A fresh key for the casts from `first` on, told to each member in its own channel. */
  #rekey(first: number): void {
    this.#key.renew();
    const { key, kepoch } = this.#key;
    const message: HostMessage = { t: 'rekey', kepoch, key, first };
    for (const conversation of this.#attendance.conversations()) conversation.send(message);
    this.#watchKeyAge();
  }

  #watchKeyAge(): void {
    this.#cancelRekey();
    if (this.#stopped) return;
    this.#cancelRekey = this.#after(this.#parts.rekey.everyMs, () =>
      this.#sequencer.whenSettled(() => this.#rekey(this.#sequencer.settled.seq + 1)),
    );
  }

  #signHead({ seq, hash }: Place): WireHead {
    const { record, signer } = this.#parts;
    const { kepoch } = this.#key;
    const bytes = headBytes({ room: record.room, log: record.log, seq, hash, kepoch });
    return [seq, hash, kepoch, signer.sign(labels.head, bytes)];
  }

  #pages(request: { rid: number; from: number; to: number }): Iterator<HostMessage, void> {
    return pagesOf(this.#parts.history, request, (place) => this.#signHead(place));
  }

  // What is told

  #roster(room: RoomState): readonly RosterMember[] {
    return [...room.members.values()].map(({ key, nick, role }) => {
      const attendee = this.#attendance.get(key);
      const status = attendee?.status;
      return {
        key: idBytes(key),
        nick,
        role,
        presence: attendee?.presence ?? 'offline',
        ...(status === undefined ? {} : { status }),
      };
    });
  }

  #hosted(key: IdentityKey): HostedMember | undefined {
    const member = this.#durable.members.get(key);
    const presence = this.#attendance.get(key)?.presence ?? 'offline';
    return member && { key, nick: member.nick, role: member.role, presence };
  }

  #tell(event: RoomEvent, author: IdentityKey, seq: number, was: RoomState): void {
    const { notify } = this.#parts;
    if (event.kind === 'member-joined') {
      const key = identityKey(event.body.key);
      const member = this.#hosted(key);
      if (member) notify({ type: 'joined', member, seq });
      if (member?.presence === 'online') this.#hint({ t: 'presence', key: event.body.key, state: 'online' });
    } else if (event.kind === 'member-left') {
      const key = identityKey(event.body.key);
      const { reason } = event.body;
      const nick = was.members.get(key)?.nick ?? '';
      notify({ type: 'left', key, nick, seq, ...(reason === undefined ? {} : { reason }) });
    } else if (event.kind === 'topic-changed') {
      this.#lease.refresh();
      notify({ type: 'topic', topic: this.#durable.topic, key: author, seq });
    } else {
      notify({ type: 'posted', kind: event.kind, key: author, seq });
    }
  }

  #nextRev(): number {
    const { clock, history } = this.#parts;
    // Above what any earlier run signed, even if the last one could not be stored.
    this.#rev = Math.max(this.#rev + 1, Math.floor(clock.wall() / 1_000));
    try {
      history.update({ rev: this.#rev });
    } catch (error) {
      // A full disk must not unlist the room.
      if (!(error instanceof StorageError)) throw error;
    }
    return this.#rev;
  }

  #after(ms: number, callback: () => void): () => void {
    return this.#parts.clock.after(ms, () => {
      if (!this.#stopped) callback();
    });
  }
}

interface SequenceHow {
  /** The counter that the store remembers of somebody who joins. */
  readonly resumes?: number;
  /** Before the event is cast. */
  readonly settling?: (place: Place | undefined, before: Place) => unknown;
  /** After it was. */
  readonly settled?: (place: Place | undefined) => void;
}

/** Pieces of a roster that each fit one message. */
function chunksOf(roster: readonly RosterMember[]): RosterMember[][] {
  const chunks: RosterMember[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const member of roster) {
    const size =
      ROSTER_ENTRY_OVERHEAD + member.key.length + 3 * (member.nick.length + (member.status?.length ?? 0));
    const last = chunks.at(-1);
    if (!last || last.length >= MAX_ROSTER_CHUNK || bytes + size > MAX_PAGE_BYTES) {
      chunks.push([member]);
      bytes = size;
    } else {
      last.push(member);
      bytes += size;
    }
  }
  return chunks;
}
