import type { Clock } from '../../link/clock.ts';
import { Link, type LinkEvent } from '../../link/link.ts';
import type { LinkReason } from '../../link/link-state.ts';
import type { AnswerTo, AnyQuestion, Refused, Statement } from '../../link/questions.ts';
import type { Dialler } from '../../link/transport.ts';
import { blindRoom, randomBytes, type Signer } from '../../shared/crypto/sign.ts';
import type { RefusalCode } from '../../shared/errors.ts';
import { idBytes, relayId, type RelayId } from '../../shared/ids.ts';
import { sanitizeLine } from '../../shared/text.ts';
import type { Reply } from '../../shared/wire/control.ts';
import type { PeopleArchive } from '../archive/archive.ts';
import type { RelayInfo, Via } from '../session-events.ts';
import type { Absence } from './host-line.ts';
import { isOurLogin } from './login-ends.ts';
import { defined } from '../../shared/defined.ts';

/** Why a circuit ended; `host-away` where nobody gave a reason. */
export type CircuitEnd = RefusalCode | 'unreachable' | 'timeout';

/** What a circuit brings. Payloads are views of the received frame. */
export interface CircuitListener {
  data(payload: Uint8Array): void;
  cast(payload: Uint8Array): void;
  ended(code: CircuitEnd, retryMs?: number): void;
}

/** One call to a room's host through this relay. */
export interface Circuit {
  /** For the handshake's prologue. */
  readonly conv: Uint8Array;
  readonly relay: Uint8Array;
  /** False when the relay is gone. */
  send(payload: Uint8Array): boolean;
  /** The listener hears nothing after it. */
  hangUp(code?: RefusalCode): void;
}

export interface RelayListener {
  /** State, name or round trip are others now. */
  changed(): void;
  online(): void;
  offline(): void;
  control(message: Reply): void;
  signedInElsewhere(): void;
}

export interface RelayConnectionOptions {
  readonly url: string;
  readonly via: Via;
  readonly signer: Signer;
  readonly dialler: Dialler;
  readonly clock: Clock;
  readonly pins: Pick<PeopleArchive, 'relayPin' | 'pinRelay'>;
  readonly app?: string | undefined;
  /** Another connection of ours has this relay, under another address. */
  readonly reachedAlready: (id: RelayId) => boolean;
  /** Another connection of ours is just logging in there. */
  readonly overtaken: (id: RelayId) => boolean;
  readonly listener: RelayListener;
}

/** One relay this client uses: its link, its circuits, and what is shown of it. */
export class RelayConnection {
  readonly url: string;
  readonly via: Via;
  readonly #link: Link;
  readonly #options: RelayConnectionOptions;
  readonly #circuits = new Map<number, CircuitListener>();
  readonly #handles = new Map<number, CircuitListener>();
  #reason: LinkReason | undefined;
  #ms: number | undefined;
  #keyChanged = false;
  #claimed: RelayId | undefined;
  #twinOf: RelayId | undefined;

  constructor(options: RelayConnectionOptions) {
    this.#options = options;
    this.url = options.url;
    this.via = options.via;
    this.#link = new Link({
      url: options.url,
      purpose: 'member',
      signer: options.signer,
      dialler: options.dialler,
      clock: options.clock,
      pinnedRelay: (id) => this.#isPinned(relayId(id)),
      reachedAlready: (id) => {
        this.#claimed = relayId(id);
        this.#twinOf = options.reachedAlready(this.#claimed) ? this.#claimed : undefined;
        return this.#twinOf !== undefined;
      },
      ...defined({ app: options.app }),
    });
    this.#link.onEvent((event) => this.#hear(event));
  }

  open(): void {
    this.#link.open();
  }

  get state(): Link['state'] {
    return this.#link.state;
  }

  get online(): boolean {
    return this.#link.state === 'online';
  }

  /** Whoever answers under this URL is not the relay of the first time. */
  get keyChanged(): boolean {
    return this.#keyChanged;
  }

  get absence(): Absence {
    return this.#keyChanged ? 'changed-key' : 'unreachable';
  }

  /** What the relay says it is, before it has proved it. */
  get claimed(): RelayId | undefined {
    return this.#claimed;
  }

  /** The relay that another connection of ours has already; this one ended when it saw that. */
  get twinOf(): RelayId | undefined {
    return this.#twinOf;
  }

  /** What it takes from this connection; undefined until it has said so, and 0 where it does not. */
  get framesPerSecond(): number | undefined {
    return this.#link.hello?.limits.framesPerSecond;
  }

  /** As `framesPerSecond`. */
  get bytesPerSecond(): number | undefined {
    return this.#link.hello?.limits.bytesPerSecond;
  }

  /** What its operator wants read, not sanitised. */
  get terms(): string | undefined {
    return this.#link.hello?.terms;
  }

  get info(): RelayInfo {
    const { relayId: id, hello, state } = this.#link;
    const name = sanitizeLine(hello?.name ?? '');
    const reason = this.#keyChanged ? 'changed-key' : this.#reason;
    return {
      url: this.url,
      via: this.via,
      state,
      ...defined({ id }),
      ...(name === '' ? {} : { name }),
      ...(this.#ms === undefined ? {} : { ms: this.#ms }),
      ...(reason === undefined || state === 'online' ? {} : { reason }),
    };
  }

  ask<Asked extends AnyQuestion>(
    question: Asked,
    answered?: (outcome: AnswerTo<Asked['t']> | Refused) => void,
  ): Promise<AnswerTo<Asked['t']> | Refused> {
    return this.#link.request(question, answered);
  }

  tell(statement: Statement): boolean {
    return this.#link.tell(statement);
  }

  /** `dialled` runs before anything of the circuit is heard. */
  async dial(
    room: Uint8Array,
    listener: CircuitListener,
    dialled: (circuit: Circuit) => void,
  ): Promise<Refused | undefined> {
    const conv = randomBytes(16);
    // Whoever announced itself nearby learns of no room that it does not have: to know a private one is to get in.
    const named = this.via === 'lan' ? blindRoom(room) : room;
    const outcome = await this.#link.request({ t: 'dial', room: named, conv }, (answer) => {
      const relay = this.#link.relayId;
      if (answer.t === 'refused' || !relay) return;
      dialled(this.#circuit(answer, conv, idBytes(relay), listener));
    });
    return outcome.t === 'refused' ? { ...outcome, code: ofCircuit(outcome.code) } : undefined;
  }

  async ping(): Promise<number | undefined> {
    const start = this.#options.clock.now();
    const answer = await this.#link.request({ t: 'ping' });
    if (answer.t === 'refused') return undefined;
    this.#ms = Math.max(0, Math.round((this.#options.clock.now() - start) * 10) / 10);
    this.#options.listener.changed();
    return this.#ms;
  }

  async close(): Promise<void> {
    await this.#link.close();
    this.#endCircuits('unreachable');
  }

  #circuit(
    { circuit, handle }: AnswerTo<'dial'>,
    conv: Uint8Array,
    relay: Uint8Array,
    listener: CircuitListener,
  ): Circuit {
    this.#circuits.set(circuit, listener);
    this.#handles.set(handle, listener);
    return {
      conv,
      relay,
      send: (payload) => this.#circuits.get(circuit) === listener && this.#link.sendData(circuit, payload),
      hangUp: (code) => {
        if (this.#circuits.get(circuit) !== listener) return;
        this.#drop(circuit, listener);
        this.#link.tell({ t: 'hangup', circuit, ...defined({ code }) });
      },
    };
  }

  #drop(circuit: number, listener: CircuitListener): void {
    this.#circuits.delete(circuit);
    for (const [handle, one] of this.#handles) if (one === listener) this.#handles.delete(handle);
  }

  #hear(event: LinkEvent): void {
    const { listener } = this.#options;
    switch (event.type) {
      case 'online':
        this.#reason = undefined;
        listener.changed();
        listener.online();
        break;
      case 'offline':
        this.#reason = event.reason;
        this.#endCircuits('unreachable');
        listener.offline();
        listener.changed();
        break;
      case 'closed':
        this.#reason = event.code;
        this.#endCircuits(event.code);
        if (event.code === 'signed-in-elsewhere') this.#signedInElsewhere();
        listener.offline();
        listener.changed();
        break;
      case 'data':
        this.#circuits.get(event.circuit)?.data(event.payload);
        break;
      case 'cast':
        this.#handles.get(event.handle)?.cast(event.payload);
        break;
      case 'control':
        if (event.message.t === 'hangup') this.#hungUp(event.message);
        else listener.control(event.message);
        break;
    }
  }

  /** By another process, or by ourselves over another address of the same relay. */
  #signedInElsewhere(): void {
    const { overtaken, listener } = this.#options;
    const id = this.#link.relayId ?? this.#claimed;
    if (this.#twinOf === undefined && id !== undefined && overtaken(id)) this.#twinOf = id;
    if (this.#twinOf === undefined) listener.signedInElsewhere();
  }

  #hungUp({ circuit, code, retryMs }: Extract<Reply, { t: 'hangup' }>): void {
    const listener = this.#circuits.get(circuit);
    if (!listener) return;
    this.#drop(circuit, listener);
    // Nobody gave a reason: the host's side is simply gone.
    listener.ended(ofCircuit(code ?? 'host-away'), retryMs);
  }

  #endCircuits(code: CircuitEnd): void {
    const listeners = [...this.#circuits.values()];
    this.#circuits.clear();
    this.#handles.clear();
    for (const listener of listeners) listener.ended(code);
  }

  #isPinned(id: RelayId): boolean {
    // A relay on this machine or network has another key each time somebody starts one there.
    if (this.via === 'lan') return true;
    const pin = this.#options.pins.relayPin(this.url);
    if (pin === undefined) this.#options.pins.pinRelay(this.url, id);
    this.#keyChanged = pin !== undefined && pin !== id;
    return !this.#keyChanged;
  }
}

/** Of our login only the login itself tells. */
function ofCircuit<Code extends CircuitEnd>(code: Code): Code | 'host-away' {
  return isOurLogin(code) ? 'host-away' : code;
}
