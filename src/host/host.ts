import type { Clock } from '../link/clock.ts';
import type { Link } from '../link/link.ts';
import type { Signer } from '../shared/crypto/sign.ts';
import type { RefusalCode, Rejection } from '../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../shared/ids.ts';
import { MIB, SECOND } from '../shared/limits.ts';
import type { RoomEvent } from '../shared/room/events.ts';
import type { MemberHello } from '../shared/room/handshake.ts';
import { viaOf, type Via } from '../shared/room/via.ts';
import { cleanReason } from '../shared/text.ts';
import { Attendance } from './members/attendance.ts';
import { Broadcast } from './casts/broadcast.ts';
import { BulkSender } from './members/bulk-sender.ts';
import type { HostDevice } from './lines/circuits.ts';
import type { Conversation } from './lines/conversation.ts';
import { Door } from './members/door.ts';
import { StorageError, tookIt, type History, type RoomRecord } from './history/history.ts';
import type { HostedMember, HostEvent } from './host-events.ts';
import { HostLines } from './lines/host-lines.ts';
import type { LineOptions } from './lines/line.ts';
import type { Invites } from './invites/invites.ts';
import { JoinGate } from './lines/join-gate.ts';
import { MemberRequests } from './members/member-requests.ts';
import { pagesOf } from './log/pages.ts';
import type { RekeyPolicy } from './casts/rekey.ts';
import { planResume } from './log/resume.ts';
import { RoomLog } from './log/room-log.ts';
import type { RoomRequest } from './room/room.ts';
import type { RoomPolicy, RoomState } from './room/room-state.ts';
import type { Place } from './log/sequencer.ts';
import { toldOf } from './room/told.ts';
import { welcomeMessages } from './members/welcome.ts';
import { defined } from '../shared/defined.ts';

const USUAL_BYTES_PER_SECOND = MIB;

export interface HostParts {
  /** The first one decides, see `HostLines`. */
  readonly links: readonly { readonly link: Link; readonly via?: Via }[];
  /** The key under which this process calls its own rooms. */
  readonly ownCaller?: IdentityKey | undefined;
  readonly history: History;
  readonly record: RoomRecord;
  readonly signer: Signer;
  readonly device: HostDevice;
  /** Closed with the host. */
  readonly invites: Invites;
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

/** One hosted room: link ⇄ sealed conversations ⇄ room ⇄ history. */
export class Host {
  readonly #parts: HostParts;
  readonly #identity: IdentityKey;
  readonly #attendance: Attendance;
  readonly #log: RoomLog;
  readonly #broadcast: Broadcast;
  readonly #bulk: BulkSender;
  readonly #door: Door;
  readonly #requests: MemberRequests;
  readonly #lines: HostLines;
  #rev: number;
  #stopped = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { clock, history, record, links, signer, notify } = parts;
    this.#lines = new HostLines({ notify, ended: (code) => this.#stop(code) });
    const lines = (): ReturnType<HostLines['all']> => this.#lines.all();
    this.#identity = identityKey(signer.publicKey);
    this.#rev = record.rev;
    const attendance = new Attendance(parts.graceMs);
    for (const { key, floor } of history.roster()) attendance.expect(identityKey(key), floor, clock.now());
    const log = new RoomLog({
      history,
      record,
      signer,
      clock,
      policy: parts.policy,
      retain: parts.retain,
      floorOf: (key) => attendance.get(key)?.floor ?? 1,
      sequenced: (signed, event, place, was) => {
        this.#broadcast.event(signed, place);
        this.#expel(event, place.seq, was);
        this.#tell(event, identityKey(signed.author), place.seq, was);
      },
      failed: ({ message }) => notify({ type: 'storage', message }),
    });
    const broadcast = new Broadcast({
      lines,
      clock,
      history,
      record,
      signer,
      policy: parts.rekey,
      attendance,
      keyDue: () => log.whenSettled(() => broadcast.rekey(log.settled.seq + 1)),
    });
    const bulk = new BulkSender({
      clock,
      bytesPerSecond: () =>
        Math.max(
          1,
          Math.min(...links.map(({ link }) => link.hello?.limits.bytesPerSecond ?? USUAL_BYTES_PER_SECOND)),
        ),
    });
    const gate = new JoinGate(clock.now());
    const door = new Door({
      clock,
      log,
      history,
      attendance,
      broadcast,
      gate,
      invites: parts.invites,
      backlog: parts.backlog,
      welcome: (...how) => this.#welcome(...how),
      notify,
    });
    const requests = new MemberRequests({
      lines,
      clock,
      history,
      log,
      attendance,
      broadcast,
      bulk,
      door,
      invites: parts.invites,
      notify,
    });
    this.#attendance = attendance;
    this.#log = log;
    this.#broadcast = broadcast;
    this.#bulk = bulk;
    this.#door = door;
    this.#requests = requests;
    for (const { link, via } of links) this.#lines.add(this.#lineOver(link, via, gate));
  }

  /** With every event that is durable. */
  get room(): RoomState {
    return this.#log.durable;
  }

  /** The last durable event's. */
  get seq(): number {
    return this.#log.settled.seq;
  }

  /** Begins the log if it is empty, then goes online. Throws `StorageError` when it cannot be begun. */
  open(): void {
    const { nick, clock } = this.#parts;
    if (this.#log.tip.seq === 0) {
      this.#attendance.expect(this.#identity, 1, clock.now());
      this.#ask({ type: 'open', nick });
      this.#log.settle();
      if (this.#log.settled.seq === 0) throw new StorageError('full', 'the log could not be begun');
    }
    this.#parts.invites.open();
    this.#lines.open();
  }

  /** While it holds, the room is served nowhere by us: somebody else does. */
  hold(held: boolean): void {
    this.#lines.hold(held);
  }

  members(): readonly HostedMember[] {
    return [...this.room.members.keys()].flatMap((key) => this.member(key) ?? []);
  }

  member(key: IdentityKey): HostedMember | undefined {
    const member = this.room.members.get(key);
    const attendee = this.#attendance.get(key);
    const presence = attendee?.presence ?? 'offline';
    return (
      member && { key, nick: member.nick, role: member.role, presence, ...viaOf(attendee?.conversation) }
    );
  }

  setTopic(topic: string): Rejection | undefined {
    return this.#ask({ type: 'set-topic', topic });
  }

  /** Members are told, the relay closes the room; resolves when neither timers nor unstored events are left. */
  async close(reason?: string): Promise<void> {
    this.#stopped = true;
    this.#closeParts();
    const text = reason === undefined ? {} : { reason: cleanReason(reason) };
    for (const conversation of this.#lines.conversations()) {
      conversation.send({ t: 'closing', code: 'host-closed', ...text });
      conversation.end({ code: 'host-closed' });
    }
    await Promise.all([this.#lines.close(), this.#parts.invites.close()]);
  }

  /** How the room is served over one of its links. */
  #lineOver(link: Link, via: Via | undefined, gate: JoinGate): Omit<LineOptions, 'notify'> {
    const { clock, device, invites, ownCaller, policy, random, record, signer } = this.#parts;
    const { room, nonce } = record;
    return {
      via,
      link,
      signer,
      circuits: {
        clock,
        room,
        nonce,
        psks: () => invites.psks(),
        device,
        gate,
        ownCaller,
        isKnown: (identity) => this.#log.placed.members.has(identity),
        arrived: (conversation, hello) => this.#door.arrived(conversation, hello),
        said: (conversation, message) => this.#requests.said(conversation, message),
        ended: (conversation) => this.#door.ended(conversation),
      },
      lease: {
        clock,
        random,
        room,
        nonce,
        maxMembers: policy.maxMembers,
        expected: () => [...this.room.members.keys()],
        listing: () => {
          const { title, topic } = this.room;
          return record.private ? undefined : { title, topic, code: record.code !== undefined };
        },
        nextRev: () => this.#nextRev(),
      },
    };
  }

  #stop(code: RefusalCode): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#closeParts();
    for (const conversation of this.#lines.conversations()) conversation.end({ code: 'host-away' });
    void this.#lines.close();
    void this.#parts.invites.close();
    this.#parts.notify({ type: 'stopped', code });
  }

  #closeParts(): void {
    this.#door.close();
    this.#requests.close();
    this.#broadcast.close();
    this.#bulk.close();
    this.#log.close();
  }

  /** The host asks the room for itself. */
  #ask(request: RoomRequest): Rejection | undefined {
    const decision = this.#log.ask(this.#identity, request);
    if (decision.type === 'rejected') return decision.rejection;
    if (decision.type === 'drafts') for (const draft of decision.drafts) this.#log.say(draft);
    return undefined;
  }

  #welcome(conversation: Conversation, hello: MemberHello, room: RoomState, place: Place): void {
    const { record, history, clock } = this.#parts;
    const attendee = this.#attendance.get(conversation.identity);
    const me = room.members.get(conversation.identity);
    if (!attendee || !me) return;
    const floor = Math.max(attendee.floor, this.#log.first);
    const hashAt = (seq: number): Uint8Array | undefined => history.hashAt(seq);
    const plan = planResume(hello.resume, { log: record.log, seq: place.seq, floor, hashAt });
    const head = this.#broadcast.signHead(place);
    const { key } = this.#broadcast;
    const attendance = this.#attendance;
    const { lan } = this.#lines;
    const facts = { record, room, me, attendance, head, key, floor, plan, now: clock.now() };
    for (const message of welcomeMessages({ ...facts, lan: lan && idBytes(lan) })) conversation.send(message);
    attendance.welcome(conversation.identity);
    const missing = { rid: 0, from: plan.from, to: plan.to };
    this.#bulk.add(
      conversation,
      pagesOf(history, missing, (at) => this.#broadcast.signHead(at)),
    );
    conversation.admit();
  }

  #tell(event: RoomEvent, author: IdentityKey, seq: number, was: RoomState): void {
    const memberOf = (key: IdentityKey): HostedMember | undefined => this.member(key);
    if (event.kind === 'topic-changed') this.#lines.refresh();
    const told = toldOf({ event, author, seq, was, room: this.room, memberOf });
    if (told) this.#parts.notify(told);
    if (event.kind !== 'member-joined' || told?.type !== 'joined') return;
    if (told.member.presence === 'online') this.#broadcast.presence(told.member.key);
  }

  /** Whoever was put out hears its own event as the last one. */
  #expel(event: RoomEvent, seq: number, was: RoomState): void {
    if (event.kind !== 'kicked' && event.kind !== 'banned') return;
    const key = identityKey(event.body.key);
    if (!was.members.has(key) || this.room.members.has(key)) return;
    const { reason } = event.body;
    const ms = event.kind === 'banned' ? event.body.ms : undefined;
    this.#door.expel(key, seq, {
      code: event.kind,
      ...defined({ retryMs: ms, reason }),
    });
  }

  #nextRev(): number {
    const { clock, history } = this.#parts;
    // Above what any earlier run signed, even if the last one could not be stored.
    this.#rev = Math.max(this.#rev + 1, Math.floor(clock.wall() / SECOND));
    // A full disk must not unlist the room.
    tookIt(() => history.update({ rev: this.#rev }));
    return this.#rev;
  }
}
