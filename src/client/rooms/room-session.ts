import { assertNever, isRefusalCode, ProtocolError } from '../../shared/errors.ts';
import { logId, messageId, type LogId, type MessageId } from '../../shared/ids.ts';
import type { HostMessageOf, MemberMessage } from '../../shared/room/messages.ts';
import type {
  BanInfo,
  InviteOptions,
  IssuedInvite,
  MadeInvite,
  Result,
  RoomAction,
  RoomSession,
  SayOptions,
} from '../api.ts';
import type { ConversationEnd } from '../calls/member-conversation.ts';
import type { RoomCalls, RoomCallsListener, RoomEnd } from '../calls/room-calls.ts';
import type { StateReason } from '../calls/room-course.ts';
import type { HostLine } from '../relays/host-line.ts';
import type {
  CallStep,
  MemberInfo,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomSessionEvent,
  RoomState,
} from '../session-events.ts';
import { composeRoom, type ComposedRoom, type RoomOptions } from './compose-room.ts';
import { defined } from '../../shared/defined.ts';

export interface RoomSessionParts extends RoomOptions {
  readonly emit: (event: RoomSessionEvent) => void;
  /** Told how far the first call is; later ones are events. */
  readonly called?: (step: CallStep) => void;
  /** Called once, when the state has become `closed`. */
  readonly closed: () => void;
}

type CallsListener = RoomCallsListener<HostLine>;

/** One room this profile is in: what its host says goes to whom it concerns, and what happens is told. */
export class MemberSession implements RoomSession {
  readonly #parts: RoomSessionParts;
  readonly #room: ComposedRoom;

  constructor(parts: RoomSessionParts) {
    this.#parts = parts;
    this.#room = composeRoom(parts, this.#listener(), (event) => this.#emit(event));
  }

  /** Told which relays come and go. */
  get calls(): RoomCalls<HostLine> {
    return this.#room.calls;
  }

  get info(): RoomInfo {
    return this.#room.facts.info;
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
    return this.#room.people.me;
  }

  /** Resolves when the host has let us in and what it had for us is here, or when it won't. */
  enter(): Promise<Result<void>> {
    const entered = this.#room.entry.wait();
    this.calls.start();
    return entered;
  }

  /** Resolves when every post has its answer, or after `ms`. */
  settled(ms: number): Promise<void> {
    return this.state === 'online' ? this.#room.sender.settled(ms) : Promise.resolve();
  }

  members(): readonly MemberInfo[] {
    return this.#room.people.roster.all();
  }

  say(text: string, options: SayOptions = {}): Result<MessageId> {
    return this.#room.posts.say(text, options);
  }

  setTopic(topic: string, options: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    return this.#room.posts.setTopic(topic, options);
  }

  act(action: RoomAction, options: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    return this.#room.posts.act(action, options);
  }

  /** The profile's nick has changed; the id of the line that says so, where there is one. */
  rename(nick: string, options: Pick<SayOptions, 'ref'> = {}): MessageId | undefined {
    if (!this.entered) return undefined;
    const said = this.#room.posts.rename(nick, options);
    return said.ok ? said.value : undefined;
  }

  pending(): readonly RoomLine[] {
    return this.#room.posts.pending();
  }

  bans(): Promise<Result<readonly BanInfo[]>> {
    return this.#room.questions.bans();
  }

  invite(options: InviteOptions): Promise<Result<MadeInvite>> {
    return this.#room.questions.invite(options);
  }

  invites(revoke?: number): Promise<Result<readonly IssuedInvite[]>> {
    return this.#room.questions.invites(revoke);
  }

  ping(): Promise<number | undefined> {
    return this.#room.questions.ping();
  }

  setPresence(state: 'online' | 'away', status?: string): void {
    this.#room.presence.set(state, status);
  }

  typing(): void {
    if (this.state === 'online') this.#room.presence.typing();
  }

  history(limit: number, before?: number): readonly RoomLine[] {
    return this.#room.view.history(limit, before);
  }

  search(words: string, limit: number): readonly RoomLine[] {
    return this.#room.view.search(words, limit);
  }

  get unfetched(): number {
    return this.#room.log.unfetched;
  }

  fetchOlder(limit: number): Promise<number> {
    return this.state === 'online' && limit > 0 ? this.#room.log.fetchOlder(limit) : Promise.resolve(0);
  }

  /** Somebody is known otherwise than before. */
  markAnew(): void {
    if (this.entered) this.#room.people.markAnew();
  }

  async leave(reason?: string): Promise<void> {
    if (this.state === 'closed') return;
    await this.calls.leave(reason);
    this.#room.sender.failAll('left');
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
        this.#emit({ type: 'state', state, ...defined({ reason }) });
        // Let in all the same; what was there before comes with the next conversation.
        // Without a reason it is called once more, in the other way.
        if (state === 'host-offline' || (state === 'reconnecting' && reason !== undefined))
          this.#room.entry.done();
      },
      reachedBy: (relay) => this.#room.facts.reachedBy(relay),
      message: (message) => this.#receive(message),
      cast: (payload) => this.#room.log.cast(payload),
      interrupted: () => this.#interrupted(),
      over: (end) => this.#over(end),
    };
  }

  #receive(message: Parameters<CallsListener['message']>[0]): void {
    const { people, log, sender, questions, tip } = this.#room;
    switch (message.t) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'roster':
        people.more(message);
        break;
      case 'page':
        log.page(message);
        break;
      case 'rekey':
        log.rekey(message);
        break;
      case 'posted':
        sender.confirmed(messageId(message.id), message.seq);
        break;
      case 'rejected':
        sender.rejected({ ...message, id: messageId(message.id) });
        break;
      case 'bans':
      case 'invited':
      case 'invites':
        questions.answered(message);
        break;
      case 'invite':
        throw new ProtocolError('a room is no meeting place');
      case 'pong':
        questions.answered(message);
        tip.told(message.seq);
        break;
      default:
        assertNever(message);
    }
  }

  #welcomed(welcome: HostMessageOf<'welcome'>): void {
    const { calls, entry, facts, people, log, sender, posts, presence, tip } = this.#room;
    const { talk } = calls;
    if (!talk) return;
    log.welcomed(welcome);
    people.welcomed(welcome);
    facts.welcomed(welcome);
    calls.entered(welcome.lan);
    facts.remember(calls.lastingLine.url);
    people.meetAll();
    const [seq] = welcome.head;
    const { info, me } = this;
    this.#emit({ type: 'ready', info, log: logId(welcome.log), seq, me, members: this.members() });
    calls.linesChanged();
    presence.entered();
    entry.letIn();
    log.sync(welcome, () => {
      entry.done();
      if (calls.talk !== talk) return;
      const { log: current, counter, limits } = welcome;
      const send = (message: MemberMessage): boolean => talk.send(message);
      sender.online({ log: current, counter, limits, relay: calls.line, send });
      tip.start();
      posts.rightNick();
    });
  }

  /** Nothing is sent or taken until the next welcome. */
  #interrupted(): void {
    const { entry, sender, tip, log, questions } = this.#room;
    entry.interrupted();
    sender.offline();
    tip.stop();
    log.interrupted();
    questions.abandon();
  }

  #over({ code, ...detail }: RoomEnd): void {
    if (!this.entered) {
      this.#room.entry.answer({ ok: false, code, ...detail });
      return this.#close();
    }
    // Signed in elsewhere is no answer of the room's: what waits is sent when this profile is back.
    if (code !== 'signed-in-elsewhere') {
      const told = isRefusalCode(code) ? code : 'not-allowed';
      this.#emit({ type: 'removed', code: told, ...detail });
      this.#room.sender.failAll(told);
    }
    this.#close(code);
  }

  #close(reason?: ConversationEnd): void {
    if (this.state === 'closed') return;
    this.calls.close(reason);
    this.#room.sender.close();
    this.#parts.closed();
    this.#room.entry.answer({ ok: false, code: 'left' });
  }

  #emit(happened: RoomEventBody): void {
    const event = this.#room.view.event(happened);
    if (!event) return;
    this.#parts.emit({ ...event, room: this.info.id });
    if (event.type === 'members' || event.type === 'ready') this.#room.people.shown(event.members);
  }
}
