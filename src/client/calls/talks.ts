import type { HostMessage, MemberMessage } from '../../shared/room/messages.ts';
import type { ConversationEnd, ConversationOptions } from './member-conversation.ts';
import type { CallStep } from '../session-events.ts';

/** A call to the host, and the conversation that comes of it. */
export interface Talk {
  /** False when it cannot leave now. */
  send(message: MemberMessage): boolean;
  hangUp(): void;
}

export type CallOptions = Pick<ConversationOptions, 'code' | 'hello' | 'listener'>;

export interface TalksParts<Line> {
  readonly call: (line: Line, options: CallOptions) => Talk;
  readonly hello: CallOptions['hello'];
  readonly listener: {
    calling(step: CallStep): void;
    /** `welcomed`: in this talk. */
    message(message: HostMessage, welcomed: boolean): void;
    cast(payload: Uint8Array): void;
    ended(code: ConversationEnd, welcomed: boolean, retryMs?: number): void;
    /** The talk is the one over this line now, and waits for its welcome. */
    moved(line: Line): void;
    notMoved(): void;
  };
}

/** The talk with a host, the call over another line that is to take over, and the talk that it took over from. */
export class Talks<Line> {
  readonly #parts: TalksParts<Line>;
  #current: Talk | undefined;
  #next: Talk | undefined;
  #last: Talk | undefined;
  #welcomedIn: Talk | undefined;

  constructor(parts: TalksParts<Line>) {
    this.#parts = parts;
  }

  /** Whether or not the host has answered yet. */
  get current(): Talk | undefined {
    return this.#current;
  }

  get isMoving(): boolean {
    return this.#next !== undefined;
  }

  begin(line: Line, code: Uint8Array | undefined): void {
    this.#current = this.#call(line, code);
  }

  /** Calls the host over another line while the talk goes on; what fails then is the move, not the talk. */
  move(line: Line, code: Uint8Array | undefined): void {
    this.#next = this.#call(line, code);
  }

  /** The host has let us in: nothing more is to come of the talk before. */
  welcomed(): void {
    this.#welcomedIn = this.#current;
    this.#last?.hangUp();
    this.#last = undefined;
  }

  stayHere(): void {
    this.#next?.hangUp();
    this.#next = undefined;
  }

  hangUp(): void {
    const talks = [this.#current, this.#next, this.#last];
    this.#current = undefined;
    this.#next = undefined;
    this.#last = undefined;
    for (const talk of talks) talk?.hangUp();
  }

  #call(line: Line, code: Uint8Array | undefined): Talk {
    const { call, hello, listener } = this.#parts;
    const talk: Talk = call(line, {
      code,
      hello: () => {
        // Our copy of the log stands still from here on: the new welcome goes on where it ends.
        if (this.#next === talk) this.#takeOver(talk, line);
        return hello();
      },
      listener: {
        called: (step) => listener.calling(step),
        message: (message) => {
          if (this.#current === talk) listener.message(message, this.#welcomedIn === talk);
        },
        cast: (payload) => {
          if (this.#current === talk) listener.cast(payload);
        },
        ended: (end, retryMs) => {
          if (this.#current === talk) return listener.ended(end, this.#welcomedIn === talk, retryMs);
          if (this.#next !== talk) return;
          this.#next = undefined;
          listener.notMoved();
        },
      },
    });
    return talk;
  }

  #takeOver(talk: Talk, line: Line): void {
    this.#last = this.#current;
    this.#current = talk;
    this.#next = undefined;
    this.#parts.listener.moved(line);
  }
}
