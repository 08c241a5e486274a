import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/shared/bytes.ts';
import { MAX_PADDABLE_BYTES } from '../../../src/shared/crypto/pad.ts';
import { castHeader, openCast, sealCast } from '../../../src/shared/crypto/seal.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import { MAX_FRAME_BYTES } from '../../../src/shared/limits.ts';
import { DATA_HEADER_BYTES } from '../../../src/shared/wire/codec.ts';

const key = new Uint8Array(32).fill(1);
const room = new Uint8Array(16).fill(2);
const log = new Uint8Array(8).fill(3);
const header = { room, log, kepoch: 4, seq: 5 };
const text = utf8('tea at five');
const cast = sealCast(key, header, text);

describe('a cast', () => {
  it('is opened with its key, in its room and log', () => {
    expect(openCast(key, { room, log }, cast)).toEqual(text);
    expect(castHeader(cast)).toEqual({ kepoch: 4, seq: 5 });
  });

  it.each([
    ['another key', key.with(0, 0), { room, log }],
    ['another room', key, { room: room.with(0, 0), log }],
    ['another log', key, { room, log: log.with(0, 0) }],
    ['bytes moved from log to room', key, { room: Uint8Array.of(...room, 3), log: log.slice(1).with(0, 4) }],
  ])('is not opened with %s', (_what, otherKey, where) => {
    expect(openCast(otherKey, where, cast)).toBeUndefined();
  });

  it('is not opened when any byte of it changes, header and nonce included', () => {
    for (let at = 0; at < cast.length; at++)
      expect(openCast(key, { room, log }, cast.with(at, (cast[at] ?? 0) ^ 1)), `byte ${at}`).toBeUndefined();
  });

  it('is not opened when it is cut or grown', () => {
    for (const length of [0, 1, 11, 12, 36, 51, 52, cast.length - 1])
      expect(openCast(key, { room, log }, cast.subarray(0, length))).toBeUndefined();
    expect(openCast(key, { room, log }, Uint8Array.of(...cast, 0))).toBeUndefined();
  });

  it('is sealed differently each time', () => {
    expect(sealCast(key, header, text)).not.toEqual(cast);
  });

  it('shows nothing of its length but the step', () => {
    expect(sealCast(key, header, utf8(''))).toHaveLength(cast.length);
  });

  it('fits one frame at its longest', () => {
    const longest = sealCast(key, header, new Uint8Array(MAX_PADDABLE_BYTES));
    expect(longest.length + DATA_HEADER_BYTES).toBeLessThanOrEqual(MAX_FRAME_BYTES);
  });

  it('keeps every kepoch and seq', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), fc.maxSafeNat(), (kepoch, seq) => {
        const sealed = sealCast(key, { room, log, kepoch, seq }, text);
        expect(castHeader(sealed)).toEqual({ kepoch, seq });
        expect(openCast(key, { room, log }, sealed)).toEqual(text);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a cast’s header', () => {
  it('is refused when it is too short or its seq beyond 2^53', () => {
    expect(() => castHeader(cast.subarray(0, 51))).toThrow(ProtocolError);
    expect(() => castHeader(new Uint8Array())).toThrow(ProtocolError);
    expect(() => castHeader(cast.slice().fill(255, 4, 12))).toThrow(ProtocolError);
  });
});
