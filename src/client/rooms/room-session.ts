import type { Clock } from '../../link/clock.ts';
import type { Signer } from '../../shared/crypto/sign.ts';
import { assertNever, ProtocolError, type RefusalCode } from '../../shared/errors.ts';
import { idBytes, logId, messageId, type LogId, type MessageId } from '../../shared/ids.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';
import type {
  BanInfo,
  InviteOptions,
  IssuedInvite,
  MadeInvite,
  Result,
  RoomAction,
  RoomSession,
  SayOptions,
  Self,
} from '../api.ts';
import type { Archive, KnownRoom } from '../archive/archive.ts';
import { HostQuestions } from './host-questions.ts';
import { callHost, type ConversationEnd } from '../calls/member-conversation.ts';
import { OwnPosts } from '../posts/own-posts.ts';
import { OwnPresence } from './own-presence.ts';
import type { Contacts } from '../people/people.ts';
import { PostSender } from '../posts/post-sender.ts';
import type { Device } from '../profile/profile.ts';
import type { HostLine } from '../relays/host-line.ts';
import { RoomCalls, type RoomCallsListener, type RoomEnd, type WayBack } from '../calls/room-calls.ts';
import type { StateReason } from '../calls/room-course.ts';
import { RoomEntry } from './room-entry.ts';
import { RoomFacts } from './room-facts.ts';
import { RoomLog } from '../log/room-log.ts';
import { RoomPeople } from './room-people.ts';
import { RoomView } from './room-view.ts';
import type {
  CallStep,
  MemberInfo,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomSessionEvent,
  RoomState,
} from '../session-events.ts';
import { TipCheck } from './tip-check.ts';

export interface RoomSessionParts {
  readonly room: KnownRoom;
  /** Shows the room's code; whoever was let in before need not. */
  readonly bringsCode: boolean;
  readonly relay: HostLine;
  /** The room let this profile in on another day: what is known of the way back. */
  readonly back?: Pick<WayBack, 'lan'>;
  readonly self: () => Self;
  readonly signer: Signer;
  readonly device: Device;
  readonly clock: Clock;
  readonly random: () => number;
  readonly archive: Archive;
  readonly contacts: Pick<Contacts, 'marks' | 'namesakes' | 'ignores'>;
  /** Relays that are there and list the room. */
  readonly listedBy: () => readonly HostLine[];
  /** All that are there. */
  readonly online: () => readonly HostLine[];
  readonly emit: (event: RoomSessionEvent) => void;
  /** Told how far the first call is; later ones are events. */
  readonly called?: (step: CallStep) => void;
  /** Called once, when the state has become `closed`. */
  readonly closed: () => void;
}

type CallsListener = RoomCallsListener<HostLine>;

/** One room this profile is in, put together: what its host says goes to whom it concerns, and what happens is told. */
export class MemberSession implements RoomSession {
  /** Told which relays come and go. */
  readonly calls: RoomCalls<HostLine>;
  readonly #parts: RoomSessionParts;
  readonly #entry: RoomEntry;
  readonly #facts: RoomFacts;
  readonly #people: RoomPeople;
  readonly #view: RoomView;
  readonly #log: RoomLog;
  readonly #sender: PostSender;
  readonly #posts: OwnPosts;
  readonly #presence: OwnPresence;
  readonly #questions: HostQuestions;
  readonly #tip: TipCheck;
  #limits: HostMessageOf<'welcome'>['limits'] | undefined;

  constructor(parts: RoomSessionParts) {
    const { room: known, relay, archive, contacts, clock, random, signer, device, self } = parts;
    const { id: room, host } = known;
    const { rooms, people } = archive;
    const emit = (event: RoomEventBody): void => this.#emit(event);
    const shared = { room, host, self, clock, random, rooms, people, contacts, emit };
    this.#parts = parts;
    this.#entry = new RoomEntry(clock);
    this.#facts = new RoomFacts({ ...shared, known, relay });
    this.#view = new RoomView(shared);
    this.#people = new RoomPeople({ ...shared, at: () => this.info.relay });
    this.#sender = new PostSender({ ...shared, signer });
    this.#posts = new OwnPosts({
      ...shared,
      sender: this.#sender,
      people: this.#people,
      state: () => this.state,
      limits: () => this.#limits,
      quote: (ref) => rooms.quote(room, ref),
      posted: () => this.#tip.hurry(),
    });
    this.#presence = new OwnPresence(clock, (hint) => void this.calls.talk?.send(hint));
    this.#questions = new HostQuestions({
      ...shared,
      send: (question) => this.state === 'online' && (this.calls.talk?.send(question) ?? false),
      personOf: (key) => this.#people.personOf(key),
    });
    this.#log = new RoomLog({
      ...shared,
      self: self().key,
      roster: this.#people.roster,
      ask: (rid, from, to) => this.calls.talk?.send({ t: 'fetch', rid, from, to }) ?? false,
      confirmed: (message, seq, counter) => this.#sender.confirmed(message, seq, counter),
      hint: (hint) => this.#people.hint(hint),
      topicChanged: (topic) => this.#facts.topicChanged(topic),
      rulesChanged: (change) => {
        this.#facts.rulesChanged(change);
        this.#sender.tryAgain();
      },
      disagreed: () => this.calls.again(),
    });
    this.#tip = new TipCheck({
      ...shared,
      members: () => this.members().length,
      waiting: () => this.#sender.unanswered,
      end: () => this.#log.end,
      ask: () => void this.ping(),
      hasOther: () => this.calls.hasOtherLine,
      broken: () => this.calls.switchLine(),
    });
    const callee = { room: idBytes(room), host: idBytes(host), device, clock };
    this.calls = new RoomCalls<HostLine>({
      ...parts,
      code: known.code,
      line: relay,
      hello: () => {
        const { resume } = this.#log;
        return { nick: self().nick, ...(resume === undefined ? {} : { resume }) };
      },
      call: (line, options) => callHost(line, { ...callee, ...options }),
      listener: this.#listener(),
    });
  }

  get info(): RoomInfo {
    return this.#facts.info;
  }

  get state(): RoomState {
    return this.calls.state;
  }

  get reason(): StateReason | undefined {
    return this.calls.reason;
  }

  get log(): LogId | undefined {
    return this.#parts.archive.rooms.position(this.info.id)?.log;
  }

  /** The host has let us in at least once. */
  get entered(): boolean {
    return this.calls.everIn;
  }

  get me(): MemberInfo {
    return this.#people.me;
  }

  /** Resolves when the host has let us in and what it had for us is here, or when it won't. */
  enter(): Promise<Result<void>> {
    const entered = this.#entry.wait();
    this.calls.start();
    return entered;
  }

  /** Resolves when every post has its answer, or after `ms`. */
  settled(ms: number): Promise<void> {
    return this.state === 'online' ? this.#sender.settled(ms) : Promise.resolve();
  }

  members(): readonly MemberInfo[] {
    return this.#people.roster.all();
  }

  say(text: string, options: SayOptions = {}): Result<MessageId> {
    return this.#posts.say(text, options);
  }

  setTopic(topic: string, options: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    return this.#posts.setTopic(topic, options);
  }

  act(action: RoomAction, options: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    return this.#posts.act(action, options);
  }

  /** The profile's nick has changed; the id of the line that says so, where there is one. */
  rename(nick: string, options: Pick<SayOptions, 'ref'> = {}): MessageId | undefined {
    if (!this.entered) return undefined;
    const said = this.#posts.rename(nick, options);
    return said.ok ? said.value : undefined;
  }

  pending(): readonly RoomLine[] {
    return this.#posts.pending();
  }

  bans(): Promise<Result<readonly BanInfo[]>> {
    return this.#questions.bans();
  }

  invite(options: InviteOptions): Promise<Result<MadeInvite>> {
    return this.#questions.invite(options);
  }

  invites(revoke?: number): Promise<Result<readonly IssuedInvite[]>> {
    return this.#questions.invites(revoke);
  }

  ping(): Promise<number | undefined> {
    return this.#questions.ping();
  }

  setPresence(state: 'online' | 'away', status?: string): void {
    this.#presence.set(state, status);
  }

  typing(): void {
    if (this.state === 'online') this.#presence.typing();
  }

  history(limit: number, before?: number): readonly RoomLine[] {
    return this.#view.history(limit, before);
  }

  search(words: string, limit: number): readonly RoomLine[] {
    return this.#view.search(words, limit);
  }

  get unfetched(): number {
    return this.#log.unfetched;
  }

  fetchOlder(limit: number): Promise<number> {
    return this.state === 'online' && limit > 0 ? this.#log.fetchOlder(limit) : Promise.resolve(0);
  }

  /** Somebody is known otherwise than before. */
  markAnew(): void {
    if (this.entered) this.#people.markAnew();
  }

  async leave(reason?: string): Promise<void> {
    if (this.state === 'closed') return;
    await this.calls.leave(reason);
    this.#sender.failAll('left');
    this.#close('left');
  }

  /** Hangs up without saying goodbye: a member who comes back soon has not left. */
  close(): void {
    this.#close();
  }

  #listener(): CallsListener {
    return {
      calling: (step) => {
        if (this.entered) this.#emit({ type: 'calling', step });
        else this.#parts.called?.(step);
      },
      state: (state, reason) => {
        this.#emit({ type: 'state', state, ...(reason === undefined ? {} : { reason }) });
        // Let in all the same; what was there before comes with the next conversation.
        // Without a reason it is called once more, in the other way.
        if (state === 'host-offline' || (state === 'reconnecting' && reason !== undefined))
          this.#entry.done();
      },
      reachedBy: (relay) => this.#facts.reachedBy(relay),
      message: (message) => this.#receive(message),
      cast: (payload) => this.#log.cast(payload),
      interrupted: () => this.#interrupted(),
      over: (end) => this.#over(end),
    };
  }

  #receive(message: Parameters<CallsListener['message']>[0]): void {
    switch (message.t) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'roster':
        this.#people.more(message);
        break;
      case 'page':
        this.#log.page(message);
        break;
      case 'rekey':
        this.#log.rekey(message);
        break;
      case 'posted':
        this.#sender.confirmed(messageId(message.id), message.seq);
        break;
      case 'rejected':
        this.#sender.rejected({ ...message, id: messageId(message.id) });
        break;
      case 'bans':
      case 'invited':
      case 'invites':
        this.#questions.answered(message);
        break;
      case 'invite':
        throw new ProtocolError('a room is no meeting place');
      case 'pong':
        this.#questions.answered(message);
        this.#tip.told(message.seq);
        break;
      default:
        assertNever(message);
    }
  }

  #welcomed(welcome: HostMessageOf<'welcome'>): void {
    const { talk } = this.calls;
    if (!talk) return;
    this.#log.welcomed(welcome);
    this.#limits = welcome.limits;
    this.#people.welcomed(welcome);
    this.#facts.welcomed(welcome);
    this.calls.entered(welcome.lan);
    this.#facts.remember(this.calls.lastingLine.url);
    this.#people.meetAll();
    const [seq] = welcome.head;
    const { info, me } = this;
    this.#emit({ type: 'ready', info, log: logId(welcome.log), seq, me, members: this.members() });
    this.calls.linesChanged();
    this.#presence.entered();
    this.#entry.letIn();
    this.#log.sync(welcome, () => {
      this.#entry.done();
      if (this.calls.talk !== talk) return;
      const { log, counter, limits } = welcome;
      const { framesPerSecond } = this.calls.line;
      this.#sender.online({ log, counter, limits, framesPerSecond, send: (message) => talk.send(message) });
      this.#tip.start();
      this.#posts.rightNick();
    });
  }

  /** Nothing is sent or taken until the next welcome. */
  #interrupted(): void {
    this.#entry.interrupted();
    this.#sender.offline();
    this.#tip.stop();
    this.#log.interrupted();
    this.#questions.abandon();
  }

  #over({ code, ...detail }: RoomEnd): void {
    if (!this.entered) {
      this.#entry.answer({ ok: false, code, ...detail });
      return this.#close();
    }
    // Signed in elsewhere is no answer of the room's: what waits is sent when this profile is back.
    if (code !== 'signed-in-elsewhere') {
      const told = isRefusal(code) ? code : 'not-allowed';
      this.#emit({ type: 'removed', code: told, ...detail });
      this.#sender.failAll(told);
    }
    this.#close(code);
  }

  #close(reason?: ConversationEnd): void {
    if (this.state === 'closed') return;
    this.calls.close(reason);
    this.#sender.close();
    this.#parts.closed();
    this.#entry.answer({ ok: false, code: 'left' });
  }

  #emit(happened: RoomEventBody): void {
    const event = this.#view.event(happened);
    if (!event) return;
    this.#parts.emit({ ...event, room: this.info.id });
    if (event.type === 'members' || event.type === 'ready') this.#people.shown(event.members);
  }
}

function isRefusal(code: ConversationEnd): code is RefusalCode {
  return code !== 'changed-key' && code !== 'unreachable' && code !== 'timeout';
}
