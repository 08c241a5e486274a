import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchLink, maskedFrame } from '../../bench/relay/bench-socket.ts';
import { makeRoomId, randomBytes } from '../../src/shared/crypto/sign.ts';
import { encodeCast, encodeSend } from '../../src/shared/wire/codec.ts';

/*
 * What the relay's hot path costs, in counts that are the same on every machine. The heap figures were read off this test
 * when the path was last made cheaper; whoever makes it cheaper again lowers them.
 */
const MEMBERS = 100;
const BURST = 64;
const PAYLOAD = randomBytes(200);
const LARGE_PAYLOAD = randomBytes(48 * 1_024);
const TOLERANCE = 1.15;
const known = {
  castToOne: { writes: 1, heapBytes: 92, bufferBytes: 2.2 },
  // A third of the bytes where the kernel gives it to the relay in one read.
  castOfMuch: { writes: 1, heapBytes: 93, bufferBytes: 1_450 },
  castInBurst: { writes: 1 / BURST, heapBytes: 8, bufferBytes: 4.6 },
  send: { writes: 1, heapBytes: 1_565, bufferBytes: 190 },
};

interface Cost {
  readonly writes: number;
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

const ROUNDS = 50;
/** Small buffers are cut from pieces of 64 KiB; that one is begun just while it is counted says nothing. */
const PIECES_BYTES = 2 * 65_536;
/** No optimising compiler, no collection in the middle. */
const COUNTABLE = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--min-semi-space-size=512',
  '--max-semi-space-size=512',
];

let relay: ChildProcess;
let port: number;
const links: BenchLink[] = [];

beforeAll(async () => {
  const script = fileURLToPath(new URL('../support/counted-relay.ts', import.meta.url));
  relay = fork(script, [], { execArgv: COUNTABLE });
  ({ port } = await answer<{ port: number }>());
});

afterAll(async () => {
  for (const { socket } of links) socket.destroy();
  const ended = once(relay, 'exit');
  relay.disconnect();
  await ended;
});

describe('the cost of a delivery', () => {
  it('is one write, with little memory taken, for a lone message to each of 100 members', async () => {
    const { host, members, cast } = await room(MEMBERS);
    const one = async () => {
      host.write(maskedFrame(cast));
      await Promise.all(members.map((member) => member.message()));
    };
    const cost = await costOf(one);
    expect(excess(cost, known.castToOne)).toEqual([]);
  });

  it('is one write for a large message, too', async () => {
    const { host, members, handle } = await room(MEMBERS);
    const frame = maskedFrame(encodeCast(handle, LARGE_PAYLOAD));
    const one = async () => {
      host.write(frame);
      await Promise.all(members.map((member) => member.message()));
    };
    const cost = await costOf(one);
    expect(excess(cost, known.castOfMuch)).toEqual([]);
  });

  it('is a small part of a write for messages that come together', async () => {
    const { host, members, cast } = await room(MEMBERS);
    const burst = Buffer.concat(Array.from({ length: BURST }, () => maskedFrame(cast)));
    const many = async () => {
      host.write(burst);
      await Promise.all(
        members.map(async (member) => {
          for (let n = 0; n < BURST; n++) await member.message();
        }),
      );
    };
    const cost = await costOf(many, BURST);
    expect(excess(cost, known.castInBurst)).toEqual([]);
  });

  it('is one write for what a member sends to its host', async () => {
    const { host, members, circuits } = await room(1);
    const [member] = members;
    if (!member) throw new Error('no member');
    const send = encodeSend(circuits[0] ?? 0, PAYLOAD);
    const cost = await costOf(async () => {
      for (let n = 0; n < MEMBERS; n++) {
        member.write(maskedFrame(send));
        await host.message();
      }
    });
    expect(excess(cost, known.send)).toEqual([]);
  });
});

/** For each of `deliveries` x 100 that one call makes, after some calls that are not counted. */
async function costOf(work: () => Promise<void>, deliveries = 1): Promise<Cost> {
  for (let round = 0; round < ROUNDS; round++) await work();
  await count();
  for (let round = 0; round < ROUNDS; round++) await work();
  const cost = await count();
  const all = ROUNDS * MEMBERS * deliveries;
  return {
    writes: cost.writes / all,
    heapBytes: cost.heapBytes / all,
    bufferBytes: Math.max(0, cost.bufferBytes - PIECES_BYTES) / all,
  };
}

/** What costs more than it did. */
function excess(cost: Cost, limit: Cost): readonly string[] {
  return (['writes', 'heapBytes', 'bufferBytes'] as const)
    .filter((kind) => cost[kind] > limit[kind] * TOLERANCE)
    .map((kind) => `${kind} ${cost[kind]}, was ${limit[kind]}`);
}

function count(): Promise<Cost> {
  relay.send('count');
  return answer<Cost>();
}

async function answer<T>(): Promise<T> {
  const [message] = (await once(relay, 'message')) as [T];
  return message;
}

async function room(size: number) {
  const host = await BenchLink.open(port, 'host');
  const nonce = randomBytes(16);
  const id = makeRoomId(host.signer.publicKey, nonce);
  host.tell({ t: 'open-room', rid: 2, room: id, nonce, maxMembers: size });
  const { handle } = await host.expect('room-opened');
  const members: BenchLink[] = [];
  const circuits: number[] = [];
  for (let n = 0; n < size; n++) {
    const member = await BenchLink.open(port, 'member');
    member.tell({ t: 'dial', rid: 2, room: id, conv: randomBytes(16) });
    const { circuit } = await member.expect('dialled');
    host.tell({ t: 'admit', circuit });
    members.push(member);
    circuits.push(circuit);
  }
  await host.settled();
  for (const member of members) await member.settled();
  links.push(host, ...members);
  return { host, members, circuits, handle, cast: encodeCast(handle, PAYLOAD) };
}
