import { randomBytes as random } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { encodeControl } from '../../src/shared/wire/codec.ts';

export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface RawFrame {
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly masked?: boolean;
  /** Written in place of the true length. */
  readonly claims?: bigint;
}

/** A frame as no honest peer writes it (RFC 6455 §5.2). */
export function frame({
  fin = true,
  rsv = 0,
  opcode,
  payload = Buffer.alloc(0),
  masked = true,
  claims,
}: RawFrame): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const length = Buffer.alloc(claims === undefined ? (payload.length < 126 ? 1 : 3) : 9);
  if (claims !== undefined) {
    length[0] = mask | 127;
    length.writeBigUInt64BE(claims, 1);
  } else if (payload.length < 126) {
    length[0] = mask | payload.length;
  } else {
    length[0] = mask | 126;
    length.writeUInt16BE(payload.length, 1);
  }
  const key = random(4);
  const body = Buffer.from(payload).map((byte, i) => byte ^ (masked ? (key[i % 4] ?? 0) : 0));
  return Buffer.concat([Buffer.from([first]), length, ...(masked ? [key] : []), body]);
}

const { more, text, binary, close, ping, pong } = opcodes;
const bytes = (...values: number[]) => Uint8Array.from(values);
const payload = encodeControl({ t: 'ping', rid: 1 });

/** What breaks the protocol of WebSockets whoever does it, and the code that answers it. */
export const violations: readonly [what: string, code: number, frames: readonly RawFrame[]][] = [
  [
    'reserved bit 1: nothing is compressed',
    1002,
    [{ rsv: 4, opcode: binary, payload: deflateRawSync(payload) }],
  ],
  ['reserved bit 2', 1002, [{ rsv: 2, opcode: binary, payload: payload }]],
  ['reserved bit 3', 1002, [{ rsv: 1, opcode: binary, payload: payload }]],
  ['reserved bits on a control frame', 1002, [{ rsv: 4, opcode: ping }]],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, number, RawFrame[]] => [
    `opcode ${opcode}`,
    1002,
    [{ opcode }],
  ]),
  ['a continuation of nothing', 1002, [{ opcode: more, payload: payload }]],
  [
    'a message inside a fragmented one',
    1002,
    [
      { fin: false, opcode: binary, payload: payload },
      { opcode: binary, payload: payload },
    ],
  ],
  [
    'a message inside a fragmented one, behind a ping',
    1002,
    [
      { fin: false, opcode: binary, payload: payload },
      { opcode: ping },
      { opcode: binary, payload: payload },
    ],
  ],
  ['a fragmented ping', 1002, [{ fin: false, opcode: ping, payload: bytes(1) }]],
  ['a fragmented pong', 1002, [{ fin: false, opcode: pong }]],
  ['a fragmented close', 1002, [{ fin: false, opcode: close, payload: bytes(3, 232) }]],
  ['a ping of 126 bytes', 1002, [{ opcode: ping, payload: new Uint8Array(126) }]],
  ['a close of 126 bytes', 1002, [{ opcode: close, payload: new Uint8Array(126).fill(3) }]],
  ['a close of one byte', 1002, [{ opcode: close, payload: bytes(3) }]],
  ['close code 0', 1002, [{ opcode: close, payload: bytes(0, 0) }]],
  ['close code 1005, which nobody may send', 1002, [{ opcode: close, payload: bytes(3, 237) }]],
  ['close code 1006, which nobody may send', 1002, [{ opcode: close, payload: bytes(3, 238) }]],
  ['close code 5000', 1002, [{ opcode: close, payload: bytes(19, 136) }]],
  ['bad UTF-8 in a close reason', 1007, [{ opcode: close, payload: bytes(3, 232, 0xc3, 0x28) }]],
  ['a text message', 1003, [{ opcode: text, payload: Buffer.from('hello') }]],
  ['a text message that is no UTF-8', 1007, [{ opcode: text, payload: bytes(0xff, 0xfe) }]],
  ['a length of 2^53 and more', 1009, [{ opcode: binary, claims: 2n ** 53n }]],
  ['a length of 2^63', 1009, [{ opcode: binary, claims: 2n ** 63n }]],
  ['a length of 4 GiB', 1009, [{ opcode: binary, claims: 2n ** 32n }]],
  ['a length of 64 KiB and a byte', 1009, [{ opcode: binary, claims: 65_537n }]],
  [
    'fragments of more than 64 KiB in all',
    1009,
    [
      { fin: false, opcode: binary, payload: new Uint8Array(40_000) },
      { opcode: more, payload: new Uint8Array(40_000) },
    ],
  ],
  [
    '17 fragments',
    1008,
    Array.from({ length: 17 }, (_, i) => ({ fin: i === 16, opcode: i ? more : binary, payload: bytes(1) })),
  ],
  [
    'empty fragments without end',
    1008,
    Array.from({ length: 40 }, (_, i) => ({ fin: false, opcode: i ? more : binary })),
  ],
];
