import {
  encodeControl,
  encodeSend,
  type Frame,
  type LoginPurpose,
  type Reply,
  type Request,
  type RequestOf,
} from '../../../src/shared/public.ts';
import { Inbox } from './inbox.ts';

/** The relay's end of a connection, of whatever kind. */
export interface CallerLine {
  send(bytes: Uint8Array): void;
  close(code: number): void;
  /** Both ends notice that there is no connection any more. */
  cut(): void;
}

/** A connected client, as the relay sees it. */
export class Caller {
  /** Empty before the login. */
  key: Uint8Array = new Uint8Array();
  purpose: LoginPurpose | undefined;
  readonly heard = new Inbox<Frame<Request>>(describe);
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #line: CallerLine;

  constructor(line: CallerLine, closed: Promise<number>) {
    this.#line = line;
    this.closed = closed;
  }

  say(message: Reply): void {
    this.bytes(encodeControl(message));
  }

  send(circuit: number, payload: Uint8Array): void {
    this.bytes(encodeSend(circuit, payload));
  }

  bytes(frame: Uint8Array): void {
    this.#line.send(frame);
  }

  close(code: number): void {
    this.#line.close(code);
  }

  cut(): void {
    this.#line.cut();
  }

  hears<Name extends Request['t']>(name: Name, from = 0): Promise<RequestOf<Name>> {
    return this.heard.find(
      (frame) => (frame.type === 'control' && isRequest(frame.message, name) ? frame.message : undefined),
      from,
    );
  }

  /** All requests of that name so far. */
  requests<Name extends Request['t']>(name: Name): readonly RequestOf<Name>[] {
    return this.heard.all.flatMap((frame) =>
      frame.type === 'control' && isRequest(frame.message, name) ? [frame.message] : [],
    );
  }

  /** The last request of that name, which must have come. */
  last<Name extends Request['t']>(name: Name): RequestOf<Name> {
    const found = this.requests(name).at(-1);
    if (!found) throw new Error(`no ${name} was heard`);
    return found;
  }
}

function isRequest<Name extends Request['t']>(message: Request, name: Name): message is RequestOf<Name> {
  return message.t === name;
}

function describe(frame: Frame<Request>): string {
  return frame.type === 'control' ? frame.message.t : frame.type;
}
