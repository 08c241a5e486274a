import { randomBytes, makeRoomId } from '../../src/shared/crypto/sign.ts';
import { encodeCast, encodeSend, DATA_HEADER_BYTES } from '../../src/shared/wire/codec.ts';
import { BenchLink, BenchSocket, maskedFrame } from './bench-socket.ts';
import { compiled } from './native.ts';
import { startNode, startProgram, type Server } from './server-process.ts';

/** Connections that are being opened at a time. */
const LINES = 32;

/** One sender and those who get what it says, connected and logged in. */
export interface Group {
  readonly sender: BenchSocket;
  readonly receivers: readonly BenchSocket[];
  /** One message as the sender puts it on the wire; its payload ends `stampFromEnd` bytes before its end. */
  readonly message: Buffer;
}

/** A server that takes a message of one connection to others. */
export interface Contender {
  readonly name: string;
  readonly framing: 'ws' | 'raw';
  /** Bytes of a delivery behind the payload, as the receiver sees it. */
  readonly stampFromEnd: number;
  /** The same in a sent message. */
  readonly sentFromEnd: number;
  /** The largest payload it takes. */
  readonly maxPayload?: number;
  available(): boolean;
  start(): Promise<Server>;
  open(port: number, index: number, receivers: number, payload: Buffer): Promise<Group>;
  /** What is still to be done once everybody is there. */
  settle?(sockets: readonly BenchSocket[]): Promise<void>;
  /** Bytes of one delivery: of the message for `ws`, of the stream for `raw`. */
  deliveryBytes(payloadBytes: number): number;
}

/** The relay, with a member's `send` to its host when `receivers` is 1 and `unicast` is asked for, else casts. */
export const relay: Contender = relayContender('relay', false);
export const relayUnicast: Contender = relayContender('relay', true);

export const plainWs = webSocketContender('plain ws loop', () => startNode('ws'));
export const floor = webSocketContender('C epoll floor', () => startProgram(compiled('floor'), []));

export const socketIo: Contender = {
  name: 'socket.io',
  framing: 'ws',
  stampFromEnd: 2,
  sentFromEnd: 2,
  available: () => true,
  start: () => startNode('socket.io'),
  async open(port, index, count, payload) {
    const join = async (role: 's' | 'r') => {
      const socket = new BenchSocket(port);
      await socket.upgrade(`/socket.io/?EIO=4&transport=websocket&group=${index}&role=${role}`);
      await socket.message();
      socket.write(maskedFrame(Buffer.from('40'), 1));
      await socket.message();
      return socket;
    };
    const receivers = await inTurn(count, () => join('r'));
    const sender = await join('s');
    return { sender, receivers, message: maskedFrame(Buffer.from(`42["say","${payload.toString()}"]`), 1) };
  },
  deliveryBytes: (payloadBytes) => payloadBytes + '42["said",""]'.length,
};

function relayContender(name: string, unicast: boolean): Contender {
  return {
    name,
    framing: 'ws',
    stampFromEnd: 0,
    sentFromEnd: 0,
    available: () => true,
    start: () => startNode('relay'),
    async open(port, _index, count, payload) {
      const host = await BenchLink.open(port, 'host');
      const nonce = randomBytes(16);
      const room = makeRoomId(host.signer.publicKey, nonce);
      host.tell({ t: 'open-room', rid: 2, room, nonce, maxMembers: Math.max(count, 1) });
      const { handle } = await host.expect('room-opened');
      let circuit = 0;
      const members = await inTurn(count, async () => {
        const member = await BenchLink.open(port, 'member');
        member.tell({ t: 'dial', rid: 2, room, conv: randomBytes(16) });
        ({ circuit } = await member.expect('dialled'));
        host.tell({ t: 'admit', circuit });
        return member;
      });
      await host.settled();
      await Promise.all(members.map((member) => member.settled()));
      const [member] = members;
      if (unicast && member)
        return { sender: member, receivers: [host], message: maskedFrame(encodeSend(circuit, payload)) };
      return { sender: host, receivers: members, message: maskedFrame(encodeCast(handle, payload)) };
    },
    deliveryBytes: (payloadBytes) => DATA_HEADER_BYTES + payloadBytes,
  };
}

function webSocketContender(name: string, start: () => Promise<Server>): Contender {
  return {
    name,
    framing: 'ws',
    stampFromEnd: 0,
    sentFromEnd: 0,
    available: () => true,
    start,
    async open(port, index, count, payload) {
      const join = async (role: 's' | 'r') => {
        const socket = new BenchSocket(port);
        await socket.upgrade(`/${index}/${role}`);
        return socket;
      };
      const receivers = await inTurn(count, () => join('r'));
      return { sender: await join('s'), receivers, message: maskedFrame(payload) };
    },
    deliveryBytes: (payloadBytes) => payloadBytes,
  };
}

/** One after the other in a few lines: servers refuse storms, and a bench of joins is another one. */
export async function inTurn<T>(count: number, open: () => Promise<T>, lines = LINES): Promise<T[]> {
  const opened: T[] = [];
  const line = async () => {
    while (opened.length + pending < count) {
      pending++;
      const one = await open();
      pending--;
      opened.push(one);
    }
  };
  let pending = 0;
  await Promise.all(Array.from({ length: lines }, line));
  return opened;
}
