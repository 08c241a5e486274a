import type { Clock } from '../link/clock.ts';
import type { Link } from '../link/link.ts';
import type { Signer } from '../shared/crypto/sign.ts';
import { assertNever, type RefusalCode, type Rejection } from '../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../shared/ids.ts';
import { MIB, SECOND } from '../shared/limits.ts';
import type { RoomEvent } from '../shared/room/events.ts';
import type { MemberHello } from '../shared/room/handshake.ts';
import type { Via } from '../shared/room/via.ts';
import { cleanReason } from '../shared/text.ts';
import { Attendance } from './attendance.ts';
import { Broadcast } from './broadcast.ts';
import { BulkSender } from './bulk-sender.ts';
import type { HostDevice } from './circuits.ts';
import { viaOf, type Conversation } from './conversation.ts';
import { Door } from './door.ts';
import { StorageError, type History, type RoomRecord } from './history/history.ts';
import type { HostedMember, HostEvent } from './host-events.ts';
import type { Invites } from './invites.ts';
import { JoinGate } from './join-gate.ts';
import { HostLine, type LineEvent } from './line.ts';
import { MemberRequests } from './member-requests.ts';
import { actOf, isAgainstSomebody } from './moderation.ts';
import { pagesOf } from './pages.ts';
import type { RekeyPolicy } from './rekey.ts';
import { planResume } from './resume.ts';
import { RoomLog } from './room-log.ts';
import type { RoomRequest } from './room.ts';
import type { RoomPolicy, RoomState } from './room-state.ts';
import type { Place } from './sequencer.ts';
import { welcomeMessages } from './welcome.ts';

const USUAL_BYTES_PER_SECOND = MIB;

export interface HostParts {
  /** The first one decides whether others open at all: it is where two copies of a room would meet. */
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
  readonly #lines: HostLine[] = [];
  /** The first line was told to open; the others. */
  #opened = false;
  #begun = false;
  /** Another process serves the room at a relay that is none of ours. */
  #held = false;
  #rev: number;
  #stopped = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { clock, history, record, links, signer, notify } = parts;
    const lines = (): readonly HostLine[] => this.#lines;
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
    for (const { link, via } of links) {
      const line: HostLine = new HostLine({
        via,
        link,
        signer,
        circuits: {
          clock,
          room: record.room,
          nonce: record.nonce,
          psks: (identity) => parts.invites.psks(identity),
          device: parts.device,
          gate,
          ownCaller: parts.ownCaller,
          isKnown: (identity) => log.placed.members.has(identity),
          arrived: (conversation, hello) => door.arrived(conversation, hello),
          said: (conversation, message) => requests.said(conversation, message),
          ended: (conversation) => door.ended(conversation),
        },
        lease: {
          clock,
          random: parts.random,
          room: record.room,
          nonce: record.nonce,
          maxMembers: parts.policy.maxMembers,
          expected: () => [...this.room.members.keys()],
          listing: () => {
            const { title, topic } = log.durable;
            return record.private ? undefined : { title, topic, code: record.code !== undefined };
          },
          nextRev: () => this.#nextRev(),
        },
        notify: (event) => this.#lineEvent(line, event),
      });
      this.#lines.push(line);
    }
    this.#attendance = attendance;
    this.#log = log;
    this.#broadcast = broadcast;
    this.#bulk = bulk;
    this.#door = door;
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
      this.#log.close();
      if (this.#log.settled.seq === 0) throw new StorageError('full', 'the log could not be begun');
    }
    this.#parts.invites.open();
    if (!this.#held) this.#goOnline();
  }

  /** While it holds, the room is served nowhere by us: somebody else does. */
  hold(held: boolean): void {
    if (this.#stopped || this.#held === held) return;
    this.#held = held;
    if (this.#opened) this.#settleLines();
    else if (!held && this.#log.tip.seq > 0) this.#goOnline();
  }

  #goOnline(): void {
    this.#opened = true;
    this.#lines[0]?.open();
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
    for (const conversation of this.#conversations()) {
      conversation.send({ t: 'closing', code: 'host-closed', ...text });
      conversation.end({ code: 'host-closed' });
    }
    await Promise.all([...this.#lines.map(({ lease }) => lease.close()), this.#parts.invites.close()]);
  }

  #lineEvent(line: HostLine, event: LineEvent): void {
    if (this.#stopped) return;
    const { notify } = this.#parts;
    const via = line.via === undefined ? {} : { via: line.via };
    switch (event.type) {
      case 'opened':
        notify({ type: 'online', ...via });
        break;
      case 'offline':
      case 'refused':
        notify({ ...event, ...via });
        break;
      case 'fenced':
        return this.#stop('fenced');
      case 'closed':
        // The room goes on over the other line.
        if (this.#lines.every(({ state }) => state === 'closed')) return this.#stop(event.code);
        notify({ type: 'offline', reason: event.code, retryMs: 0, ...via });
        break;
      default:
        assertNever(event);
    }
    this.#settleLines();
  }

  /** Where one line finds somebody else serving the room, it is served on no other either. */
  #settleLines(): void {
    const taken = this.#lines.find(({ state }) => state === 'taken');
    for (const line of this.#lines) {
      if (line === taken && !this.#held) continue;
      if (!taken && !this.#held) line.resume();
      else if (line.pause())
        this.#parts.notify({
          type: 'refused',
          code: 'taken',
          retryMs: 0,
          ...(line.via === undefined ? {} : { via: line.via }),
        });
    }
    if (this.#begun || taken || this.#held) return;
    this.#begun = true;
    for (const line of this.#lines.slice(1)) line.open();
  }

  #stop(code: RefusalCode): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#closeParts();
    for (const conversation of this.#conversations()) conversation.end({ code: 'host-away' });
    for (const { lease } of this.#lines) void lease.close();
    void this.#parts.invites.close();
    this.#parts.notify({ type: 'stopped', code });
  }

  #conversations(): readonly Conversation[] {
    return this.#lines.flatMap(({ circuits }) => circuits.all());
  }

  #closeParts(): void {
    this.#door.close();
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
    const lan = this.#lines.find(({ via }) => via === 'lan')?.link.relayId;
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
    const { notify } = this.#parts;
    if (event.kind === 'member-joined') {
      const member = this.member(identityKey(event.body.key));
      if (member) notify({ type: 'joined', member, seq });
      if (member?.presence === 'online')
        this.#broadcast.hint({
          t: 'presence',
          key: event.body.key,
          state: 'online',
          ...(member.via === undefined ? {} : { via: member.via }),
        });
    } else if (event.kind === 'member-left') {
      const key = identityKey(event.body.key);
      const { reason } = event.body;
      const nick = was.members.get(key)?.nick ?? '';
      notify({ type: 'left', key, nick, seq, ...(reason === undefined ? {} : { reason }) });
    } else if (event.kind === 'nick-changed') {
      const before = was.members.get(author)?.nick ?? '';
      const now = this.room.members.get(author)?.nick ?? '';
      notify({ type: 'renamed', key: author, nick: now, was: before, seq });
    } else if (event.kind === 'topic-changed') {
      for (const { lease } of this.#lines) lease.refresh();
      notify({ type: 'topic', topic: this.room.topic, key: author, seq });
    } else if (isAgainstSomebody(event)) {
      notify({ type: 'moderated', by: author, seq, ...actOf(event, was) });
    } else {
      notify({ type: 'posted', kind: event.kind, key: author, seq });
    }
  }

  /** Whoever was put out hears its own event as the last one. */
  #expel(event: RoomEvent, seq: number, was: RoomState): void {
    if (event.kind !== 'kicked' && event.kind !== 'banned') return;
    const key = identityKey(event.body.key);
    if (!was.members.has(key) || this.room.members.has(key)) return;
    const { ms, reason } = { ms: undefined, ...event.body };
    this.#door.expel(key, seq, {
      code: event.kind,
      ...(ms === undefined ? {} : { retryMs: ms }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #nextRev(): number {
    const { clock, history } = this.#parts;
    // Above what any earlier run signed, even if the last one could not be stored.
    this.#rev = Math.max(this.#rev + 1, Math.floor(clock.wall() / SECOND));
    try {
      history.update({ rev: this.#rev });
    } catch (error) {
      // A full disk must not unlist the room.
      if (!(error instanceof StorageError)) throw error;
    }
    return this.#rev;
  }
}
