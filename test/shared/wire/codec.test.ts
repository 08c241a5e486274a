import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../src/shared/cbor.ts';
import { concatBytes, u32be } from '../../../src/shared/bytes.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import { MAX_CONTROL_BYTES } from '../../../src/shared/limits.ts';
import {
  decodeFromClient,
  decodeFromRelay,
  encodeCast,
  encodeControl,
  encodeSend,
  type Frame,
} from '../../../src/shared/wire/codec.ts';
import { replySchemas, requestSchemas, type Reply, type Request } from '../../../src/shared/wire/control.ts';
import { arbitraryOf, mutationOf, readsOrRefuses } from '../../support/schema-arbitrary.ts';

const tables = [
  ...Object.entries(requestSchemas).map(([name, schema]) => ({
    name: `request ${name}`,
    schema,
    decode: decodeFromClient,
    other: decodeFromRelay,
  })),
  ...Object.entries(replySchemas).map(([name, schema]) => ({
    name: `reply ${name}`,
    schema,
    decode: decodeFromRelay,
    other: decodeFromClient,
  })),
];

function encodeFrame(frame: Frame<Request | Reply>): Uint8Array {
  if (frame.type === 'control') return encodeControl(frame.message);
  return frame.type === 'send'
    ? encodeSend(frame.circuit, frame.payload)
    : encodeCast(frame.handle, frame.payload);
}

describe.each(tables)('$name', ({ schema, decode, other }) => {
  const messages = arbitraryOf(schema) as fc.Arbitrary<Request | Reply>;

  it('is read back as it was written, in one encoding', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decode(encodeControl(message))).toEqual({ type: 'control', message });
      }),
      { numRuns: 40 },
    );
  });

  it('is refused with ProtocolError, or read as another value, when bytes change', () => {
    const mutations = messages.chain((message) => mutationOf(encodeControl(message)));
    fc.assert(
      fc.property(mutations, (bytes) => {
        expect(readsOrRefuses(bytes, decode, encodeFrame)).toBe(true);
        expect(readsOrRefuses(bytes, other, encodeFrame)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused with a key too many', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const frame = concatBytes(Uint8Array.of(1), encodeCbor({ ...message, extra: 1 }));
        expect(() => decode(frame)).toThrow(ProtocolError);
      }),
      { numRuns: 5 },
    );
  });
});

describe('data frames', () => {
  it('carry a u32 and the payload as it is, in both directions', () => {
    const payloads = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), payloads, (id, payload) => {
        for (const decode of [decodeFromClient, decodeFromRelay]) {
          expect(decode(encodeSend(id, payload))).toEqual({ type: 'send', circuit: id, payload });
          expect(decode(encodeCast(id, payload))).toEqual({ type: 'cast', handle: id, payload });
        }
      }),
    );
  });

  it('have one layout: type, u32 big-endian, payload', () => {
    expect(encodeSend(0x01020304, Uint8Array.of(9))).toEqual(Uint8Array.of(2, 1, 2, 3, 4, 9));
    expect(encodeCast(0xfffefdfc, Uint8Array.of(9))).toEqual(Uint8Array.of(3, 255, 254, 253, 252, 9));
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['an unknown type', Uint8Array.of(0, 1, 2, 3, 4, 5)],
    ['type 4', Uint8Array.of(4, 1, 2, 3, 4, 5)],
    ['a cut header', Uint8Array.of(2, 0, 0)],
    ['no payload', concatBytes(Uint8Array.of(2), u32be(7))],
    ['control without a body', Uint8Array.of(1)],
  ])('are refused: %s', (_what, bytes) => {
    expect(() => decodeFromClient(bytes)).toThrow(ProtocolError);
    expect(() => decodeFromRelay(bytes)).toThrow(ProtocolError);
  });
});

describe('control frames', () => {
  const control = (value: unknown) => concatBytes(Uint8Array.of(1), encodeCbor(value));

  it.each([
    ['no map', 1],
    ['null', null],
    ['an array', ['ping']],
    ['no name', { rid: 1 }],
    ['a name that is no text', { t: 1, rid: 1 }],
    ['an unknown name', { t: 'nonsense', rid: 1 }],
    ['a name of Object.prototype', { t: 'constructor', rid: 1 }],
    ['the name __proto__', { t: '__proto__', rid: 1 }],
    ['a negative rid', { t: 'ping', rid: -1 }],
    ['a rid beyond u32', { t: 'ping', rid: 2 ** 32 }],
    ['a rid that is text', { t: 'ping', rid: '1' }],
  ])('are refused: %s', (_what, value) => {
    expect(() => decodeFromClient(control(value))).toThrow(ProtocolError);
  });

  it('are refused above their limit, with a code that says so', () => {
    const tooLarge = concatBytes(Uint8Array.of(1), new Uint8Array(MAX_CONTROL_BYTES + 1));
    expect(() => decodeFromClient(tooLarge)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('never crash on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (tail) => {
        const bytes = concatBytes(Uint8Array.of(1), tail);
        expect(readsOrRefuses(bytes, decodeFromClient, encodeFrame)).toBe(true);
        expect(readsOrRefuses(bytes, decodeFromRelay, encodeFrame)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
