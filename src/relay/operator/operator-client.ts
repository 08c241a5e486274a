import { connect, type Socket } from 'node:net';
import { codeOf } from '../../shared/error-code.ts';
import type { OperatorAnswer, OperatorRequest } from './operator-requests.ts';
import { socketName } from './socket-name.ts';

/** Longest answer: a hundred thousand rooms. */
const MAX_ANSWER = 32 * 1_024 * 1_024;

type Waiting = (answer: OperatorAnswer | undefined) => void;

/** Talks to the relay that runs on this data folder. */
export class OperatorClient {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #rest: string[] = [];
  #size = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#received(text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const resolve of this.#waiting.splice(0)) resolve(undefined);
    });
  }

  /** Rejects with the system's error: `ENOENT` and `ECONNREFUSED` where no relay runs. */
  static open(path: string): Promise<OperatorClient> {
    return new Promise((resolve, reject) => {
      const { name, release } = socketName(path);
      const socket = connect(name);
      socket.once('error', (error) => {
        release();
        reject(error);
      });
      socket.once('connect', () => {
        release();
        socket.removeAllListeners('error');
        resolve(new OperatorClient(socket));
      });
    });
  }

  /** Undefined when the relay has gone away. */
  ask(request: OperatorRequest): Promise<OperatorAnswer | undefined> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed || !this.#socket.writable) {
        resolve(undefined);
        return;
      }
      this.#waiting.push(resolve);
      this.#socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(text: string): void {
    const pieces = text.split('\n');
    for (const [index, piece] of pieces.entries()) {
      this.#rest.push(piece);
      this.#size += piece.length;
      if (this.#size > MAX_ANSWER) this.#socket.destroy();
      if (index === pieces.length - 1) return;
      const line = this.#rest.join('');
      this.#rest = [];
      this.#size = 0;
      // Written by a relay of this user: what it says is as good as a file of theirs.
      this.#waiting.shift()?.(JSON.parse(line) as OperatorAnswer);
    }
  }
}

/** Whether `error` says that nobody listens. */
export function isNobody(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(codeOf(error));
}
