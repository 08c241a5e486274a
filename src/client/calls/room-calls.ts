import type { Clock } from '../../link/clock.ts';
import { utf8 } from '../../shared/bytes.ts';
import { ProtocolError } from '../../shared/errors.ts';
import { idBytes, type RelayId } from '../../shared/ids.ts';
import { MAX_REASON_BYTES, REHANDSHAKE_MS, SECOND } from '../../shared/limits.ts';
import type { HostMessage } from '../../shared/room/messages.ts';
import { sanitizeLine } from '../../shared/text.ts';
import type { Absence } from '../relays/host-line.ts';
import { isOurLogin } from '../relays/login-ends.ts';
import { CodeUse } from './code-use.ts';
import { LineChoice } from './line-choice.ts';
import type { ConversationEnd } from './member-conversation.ts';
import { Redial } from './redial.ts';
import { believed, courseAfter, isOnlyTheLine, type StateReason } from './room-course.ts';
import type { CallStep, RelayInfo, RoomState } from '../session-events.ts';
import { Talks, type Talk, type TalksParts } from './talks.ts';
import { WaysIn } from './ways-in.ts';
import { defined } from '../../shared/defined.ts';

/** How long a goodbye may take. */
const LEAVE_MS = SECOND;

/** What is asked of a relay here. */
export interface CallLine {
  readonly url: string;
  readonly info: Pick<RelayInfo, 'id' | 'reason'>;
  readonly via: 'relay' | 'lan';
  readonly online: boolean;
  readonly absence: Absence;
}

/** How to come back to a room on another day. */
export interface WayBack {
  /** URL of the relay to call through; absent where only the host's own network led there. */
  readonly relay?: string;
  /** The relay of that network. */
  readonly lan?: RelayId;
}

/** The room, or somebody on the way to it, will not have us. */
export interface RoomEnd {
  readonly code: ConversationEnd;
  readonly retryMs?: number;
  /** What a person gave as the reason. */
  readonly reason?: string;
}

export interface RoomCallsListener<Line> {
  calling(step: CallStep): void;
  state(state: RoomState, reason?: StateReason): void;
  /** The calls go over this line from now on. */
  reachedBy(line: Line): void;
  /** The first of a conversation is its `welcome`, and calls for `entered`. */
  message(message: Exclude<HostMessage, { t: 'refused' | 'closing' }>): void;
  cast(payload: Uint8Array): void;
  /** Nothing can be sent, and nothing is answered, until the next welcome. */
  interrupted(): void;
  /** No more calls: `close` is to follow. */
  over(end: RoomEnd): void;
}

export interface RoomCallsParts<Line> {
  /** The room's code, where one is known. */
  readonly code: Uint8Array | undefined;
  /** Shows it; whoever was let in before need not. */
  readonly bringsCode: boolean;
  readonly line: Line;
  /** The room let this profile in on another day: it is out of reach for now, and not asked to join. */
  readonly back?: Pick<WayBack, 'lan'> | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Lines that are there and whose relays list the room. */
  readonly listedBy: () => readonly Line[];
  /** All that are there. */
  readonly online: () => readonly Line[];
  readonly hello: TalksParts<Line>['hello'];
  readonly call: TalksParts<Line>['call'];
  readonly listener: RoomCallsListener<Line>;
}

/** Keeps one member talking to a room's host: calls it, again whenever that ends, over whichever line leads there. */
export class RoomCalls<Line extends CallLine> {
  readonly #parts: RoomCallsParts<Line>;
  readonly #choice: LineChoice<Line>;
  readonly #ways: WaysIn<Line>;
  readonly #talks: Talks<Line>;
  readonly #code: CodeUse;
  readonly #redial: Redial;
  #line: Line;
  #state: RoomState = 'connecting';
  #reason: StateReason | undefined;
  #told: string | undefined;
  /** By its own word, since the last welcome: what a relay says after that is no news. */
  #closedByHost = false;
  #everIn = false;
  /** The first line's word that says more than that it led nowhere. */
  #refusal: RoomEnd | undefined;
  #leaving: (() => void) | undefined;
  #cancelRehandshake: (() => void) | undefined;

  constructor(parts: RoomCallsParts<Line>) {
    const { clock, random } = parts;
    this.#parts = parts;
    this.#line = parts.line;
    this.#code = new CodeUse(parts.code, parts.bringsCode);
    this.#redial = new Redial(parts);
    this.#ways = new WaysIn(parts);
    if (parts.back) {
      const { lan } = parts.back;
      this.#everIn = true;
      this.#ways.entered(parts.line, lan === undefined ? undefined : idBytes(lan));
    }
    this.#choice = new LineChoice({ clock, random, routes: () => this.#ways.all() });
    this.#talks = new Talks({
      ...parts,
      listener: {
        calling: (step) => this.#calling(step),
        message: (message, welcomed) => this.#receive(message, welcomed),
        cast: (payload) => parts.listener.cast(payload),
        ended: (code, welcomed, retryMs) =>
          this.#failed(this.#everIn ? believed(code, welcomed) : code, retryMs),
        moved: (to) => {
          this.#silence();
          this.#reachedBy(to);
        },
        notMoved: () => {
          this.#choice.failedToMove();
          this.linesChanged();
        },
      },
    });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Why it is in this state. */
  get reason(): StateReason | undefined {
    return this.#reason;
  }

  get line(): Line {
    return this.#line;
  }

  /** The talk of now, whether or not the host has answered yet. */
  get talk(): Talk | undefined {
    return this.#talks.current;
  }

  /** The host has let us in at least once. */
  get everIn(): boolean {
    return this.#everIn;
  }

  /** Another line to the host is there. */
  get hasOtherLine(): boolean {
    return this.#choice.hasOther(this.#line);
  }

  /** Where to begin another day: an address of a local network leads nowhere tomorrow. */
  get lastingLine(): Line {
    return this.#ways.all().find(({ via }) => via === 'relay') ?? this.#line;
  }

  get wayBack(): WayBack {
    const { via, url } = this.lastingLine;
    // A host without another relay does not name its own.
    const lan = this.#ways.lan ?? (this.#line.via === 'lan' ? this.#line.info.id : undefined);
    return { ...(via === 'relay' ? { relay: url } : {}), ...defined({ lan }) };
  }

  start(): void {
    this.#setState('connecting');
    this.#connect();
  }

  /** The host has let us in; `lan` is what its welcome says. */
  entered(lan: Uint8Array | undefined): void {
    this.#talks.welcomed();
    this.#ways.entered(this.#line, lan);
    this.#choice.entered(this.#line);
    this.#code.entered();
    this.#redial.entered();
    this.#closedByHost = false;
    this.#everIn = true;
    this.#cancelRehandshake = this.#parts.clock.after(REHANDSHAKE_MS, () => this.again());
    this.#setState('online');
  }

  /** A relay can carry calls again. */
  lineOnline(line: Line): void {
    if (this.talk || this.#state === 'closed' || !this.#choice.mayCall(line)) return;
    // By address: a relay that was gone from this network comes back as another connection.
    const ours = line.url === this.#line.url;
    if (ours || (!this.#line.online && this.#ways.all().includes(line))) this.#connectBy(line);
  }

  /** A relay has news of the room: the host may be back, or have moved there. */
  listedAt(line: Line): void {
    const lineless = this.#state === 'reconnecting' || this.#state === 'connecting';
    const waiting = this.#state === 'host-offline' || (lineless && !this.#line.online);
    if (!this.talk && waiting && this.#choice.mayCall(line)) this.#connectBy(line);
    this.linesChanged();
  }

  /** Relays have come or gone: there may be a nearer line now. */
  linesChanged(): void {
    if (this.#state !== 'online' || this.#talks.isMoving || this.#leaving) return;
    this.#choice.watch(this.#line, (line) => this.#talks.move(line, this.#code.shown));
  }

  /** Whoever answers at our relay's address is not that relay: what was said waits. */
  lineChangedKey(): void {
    const over = this.#state === 'online' || this.#state === 'closed';
    if (this.#everIn && !this.talk && !over) this.#setState('reconnecting', 'changed-key');
  }

  /** Our relay could not be reached when it was dialled for the first time. */
  lineFailed(): void {
    if (this.#everIn && !this.talk && this.#state === 'connecting') this.#connect();
  }

  /** A relay wants no more of us: what waits for a host there waits in vain. */
  lineClosed(line: Line, code: ConversationEnd): void {
    // A call that is still under way hears of it only after that, as of any relay that is gone.
    if (line === this.#line && this.#state !== 'closed') this.#failed(code);
  }

  /** A new handshake on a talk that works. */
  again(): void {
    this.#drop();
    if (this.#leaving) return this.#leaving();
    this.#connect();
  }

  /** Nothing comes over this line any more, whatever its relay believes. */
  switchLine(): void {
    const next = this.#choice.after(this.#line);
    if (next) this.#reachedBy(next.line);
    this.again();
  }

  /** Says goodbye; resolves when the host has it on its disk, or does not answer. */
  async leave(reason?: string): Promise<void> {
    const fits = reason !== undefined && utf8(reason).length <= MAX_REASON_BYTES;
    const said = this.talk?.send({ t: 'leave', ...(fits ? { reason } : {}) });
    if (!said || !this.#everIn) return;
    // Answered now, it would bring us in again.
    this.#talks.stayHere();
    this.#choice.stop();
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(LEAVE_MS, resolve);
      this.#leaving = () => {
        cancel();
        resolve();
      };
    });
  }

  close(reason?: ConversationEnd): void {
    this.#redial.cancel();
    this.#drop();
    this.#setState('closed', reason);
  }

  #connectBy(line: Line): void {
    this.#reachedBy(line);
    this.#connect();
  }

  #reachedBy(line: Line): void {
    this.#line = line;
    this.#parts.listener.reachedBy(line);
  }

  #connect(): void {
    this.#redial.cancel();
    const line = this.#line;
    if (!line.online) {
      if (!this.#everIn) return this.#failed('unreachable');
      if (this.#state === 'connecting') {
        // Such a relay comes and goes with the host.
        if (line.via === 'lan') return this.#setState('host-offline');
        // It is being dialled for the first time.
        if (line.info.reason === undefined) return;
      }
      this.#setState('reconnecting', line.absence);
      return;
    }
    if (this.#state === 'reconnecting') this.#setState('connecting');
    this.#talks.begin(line, this.#code.shown);
    this.#calling('dialling');
  }

  #calling(step: CallStep): void {
    const back = this.#state === 'connecting' || (this.#state === 'host-offline' && step !== 'dialling');
    if (this.#everIn && !back) return;
    this.#parts.listener.calling(step);
    // Where the call comes to nothing, the state is as before and has to be told anew.
    this.#told = undefined;
  }

  #receive(message: HostMessage, welcomed: boolean): void {
    if (message.t === 'refused' || message.t === 'closing')
      return this.#failed(message.code, message.retryMs, { reason: reasonShown(message.reason) });
    if (welcomed === (message.t === 'welcome'))
      throw new ProtocolError('host speaks before its welcome, or twice');
    this.#parts.listener.message(message);
  }

  /** The conversation is over, or never came about. `host`: by the host's own word. */
  #failed(code: ConversationEnd, retryMs = 0, host?: { readonly reason: string | undefined }): void {
    this.#drop();
    if (this.#leaving) return this.#leaving();
    const { reason } = host ?? {};
    const end = { code, ...(retryMs > 0 ? { retryMs } : {}), ...defined({ reason }) };
    // A relay that only repeats what the room's host has signed could say anything: the next is asked all the same.
    const asksOn = host === undefined && !isOurLogin(code);
    if (!this.#everIn) {
      if (!isOnlyTheLine(code)) this.#refusal ??= end;
      const other = asksOn ? this.#choice.after(this.#line) : undefined;
      return other ? this.#connectBy(other.line) : this.#parts.listener.over(this.#refusal ?? end);
    }
    // A host that was set back to an older copy of its room does not know us any more.
    const anew = code === 'wrong-code' && this.#code.turn();
    // Whoever was let in is put out by nobody but the host, inside the channel.
    const unproven = asksOn && courseAfter(code) === 'closed';
    if (unproven && !anew) this.#code.hide();
    const course = anew || unproven ? 'reconnecting' : courseAfter(code);
    if (course === 'closed') return this.#parts.listener.over(end);
    this.#redial.failed();
    if (host && code === 'host-closed') this.#closedByHost = true;
    const why = course === 'host-offline' && this.#closedByHost ? 'host-closed' : code;
    this.#setState(course, anew ? undefined : why);
    this.#callLater(retryMs);
  }

  #callLater(retryMs: number): void {
    const other = this.#choice.after(this.#line);
    if (other) return this.#redial.after(other.ms, () => this.#connectBy(other.line));
    // With the relay gone too, its return is what to wait for.
    const [line] = this.#line.online ? [this.#line] : this.#ways.all();
    if (line) this.#redial.later(retryMs, () => this.#connectBy(line));
  }

  #drop(): void {
    this.#talks.hangUp();
    this.#silence();
  }

  #silence(): void {
    this.#choice.stop();
    this.#cancelRehandshake?.();
    this.#parts.listener.interrupted();
  }

  #setState(state: RoomState, reason?: StateReason): void {
    // A relay of the network goes with the host that has closed the room.
    const gone = reason === 'unreachable' && this.#closedByHost && this.#line.via === 'lan';
    if (gone && state === 'reconnecting') return this.#setState('host-offline', 'host-closed');
    const told = `${state} ${reason ?? ''}`;
    this.#state = state;
    this.#reason = reason;
    // Nobody is told of a room before it has let us in: `join` answers that.
    if (!this.#everIn || told === this.#told) return;
    this.#told = told;
    this.#parts.listener.state(state, reason);
  }
}

function reasonShown(reason: string | undefined): string | undefined {
  const shown = sanitizeLine(reason ?? '').trim();
  return shown === '' ? undefined : shown;
}
