// Attacks a relay on this machine with everything at once, its port as argument, then `short` to leave out
// those that take longer than ten seconds; says on stdout how each attack ended.
import { SECOND } from '../../src/shared/limits.ts';
import { Attackers, maskedFrame, pour, upgrade } from './flood.ts';

const BINARY = 2;
const PING = 9;
const some = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** When the relay has to have ended a connection that does this, and how one does it. */
type Attack = readonly [what: string, endedWithinMs: number, (attackers: Attackers) => Promise<number>[]];

// Each uses networks of its own, so that no limit by network spares the relay the next.
const attacks: readonly Attack[] = [
  ['sockets that say nothing', 7 * SECOND, (all) => some(200, (i) => all.call(10 + (i % 4)))],
  [
    'headers that come a letter at a time',
    7 * SECOND,
    (all) =>
      some(40, (i) =>
        all.call(20 + (i % 2), 'GET /tc HTTP/1.1\r\n', (socket) => {
          const timer = setInterval(() => socket.write('x'), 200);
          socket.on('close', () => clearInterval(timer));
        }),
      ),
  ],
  [
    'upgrades that end half way',
    7 * SECOND,
    (all) => some(40, (i) => all.call(30 + (i % 2), upgrade().slice(0, -2))),
  ],
  [
    'callers who never log in',
    13 * SECOND,
    (all) => some(40, (i) => all.upgraded(40 + (i % 5), () => undefined)),
  ],
  [
    'floods of frames before login',
    5 * SECOND,
    (all) =>
      some(24, (i) =>
        all.upgraded(50 + (i % 3), (socket) => pour(socket, maskedFrame(BINARY, new Uint8Array(60_000)))),
      ),
  ],
  [
    'floods of pings by somebody who reads no pongs',
    5 * SECOND,
    (all) =>
      some(24, (i) =>
        all.upgraded(60 + (i % 3), (socket) => {
          socket.pause();
          pour(socket, Buffer.concat(some(200, () => maskedFrame(PING, new Uint8Array(125)))));
          setTimeout(() => socket.resume(), 2_500);
        }),
      ),
  ],
  [
    'fragments without end',
    5 * SECOND,
    (all) =>
      some(24, (i) =>
        all.upgraded(70 + (i % 3), (socket) => {
          socket.write(maskedFrame(BINARY, new Uint8Array(1), { fin: false }));
          pour(socket, Buffer.concat(some(2_000, () => maskedFrame(0, new Uint8Array(1), { fin: false }))));
        }),
      ),
  ],
  [
    'giant lengths',
    5 * SECOND,
    (all) =>
      some(24, (i) =>
        all.upgraded(80 + (i % 3), (socket) => {
          socket.write(maskedFrame(BINARY, new Uint8Array(1), { claims: 2 ** 52 }));
          pour(socket, new Uint8Array(60_000));
        }),
      ),
  ],
  [
    'web pages',
    5 * SECOND,
    (all) => some(100, (i) => all.call(90 + (i % 4), upgrade('origin: https://evil.example\r\n'))),
  ],
  [
    'more connections than a network may open',
    13 * SECOND,
    (all) => some(100, () => all.upgraded(100, () => undefined)),
  ],
];

export interface Ended {
  readonly what: string;
  readonly withinMs: number;
  readonly ms: number;
}

const attackers = new Attackers(Number(process.argv[2]));
const ended: Ended[] = await Promise.all(
  attacks
    .filter(([, endedWithinMs]) => process.argv[3] !== 'short' || endedWithinMs < 10 * SECOND)
    .map(async ([what, withinMs, attack]) => ({
      what,
      withinMs,
      ms: Math.round(Math.max(...(await Promise.all(attack(attackers))))),
    })),
);
process.stdout.write(JSON.stringify(ended));
