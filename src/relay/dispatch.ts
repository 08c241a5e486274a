import { ProtocolError, type Rejection } from '../shared/errors.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';
import { DATA_HEADER_BYTES, decodeRequest, frameTypes } from '../shared/wire/codec.ts';
import type { Reply, Request, RequestName, RequestOf } from '../shared/wire/control.ts';
import type { LoginPurpose } from '../shared/wire/login.ts';
import type { Connection } from './connection.ts';
import type { Directory } from './directory.ts';
import type { Accounts } from './handlers/accounts.ts';
import type { Circuits } from './handlers/circuits.ts';
import type { Logins } from './handlers/login.ts';
import type { Post } from './handlers/post.ts';
import type { Rooms } from './handlers/rooms.ts';
import type { Login } from './registry.ts';
import { stackOf, type Logger } from './log.ts';
import { messageStart, type ServerFrame } from './server-frame.ts';

/** A message, a refusal that becomes an `error` with the request's `rid`, or nothing (yet). */
export type Answer = Reply | Rejection | undefined;

/** `cost` is what it takes from the frame budget beyond its own frame. */
type Row<Name extends RequestName> =
  | {
      /** Only before login. */
      readonly requires: 'nobody';
      readonly cost: 0;
      handle(from: Connection, request: RequestOf<Name>): Answer;
    }
  | {
      readonly requires: 'anybody' | LoginPurpose;
      readonly cost: number;
      handle(from: Connection, request: RequestOf<Name>, who: Login): Answer | Promise<Answer>;
    };

type Table = { readonly [Name in RequestName]: Row<Name> };

export interface Handlers {
  readonly logins: Logins;
  readonly directory: Directory;
  readonly rooms: Rooms;
  readonly circuits: Circuits;
  readonly post: Post;
  readonly accounts: Accounts;
}

function tableOf({ logins, directory, rooms, circuits, post, accounts }: Handlers): Table {
  const done = (rid: number): Answer => ({ t: 'ok', rid });
  return {
    login: { requires: 'nobody', cost: 0, handle: (from, request) => logins.login(from, request) },
    ping: { requires: 'anybody', cost: 0, handle: (_, { rid }) => ({ t: 'pong', rid }) },
    watch: { requires: 'anybody', cost: 4, handle: (from, { rid }) => directory.watch(from, rid) },
    unwatch: {
      requires: 'anybody',
      cost: 0,
      handle: (from, { rid }) => {
        directory.unwatch(from);
        return done(rid);
      },
    },
    'open-room': {
      requires: 'host',
      cost: 2,
      handle: (from, request, who) => rooms.open(from, request, who),
    },
    renew: { requires: 'host', cost: 0, handle: (from, request) => rooms.renew(from, request) },
    update: { requires: 'host', cost: 1, handle: (from, request, who) => rooms.update(from, request, who) },
    'close-room': { requires: 'host', cost: 0, handle: (from, request) => rooms.close(from, request) },
    dial: { requires: 'member', cost: 1, handle: (from, request, who) => circuits.dial(from, request, who) },
    admit: { requires: 'host', cost: 0, handle: (from, request) => circuits.admit(from, request) },
    hangup: { requires: 'anybody', cost: 0, handle: (from, request) => circuits.hangup(from, request) },
    'put-prekey': { requires: 'member', cost: 2, handle: (_, request, who) => post.putPrekey(request, who) },
    'get-prekey': { requires: 'member', cost: 0, handle: (_, request, who) => post.getPrekey(request, who) },
    'put-mail': {
      requires: 'member',
      cost: 1,
      handle: (from, request, who) => post.putMail(from, request, who),
    },
    block: { requires: 'member', cost: 1, handle: (_, request, who) => post.block(request, who) },
    unblock: { requires: 'member', cost: 1, handle: (_, request, who) => post.unblock(request, who) },
    'ack-mail': {
      requires: 'member',
      cost: 0,
      handle: (from, request, who) => post.ackMail(from, request, who),
    },
    'return-mail': {
      requires: 'member',
      cost: 0,
      handle: (from, request, who) => post.ackMail(from, request, who),
    },
    'ack-receipts': {
      requires: 'member',
      cost: 0,
      handle: (from, request, who) => post.ackReceipts(from, request, who),
    },
    'claim-name': {
      requires: 'member',
      cost: 4,
      handle: (from, request, who) => accounts.claim(from, request, who),
    },
    lookup: { requires: 'member', cost: 1, handle: (_, request, who) => accounts.lookup(request, who) },
    'search-names': {
      requires: 'member',
      cost: 4,
      handle: (from, request) => accounts.search(from, request),
    },
    'release-name': {
      requires: 'member',
      cost: 2,
      handle: (from, request, who) => accounts.release(from, request, who),
    },
    'put-backup': {
      requires: 'member',
      cost: 4,
      handle: (_, request, who) => accounts.putBackup(request, who),
    },
    'ask-backup': {
      requires: 'member',
      cost: 1,
      handle: (from, request) => accounts.askBackup(from, request),
    },
    'get-backup': {
      requires: 'member',
      cost: 4,
      handle: (from, request) => accounts.getBackup(from, request),
    },
  };
}

/** From the bytes of one message to whoever handles it. */
export class Dispatch {
  readonly #table: Table;
  readonly #circuits: Circuits;
  readonly #log: Logger;

  constructor(handlers: Handlers, log: Logger) {
    this.#table = tableOf(handlers);
    this.#circuits = handlers.circuits;
    this.#log = log;
  }

  /** Payloads of `send` and `cast` are neither read nor copied here. */
  receive(from: Connection, frame: ServerFrame): void {
    try {
      const start = messageStart(frame);
      const type = frame[start];
      if (type === frameTypes.control) this.#control(from, frame.subarray(start + 1));
      else if (type !== frameTypes.send && type !== frameTypes.cast)
        throw new ProtocolError('unknown frame type');
      else if (frame.length - start <= DATA_HEADER_BYTES) throw new ProtocolError('frame without a payload');
      else if (!from.login) from.say({ t: 'error', code: 'not-allowed', fatal: false });
      else if (type === frameTypes.send) this.#circuits.forward(from, frame.readUInt32BE(start + 1), frame);
      else this.#circuits.cast(from, frame.readUInt32BE(start + 1), frame);
    } catch (error) {
      this.#failed(from, error);
    }
  }

  #control(from: Connection, body: Buffer): void {
    const request = decodeRequest(body);
    const answer = this.#handle(from, request);
    if (answer instanceof Promise) {
      answer.then(
        (late) => this.#answer(from, request, late),
        (error: unknown) => this.#failed(from, error),
      );
    } else {
      this.#answer(from, request, answer);
    }
  }

  #handle<Name extends RequestName>(
    from: Connection,
    request: RequestOf<Name> & { t: Name },
  ): Answer | Promise<Answer> {
    const row: Row<Name> = this.#table[request.t];
    const login = from.login;
    if (row.requires === 'nobody') {
      if (login) throw new ProtocolError('a second login');
      return row.handle(from, request);
    }
    if (!login) return { code: 'not-allowed' };
    if (row.requires !== 'anybody' && row.requires !== login.purpose) return { code: 'not-allowed' };
    from.charge(row.cost);
    return row.handle(from, request, login);
  }

  #answer(from: Connection, request: Request, answer: Answer): void {
    if (!answer) return;
    if ('t' in answer) from.say(answer);
    else from.say({ t: 'error', ...('rid' in request ? { rid: request.rid } : {}), ...answer, fatal: false });
  }

  #failed(from: Connection, error: unknown): void {
    if (error instanceof ProtocolError) {
      // Its message may quote what the peer sent.
      this.#log.debug('protocol-error', { connection: from.id, code: error.code });
      from.refuse(
        { code: error.code },
        error.code === 'too-large' ? closeCodes.tooBig : closeCodes.protocolError,
      );
      return;
    }
    this.#log.error('bug', { connection: from.id, stack: stackOf(error) });
    from.refuse({ code: 'internal' }, closeCodes.internal);
  }
}
