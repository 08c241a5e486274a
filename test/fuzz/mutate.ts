import { decodeCbor, encodeCbor, ProtocolError } from '../../src/shared/public.ts';
import type { Random } from './random.ts';

/** Longest mutant: a whole WebSocket message. */
const MAX_BYTES = 65_536;
const numbers = [
  0,
  1,
  23,
  24,
  255,
  256,
  0xffff,
  0x1_0000,
  0xffff_ffff,
  2 ** 32,
  2 ** 52,
  Number.MAX_SAFE_INTEGER,
  -1,
];
const texts = [
  '',
  '\u001b]0;x\u0007',
  '\u202e',
  '__proto__',
  'constructor',
  'a'.repeat(5_000),
  '\ud800',
  '../..',
];

const names = ['', 't', 'rid', '__proto__', 'constructor', 'toString'];

type Mutator = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const mutators: readonly Mutator[] = [
  function flip(bytes, random) {
    const mutant = bytes.slice();
    for (let n = 1 + random.next(4); n > 0; n--) {
      const at = random.next(mutant.length || 1);
      mutant[at] = (mutant[at] ?? 0) ^ (1 << random.next(8));
    }
    return mutant;
  },
  function overwrite(bytes, random) {
    const mutant = bytes.slice();
    for (let n = 1 + random.next(8); n > 0; n--) mutant[random.next(mutant.length || 1)] = random.next(256);
    return mutant;
  },
  (bytes, random) => bytes.slice(0, random.next(bytes.length + 1)),
  (bytes, random) => joined(bytes, random.bytes(1 + random.next(40))),
  function cutOut(bytes, random) {
    const at = random.next(bytes.length + 1);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.next(16)));
  },
  function repeat(bytes, random) {
    const at = random.next(bytes.length + 1);
    const piece = bytes.subarray(at, at + 1 + random.next(64));
    return joined(
      bytes.subarray(0, at),
      ...Array.from({ length: 1 + random.next(20) }, () => piece),
      bytes.subarray(at),
    );
  },
  function splice(bytes, random, corpus) {
    const other = random.pick(corpus);
    return joined(
      bytes.subarray(0, random.next(bytes.length + 1)),
      other.subarray(random.next(other.length + 1)),
    );
  },
  // CBOR heads and our own u16 and u32 lengths both begin where a byte says how much follows.
  function lieAboutLength(bytes, random) {
    const at = random.next(bytes.length + 1);
    const lie = random.pick([
      [0xff, 0xff],
      [0x00, 0x00],
      [0x7f, 0xff, 0xff, 0xff],
      [0x5b, ...Array.from({ length: 8 }, () => 0xff)],
      [0x9a, 0x80, 0, 0, 0],
      [0xbb, 0, 0x1f, 255, 255, 255, 255, 255, 255],
      [0x5f],
      [0x9f],
      [0xc0],
      [0xfb],
    ]);
    return joined(bytes.subarray(0, at), Uint8Array.from(lie), bytes.subarray(at + lie.length));
  },
  (bytes, random) => rewritten(bytes, random, 1),
  (bytes, random) => rewritten(bytes, random, 1 + random.next(4)),
];

/** One of `corpus` with something wrong in it, or, rarely, nothing. */
export function mutant(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = random.pick(corpus);
  for (let n = 1 + random.next(3); n > 0; n--) bytes = random.pick(mutators)(bytes, random, corpus);
  return bytes.slice(0, MAX_BYTES);
}

/** The CBOR in `bytes`, wherever it begins in the first bytes, decoded, changed and encoded again. */
function rewritten(bytes: Uint8Array, random: Random, changes: number): Uint8Array {
  for (const at of [0, 1, 5]) {
    const value = decoded(bytes.subarray(at));
    if (value === undefined) continue;
    let changed: unknown = value;
    for (let n = changes; n > 0; n--) changed = changedValue(changed, random, 0);
    try {
      return joined(bytes.subarray(0, at), encodeCbor(changed));
    } catch {
      return bytes;
    }
  }
  return bytes;
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function changedValue(value: unknown, random: Random, depth: number): unknown {
  if (random.next(4) === 0 || depth > 6) return anything(random, depth);
  // Byte strings inside are often CBOR of their own: events, entries, certificates.
  if (value instanceof Uint8Array) {
    const inner = random.next(2) === 0 ? decoded(value) : undefined;
    if (inner !== undefined) return encodeCbor(changedValue(inner, random, depth + 1));
    return random.next(2) === 0
      ? random.bytes(random.next(70))
      : value.slice(0, random.next(value.length + 1));
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [...(value as unknown[])];
    const at = random.next(items.length + 1);
    const how = random.next(4);
    if (how === 0) items.splice(at, 1);
    else if (how === 1) items.push(anything(random, depth + 1));
    else items[at] = changedValue(items[at], random, depth + 1);
    return items.filter((item) => item !== undefined);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    const at = random.next(entries.length + 1);
    const [name, inner]: [string, unknown] = entries[at] ?? ['extra', 0];
    if (random.next(4) === 0) return Object.fromEntries(entries.filter(([other]) => other !== name));
    return {
      ...value,
      [random.next(8) === 0 ? random.pick(names) : name]: changedValue(inner, random, depth + 1),
    };
  }
  return anything(random, depth);
}

function anything(random: Random, depth: number): unknown {
  switch (random.next(depth > 6 ? 5 : 8)) {
    case 0:
    case 1:
      return random.pick(numbers);
    case 2:
      return random.pick(texts);
    case 3:
      return random.bytes(random.pick([0, 1, 8, 16, 31, 32, 33, 64, 300]));
    case 4:
      return random.pick([true, false, null]);
    case 5:
      return [];
    case 6:
      return {};
    default:
      return Array.from({ length: random.next(4) }, () => anything(random, depth + 1));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
