import { decode, encode, Token, Type, type DecodeOptions, type EncodeOptions } from 'cborg';
import { equalBytes, plainBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';

const encodeOptions: EncodeOptions = {
  ignoreUndefinedProperties: true,
  typeEncoders: {
    // Decoders leave out a byte order mark that begins a text, and then refuse the spelling.
    string: (text: string) =>
      text.startsWith('\uFEFF') ? [new Token(Type.string, text.replace(/^\uFEFF+/, ''))] : null,
  },
};
const decodeOptions: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
};

/** Arrays and maps inside each other, the outermost counted. */
export const MAX_CBOR_DEPTH = 8;

/** Deterministic CBOR (RFC 8949 §4.2); properties that are `undefined`, and marks that begin a text, are left out. */
export function encodeCbor(value: unknown): Uint8Array {
  return plainBytes(encode(value, encodeOptions));
}

/**
 * Strict inverse of `encodeCbor`: one spelling per value, no floats, no tags, depth <= 8, integers < 2^53.
 * Throws `ProtocolError` for anything else, trailing bytes included.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  checkShape(bytes);
  let value: unknown;
  try {
    value = decode(plainBytes(bytes), decodeOptions);
  } catch (error) {
    throw new ProtocolError(
      `not deterministic CBOR: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
  // Encoding again catches what the decoder lets pass: key order, an integral float.
  if (!equalBytes(encodeCbor(value), bytes))
    throw new ProtocolError('not deterministic CBOR: another spelling');
  if (hasProtoKey(value)) throw new ProtocolError('not a key: __proto__');
  return value;
}

/** Such a key is harmless here and a trap for whoever copies the object. */
function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoKey);
}

/** Walks the heads without recursion, so that neither depth nor a giant count can hurt the decoder behind it. */
function checkShape(bytes: Uint8Array): void {
  const open: number[] = [];
  let at = 0;
  do {
    const head = bytes[at++];
    if (head === undefined) throw new ProtocolError('CBOR ends early');
    const major = head >> 5;
    const size = head & 31;
    if (major === 6) throw new ProtocolError('CBOR tag');
    if (major === 7 && (size < 20 || size > 22)) throw new ProtocolError('CBOR float or simple value');
    if (size > 27) throw new ProtocolError('CBOR of indefinite length');
    let argument = size;
    if (size >= 24) {
      const width = 1 << (size - 24);
      argument = 0;
      for (let i = 0; i < width; i++) argument = argument * 256 + (bytes[at + i] ?? 0);
      at += width;
    }
    if (major === 2 || major === 3) at += argument;
    if (at > bytes.length) throw new ProtocolError('CBOR ends early');
    if (major === 4 || major === 5) {
      if (open.length >= MAX_CBOR_DEPTH) throw new ProtocolError('CBOR too deep');
      open.push(major === 4 ? argument : 2 * argument);
    } else if (open.length > 0) {
      open.push((open.pop() ?? 0) - 1);
    }
    while (open.length > 0 && open.at(-1) === 0) {
      open.pop();
      if (open.length > 0) open.push((open.pop() ?? 0) - 1);
    }
  } while (open.length > 0);
  if (at !== bytes.length) throw new ProtocolError('bytes after the CBOR value');
}
