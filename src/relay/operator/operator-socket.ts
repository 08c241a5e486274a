import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import * as v from 'valibot';
import { codeOf } from '../../shared/error-code.ts';
import { jsonText } from '../../shared/json-text.ts';
import { MINUTE } from '../../shared/limits.ts';
import { stackOf, type Logger } from '../log.ts';
import type { Operator } from './operator.ts';
import {
  MAX_REQUEST_BYTES,
  operatorRequestSchema,
  type OperatorAnswer,
  type OperatorRequest,
} from './operator-requests.ts';
import { socketName } from './socket-name.ts';

/** Operators at a time. */
export const MAX_OPERATORS = 8;
/** An operator who asks nothing for this long is gone. */
const IDLE_MS = 10 * MINUTE;

export interface OperatorSocket {
  close(): Promise<void>;
}

/**
 * Answers this user's commands at a Unix socket, a line of JSON each. Undefined, and said in the log, where there can be
 * none: a relay works without.
 */
export async function startOperatorSocket(
  path: string,
  operator: () => Operator,
  log: Logger,
): Promise<OperatorSocket | undefined> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, operator(), log);
  });
  server.maxConnections = MAX_OPERATORS;
  const { name, release } = socketName(path);
  try {
    // Whoever holds the data folder holds this name in it: what is there was left by a relay that is gone.
    rmSync(path, { force: true });
    await listening(server, name);
    chmodSync(path, 0o600);
    server.on('error', (error) => log.warn('operator-socket-failed', { reason: codeOf(error) }));
  } catch (error) {
    server.close();
    release();
    log.warn('operator-socket-unavailable', { reason: codeOf(error) });
    return undefined;
  }
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.end();
        server.close(() => {
          release();
          resolve();
        });
      }),
  };
}

function listening(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: name, readableAll: false, writableAll: false }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One request at a time: the next is read when this one is answered. */
function serve(socket: Socket, operator: Operator, log: Logger): void {
  let rest = '';
  const answerAll = async (): Promise<void> => {
    socket.pause();
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      // A copy that began now would never be let go of.
      if (socket.destroyed) return;
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      const answer = await answerTo(line, operator, log);
      if (socket.writable) socket.write(`${jsonText(answer)}\n`);
    }
    if (rest.length > MAX_REQUEST_BYTES) socket.destroy();
    else socket.resume();
  };
  socket.setEncoding('utf8').setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('data', (text: string) => {
    rest += text;
    void answerAll();
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => operator.gone());
}

async function answerTo(line: string, operator: Operator, log: Logger): Promise<OperatorAnswer> {
  const request = requestIn(line);
  if (!request) return { ok: false, text: 'the relay does not know this command; is it of another version?' };
  try {
    return await operator.run(request);
  } catch (error) {
    // Nobody's room ends because somebody looked.
    log.error('bug', { command: request.command, stack: stackOf(error) });
    return { ok: false, text: 'the relay failed at this; its log has "bug" and where' };
  }
}

function requestIn(line: string): OperatorRequest | undefined {
  try {
    const parsed = v.safeParse(operatorRequestSchema, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
