import { ProtocolError, type RefusalCode } from '../shared/errors.ts';
import { relayId, type RelayId } from '../shared/ids.ts';
import { MIB, PING_MS, SECOND, SILENCE_MS } from '../shared/limits.ts';
import { Listeners } from '../shared/listeners.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';
import { decodeFromRelay, encodeCast, encodeControl, encodeSend } from '../shared/wire/codec.ts';
import type { Reply, ReplyOf } from '../shared/wire/control.ts';
import { systemClock, type Clock } from './clock.ts';
import {
  ATTEMPT_MS,
  closeReason,
  nextPhase,
  silence,
  type LinkInput,
  type LinkPhase,
  type LinkReason,
} from './link-state.ts';
import { Login, type Caller } from './login.ts';
import {
  isAnswer,
  OpenQuestions,
  type AnswerTo,
  type AnyQuestion,
  type Refused,
  type Statement,
} from './questions.ts';
import type { Dialler, Transport } from './transport.ts';
import { WakingTimer } from './waking-timer.ts';
import { defined } from '../shared/defined.ts';

/** Bytes waiting to leave; a link that falls further behind is given up and made anew. */
export const MAX_LINK_BACKLOG = 8 * MIB;
/** How long `close` waits for the relay to say goodbye. */
const GOODBYE_MS = 2 * SECOND;
/** How often a silent relay is looked at. */
const LOOK_MS = 5 * SECOND;
/** How long a relay has to show that it is still there, where that is in doubt. */
const DOUBT_MS = 10 * SECOND;

export interface LinkOptions extends Caller {
  /** Handed to the dialler on every attempt. */
  readonly url: string;
  readonly dialler: Dialler;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Asked at each login, after the relay has proved its key; false ends the link with `login-failed`. */
  readonly pinnedRelay?: (id: Uint8Array) => boolean;
  /**
   * Asked before each login, by the id the relay claims: true ends the link with `signed-in-elsewhere`, since to log in a
   * second time would end the first one.
   */
  readonly reachedAlready?: (id: Uint8Array) => boolean;
}

/** Payloads are views of the received message: copy what is kept. */
export type LinkEvent =
  | { readonly type: 'online' }
  /** Every failed attempt and every loss; tried again after `retryMs`. */
  | { readonly type: 'offline'; readonly reason: LinkReason; readonly retryMs: number }
  /** What the relay says unasked. */
  | { readonly type: 'control'; readonly message: Reply }
  | { readonly type: 'data'; readonly circuit: number; readonly payload: Uint8Array }
  | { readonly type: 'cast'; readonly handle: number; readonly payload: Uint8Array }
  /** The relay ended it for good; not sent for `close()`. */
  | { readonly type: 'closed'; readonly code: RefusalCode };

/** A logged-in connection to one relay that is made again whenever it is lost. Events come synchronously, in order. */
export class Link {
  readonly #options: LinkOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #listeners = new Listeners<LinkEvent>();
  readonly #questions: OpenQuestions;
  #phase: LinkPhase = { phase: 'new' };
  #transport: Transport | undefined;
  /** Tells the callbacks of an abandoned transport from those of the current one. */
  #generation = 0;
  #hello: ReplyOf<'hello'> | undefined;
  #relayId: RelayId | undefined;
  #lastHeard = 0;
  readonly #timer: WakingTimer;
  #gone: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#questions = new OpenQuestions(this.#clock);
    this.#timer = new WakingTimer(this.#clock, () => this.#hurry());
  }

  get state(): 'connecting' | 'online' | 'reconnecting' | 'closed' {
    const { phase } = this.#phase;
    if (phase === 'online' || phase === 'closed') return phase;
    return this.#phase.phase !== 'new' && this.#phase.wasOnline ? 'reconnecting' : 'connecting';
  }

  get url(): string {
    return this.#options.url;
  }

  /** The relay that proved its key at the last login. */
  get relayId(): RelayId | undefined {
    return this.#relayId;
  }

  get hello(): ReplyOf<'hello'> | undefined {
    return this.#hello;
  }

  /** Bytes that have not left yet. */
  get buffered(): number {
    return this.#transport?.buffered ?? 0;
  }

  open(): void {
    this.#enter({ type: 'open' });
  }

  onEvent(listener: (event: LinkEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Never rejects. `answered` is called with the outcome before any later frame of the relay is handled. */
  request<Asked extends AnyQuestion>(
    question: Asked,
    answered?: (outcome: AnswerTo<Asked['t']> | Refused) => void,
  ): Promise<AnswerTo<Asked['t']> | Refused> {
    const name: Asked['t'] = question.t;
    return new Promise((resolve) => {
      const settle = (outcome: AnswerTo<Asked['t']> | Refused): void => {
        answered?.(outcome);
        resolve(outcome);
      };
      if (this.#phase.phase !== 'online') settle({ t: 'refused', code: 'unreachable' });
      else
        this.#ask(question, (outcome) => {
          if (outcome.t === 'refused' || isAnswer(name, outcome)) settle(outcome);
          else settle({ t: 'refused', code: 'protocol' });
        });
    });
  }

  /** Says something that has no answer; false when not online. */
  tell(statement: Statement): boolean {
    return this.#sendOnline(() => encodeControl(statement));
  }

  /** False when not online. The payload is copied. */
  sendData(circuit: number, payload: Uint8Array): boolean {
    return this.#sendOnline(() => encodeSend(circuit, payload));
  }

  /** False when not online. The payload is copied. */
  cast(handle: number, payload: Uint8Array): boolean {
    return this.#sendOnline(() => encodeCast(handle, payload));
  }

  /** Resolves when the socket and the timers are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const transport = this.#transport;
    if (transport) {
      const gone = new Promise<void>((resolve) => (this.#gone = resolve));
      this.#enter({ type: 'close' });
      transport.close(1000);
      const cancel = this.#clock.after(GOODBYE_MS, () => this.#gone?.());
      await gone;
      cancel();
    } else {
      this.#enter({ type: 'close' });
    }
    this.#listeners.clear();
  }

  #enter(input: LinkInput): void {
    const before = this.#phase;
    const after = nextPhase(before, input);
    if (after === before) return;
    this.#phase = after;
    switch (after.phase) {
      case 'dialling':
        this.#dial();
        break;
      case 'online':
        this.#watchSilence();
        this.#emit({ type: 'online' });
        break;
      case 'waiting':
        this.#timer.set(after.retryMs, () => this.#enter({ type: 'retry' }));
        this.#questions.refuseAll('unreachable');
        this.#emit({ type: 'offline', reason: after.reason, retryMs: after.retryMs });
        break;
      case 'closed':
        this.#timer.cancel();
        this.#questions.refuseAll('unreachable');
        if (after.code !== undefined) this.#emit({ type: 'closed', code: after.code });
        break;
      case 'new':
      case 'greeting':
      case 'login':
        break;
    }
  }

  #dial(): void {
    const generation = ++this.#generation;
    this.#timer.set(ATTEMPT_MS, () => this.#drop('timeout', closeCodes.loginTimeout));
    const current = (): boolean => generation === this.#generation;
    this.#transport = this.#options.dialler(this.#options.url, {
      open: () => {
        if (current()) this.#enter({ type: 'opened' });
      },
      message: (bytes) => {
        if (current() && this.#phase.phase !== 'closed') this.#receive(bytes);
      },
      closed: (code) => {
        if (!current()) return;
        this.#transport = undefined;
        this.#gone?.();
        this.#lost(closeReason(code));
      },
    });
  }

  /** Gives up the current transport without waiting for it to notice. */
  #drop(reason: LinkReason, closeCode: number, retryMs?: number): void {
    const transport = this.#transport;
    this.#generation++;
    this.#transport = undefined;
    transport?.close(closeCode);
    this.#lost(reason, retryMs);
  }

  #lost(reason: LinkReason, retryMs?: number): void {
    this.#enter({
      type: 'lost',
      reason,
      now: this.#clock.now(),
      random: this.#random(),
      ...defined({ retryMs }),
    });
  }

  #receive(bytes: Uint8Array): void {
    this.#lastHeard = this.#clock.now();
    try {
      const frame = decodeFromRelay(bytes);
      if (frame.type === 'control') this.#control(frame.message);
      else if (this.#phase.phase !== 'online') throw new ProtocolError('data before hello');
      else if (frame.type === 'send')
        this.#emit({ type: 'data', circuit: frame.circuit, payload: frame.payload });
      else this.#emit({ type: 'cast', handle: frame.handle, payload: frame.payload });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#drop(error.code, closeCodes.protocolError);
    }
  }

  #control(message: Reply): void {
    if (message.t === 'error' && (message.fatal || message.rid === undefined)) {
      if (message.fatal) this.#drop(message.code, 1000, message.retryMs);
      else this.#emit({ type: 'control', message });
      return;
    }
    if (message.t === 'challenge') {
      this.#login(message);
      return;
    }
    if (this.#phase.phase !== 'online' && this.#phase.phase !== 'login')
      throw new ProtocolError('relay speaks before its challenge');
    if ('rid' in message && message.rid !== undefined) this.#questions.answer(message.rid, message);
    else this.#emit({ type: 'control', message });
  }

  #login(challenge: ReplyOf<'challenge'>): void {
    if (this.#phase.phase !== 'greeting') throw new ProtocolError('second challenge');
    const login = new Login(challenge, this.#options);
    if (this.#options.reachedAlready?.(challenge.relay))
      return this.#drop('signed-in-elsewhere', closeCodes.signedInElsewhere);
    this.#enter({ type: 'challenged' });
    this.#ask(login.question, (outcome) => {
      if (outcome.t === 'refused') {
        if (outcome.code !== 'unreachable') this.#drop(outcome.code, 1000, outcome.retryMs);
      } else if (outcome.t === 'hello') {
        login.check(outcome);
        this.#welcome(challenge.relay, outcome);
      }
    });
  }

  #welcome(relay: Uint8Array, hello: ReplyOf<'hello'>): void {
    if (this.#options.pinnedRelay?.(relay) === false)
      throw new ProtocolError('not the relay that was pinned', 'login-failed');
    this.#relayId = relayId(relay);
    this.#hello = hello;
    this.#enter({ type: 'welcomed', now: this.#clock.now() });
  }

  #ask(question: AnyQuestion, settle: (outcome: Reply | Refused) => void): void {
    const rid = this.#questions.add(question.t, settle);
    if (rid === undefined) settle({ t: 'refused', code: 'too-fast' });
    else this.#send(encodeControl({ ...question, rid }));
  }

  get #quietMs(): number {
    return this.#clock.now() - this.#lastHeard;
  }

  /** Whoever is there answers soon: the machine has slept, or come into another network. */
  #hurry(): void {
    this.#lastHeard = Math.min(this.#lastHeard, this.#clock.now() - SILENCE_MS + DOUBT_MS);
  }

  #watchSilence(): void {
    if (this.#quietMs >= LOOK_MS && this.#transport?.stranded) this.#hurry();
    const quietMs = this.#quietMs;
    const verdict = silence(quietMs);
    if (verdict === 'dead') {
      this.#drop('timeout', 1000);
      return;
    }
    this.#timer.set(verdict === 'ping' ? LOOK_MS : Math.min(LOOK_MS, PING_MS - quietMs), () =>
      this.#watchSilence(),
    );
    // Last, since a question that is too much for the link ends the watch.
    if (verdict === 'ping') this.#ask({ t: 'ping' }, () => undefined);
  }

  #sendOnline(encode: () => Uint8Array): boolean {
    if (this.#phase.phase !== 'online') return false;
    this.#send(encode());
    return true;
  }

  #send(frame: Uint8Array): void {
    this.#transport?.send(frame);
    if (this.buffered > MAX_LINK_BACKLOG) this.#drop('slow-consumer', 1000);
  }

  #emit(event: LinkEvent): void {
    this.#listeners.tell(event);
  }
}
