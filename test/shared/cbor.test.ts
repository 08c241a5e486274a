import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/shared/bytes.ts';
import { decodeCbor, encodeCbor, MAX_CBOR_DEPTH } from '../../src/shared/cbor.ts';
import { ProtocolError } from '../../src/shared/errors.ts';
import { mutationOf, readsOrRefuses } from '../support/schema-arbitrary.ts';

const values = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.uint8Array({ maxLength: 300 }),
  ),
  array: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(
    fc.string({ unit: 'binary', maxLength: 6 }).filter((key) => key !== '__proto__'),
    tie('value'),
    { maxKeys: 4, noNullPrototype: true },
  ),
  value: fc.oneof({ depthSize: 'small', maxDepth: 6 }, tie('leaf'), tie('array'), tie('map')),
})).value;

describe('CBOR', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeCbor(encodeCbor(value))).toEqual(value);
      }),
    );
  });

  it('writes one spelling, whatever the order of the keys was', () => {
    const shuffled = { b: 1, aa: 2, a: 3, '': 4, é: 5 };
    const sorted = { '': 4, a: 3, b: 1, aa: 2, é: 5 };
    expect(toHex(encodeCbor(shuffled))).toBe(toHex(encodeCbor(sorted)));
    // RFC 8949 §4.2.3: shorter keys first.
    expect(toHex(encodeCbor({ aa: 1, b: 2 }))).toBe('a2616202626161' + '01');
  });

  it('gives plain bytes that are copies, also from a Buffer', () => {
    const encoded = encodeCbor([Uint8Array.of(1, 2, 3)]);
    expect(Object.getPrototypeOf(encoded)).toBe(Uint8Array.prototype);
    const buffer = Buffer.from(encoded);
    const value = decodeCbor(buffer);
    buffer.fill(0);
    expect(value).toStrictEqual([Uint8Array.of(1, 2, 3)]);
  });

  it('begins no text with a byte order mark, which decoders leave out and so refuse', () => {
    const marked = ['\uFEFF\uFEFFa', { text: '\uFEFF', in: 'b\uFEFF' }];
    expect(decodeCbor(encodeCbor(marked))).toEqual(['a', { text: '', in: 'b\uFEFF' }]);
    expect(() => decodeCbor(fromHex('64efbbbf61'))).toThrow(ProtocolError);
  });

  it('leaves out what is undefined', () => {
    expect(encodeCbor({ a: 1, b: undefined })).toEqual(encodeCbor({ a: 1 }));
  });

  it.each([
    ['00', 0],
    ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['3b001ffffffffffffe', -Number.MAX_SAFE_INTEGER],
    ['f4', false],
    ['f6', null],
    ['80', []],
    ['a0', {}],
    ['62c3a9', 'é'],
  ])('reads %s', (hex, value) => {
    expect(decodeCbor(fromHex(hex))).toEqual(value);
  });

  it.each([
    ['nothing', ''],
    ['a byte after the value', '0000'],
    ['a value cut off', '19ff'],
    ['text cut off', '6261'],
    ['bytes longer than the rest', '5affffffff00'],
    ['a count longer than the rest', '9affffffff00'],
    ['a huge count of pairs', 'bbffffffffffffffff00'],
    ['a number longer than needed', '1817'],
    ['a number in two bytes that fits one', '1900ff'],
    ['a number in four bytes that fits two', '1a0000ffff'],
    ['a number in eight bytes that fits four', '1b00000000ffffffff'],
    ['a length longer than needed', '780161'],
    ['an array count longer than needed', '980100'],
    ['a map count longer than needed', 'b801616100'],
    ['an integer of 2^53', '1b0020000000000000'],
    ['an integer of 2^64 - 1', '1bffffffffffffffff'],
    ['an integer of -2^53 - 1', '3b0020000000000000'],
    ['a half float', 'f93c00'],
    ['a half float with a fraction', 'f93e00'],
    ['a single float', 'fa3f800000'],
    ['a double float', 'fb3ff8000000000000'],
    ['an integral double', 'fb4000000000000000'],
    ['not-a-number', 'f97e00'],
    ['infinity', 'f97c00'],
    ['minus zero', 'f98000'],
    ['undefined', 'f7'],
    ['a simple value', 'f0'],
    ['a simple value of two bytes', 'f8ff'],
    ['a tag', 'c001'],
    ['a big number tag', 'c24101'],
    ['text of indefinite length', '7f6161ff'],
    ['bytes of indefinite length', '5f4161ff'],
    ['an array of indefinite length', '9f00ff'],
    ['a map of indefinite length', 'bf616100ff'],
    ['a break', 'ff'],
    ['a reserved length', '1c'],
    ['a key twice', 'a2616100616101'],
    ['keys in another order', 'a2616200616100'],
    ['a longer key before a shorter', 'a262616100616200'],
    ['a number as key', 'a10000'],
    ['bytes as key', 'a1416100'],
    ['an array as key', 'a18000'],
    ['a map without its last value', 'a16161'],
    ['bad UTF-8', '62c328'],
    ['UTF-8 longer than needed', '62c080'],
    ['a surrogate in UTF-8', '63eda080'],
    ['UTF-8 cut off', '61c3'],
    ['a key __proto__ with a map', 'a1695f5f70726f746f5f5fa1616101'],
    ['a key __proto__ with a number', 'a1695f5f70726f746f5f5f01'],
    ['a nested key __proto__', 'a16161a1695f5f70726f746f5f5f80'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodeCbor(fromHex(hex))).toThrow(ProtocolError);
  });

  it('leaves Object.prototype alone', () => {
    expect(() => decodeCbor(fromHex('a1695f5f70726f746f5f5fa168706f6c6c7574656401'))).toThrow(ProtocolError);
    expect('polluted' in {}).toBe(false);
  });

  it.each([
    ['arrays', '81', '80'],
    ['maps', 'a16161', 'a0'],
  ])(`reads ${MAX_CBOR_DEPTH} ${'%s'} in each other and refuses one more`, (_what, outer, inner) => {
    const nested = (depth: number) => fromHex(outer.repeat(depth - 1) + inner);
    expect(() => decodeCbor(nested(MAX_CBOR_DEPTH))).not.toThrow();
    expect(() => decodeCbor(nested(MAX_CBOR_DEPTH + 1))).toThrow(ProtocolError);
    expect(() => decodeCbor(nested(50_000))).toThrow(ProtocolError);
  });

  it('is not confused by what comes after an inner end', () => {
    // [[], [[[]]], 1]: depth goes down and up again.
    const value = [[], [[[]]], 1];
    expect(decodeCbor(encodeCbor(value))).toEqual(value);
    const deepTwice = [[[[[[[[]]]]]]], [[[[[[[]]]]]]]];
    expect(decodeCbor(encodeCbor(deepTwice))).toEqual(deepTwice);
  });

  it('refuses mutated bytes with ProtocolError or reads exactly them', () => {
    fc.assert(
      fc.property(values.map(encodeCbor).chain(mutationOf), (bytes) => {
        expect(readsOrRefuses(bytes, decodeCbor, encodeCbor)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses random bytes with ProtocolError or reads exactly them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(readsOrRefuses(bytes, decodeCbor, encodeCbor)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
