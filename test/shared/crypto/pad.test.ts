import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_PADDABLE_BYTES,
  MAX_PADDED_BYTES,
  pad,
  unpad,
  whisperSizes,
} from '../../../src/shared/crypto/pad.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import { readsOrRefuses } from '../../support/schema-arbitrary.ts';

describe('padding', () => {
  it.each([
    [0, 256],
    [254, 256],
    [255, 1_024],
    [1_022, 1_024],
    [1_023, 4_096],
    [4_094, 4_096],
    [4_095, 16_384],
    [16_382, 16_384],
    [16_383, 20_480],
    [20_479, 24_576],
    [MAX_PADDABLE_BYTES, MAX_PADDED_BYTES],
  ])('makes %i bytes %i', (length, padded) => {
    const plaintext = new Uint8Array(length).fill(1);
    expect(pad(plaintext)).toHaveLength(padded);
    expect(unpad(pad(plaintext))).toEqual(plaintext);
  });

  it('makes a longest whisper 8192 bytes, not 16 384', () => {
    expect(pad(new Uint8Array(4_400), whisperSizes)).toHaveLength(8_192);
  });

  it('leaves room for a cast’s headers in one frame', () => {
    expect(MAX_PADDED_BYTES).toBe(61_440);
    expect(() => pad(new Uint8Array(MAX_PADDABLE_BYTES + 1))).toThrow(RangeError);
  });

  it('shows the size only in steps', () => {
    fc.assert(
      fc.property(fc.nat({ max: MAX_PADDABLE_BYTES }), (length) => {
        const size = pad(new Uint8Array(length)).length;
        expect([256, 1_024].includes(size) || size % 4_096 === 0).toBe(true);
      }),
    );
  });

  it('is read in one form only', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 1_100 }),
        fc.nat({ max: 255 }),
        (text, at, value) => {
          const padded = pad(text);
          const mutated = padded.with(at % padded.length, value);
          expect(readsOrRefuses(mutated, unpad, pad)).toBe(true);
          expect(readsOrRefuses(padded.subarray(0, at), unpad, pad)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['half a length', Uint8Array.of(0)],
    ['a length without the rest', Uint8Array.of(0, 4)],
    ['a length beyond the end', new Uint8Array(256).fill(255, 0, 2)],
    ['a size that is no step', new Uint8Array(300)],
    ['a step too large', new Uint8Array(1_024)],
    ['filling that is not zero', new Uint8Array(256).with(255, 1)],
    ['more than can be', new Uint8Array(16 * 4_096).fill(255, 0, 2)],
  ])('refuses %s', (_what, padded) => {
    expect(() => unpad(padded)).toThrow(ProtocolError);
  });
});
