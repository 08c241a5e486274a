import * as v from 'valibot';
import { ProtocolError } from './errors.ts';

/** Byte string of exactly `length`, or of `min`..`max`. */
export function bytesOf(min: number, max = min) {
  return v.pipe(
    // Wider than `v.instance` infers: bytes may be views of any buffer.
    v.custom<Uint8Array>((value) => value instanceof Uint8Array),
    v.check((bytes) => bytes.length >= min && bytes.length <= max, `want ${min}..${max} bytes`),
  );
}

/** Whole number from 0 to `max`. */
export function uint(max = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max));
}

/** Text of at most `maxBytes` UTF-8 bytes, not yet sanitised. */
export function textOf(maxBytes: number) {
  return v.pipe(v.string(), v.maxBytes(maxBytes));
}

/** Parses or throws `ProtocolError`; unknown keys are refused by strict schemas. */
export function parseWith<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  // The path may hold a key the peer chose, and messages end up in logs.
  const path = (v.getDotPath(result.issues[0]) ?? 'value').replace(/[^a-z0-9_.]/gi, '?').slice(0, 40);
  throw new ProtocolError(`${what}: bad ${path}`);
}

/** Parses a message by the schema of its name, which is `t`. Throws `ProtocolError`. */
export function parseNamed(schemas: Readonly<Record<string, v.GenericSchema>>, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('t' in value) || typeof value.t !== 'string')
    throw new ProtocolError('message without a name');
  const schema = Object.hasOwn(schemas, value.t) ? schemas[value.t] : undefined;
  if (!schema) throw new ProtocolError('unknown message');
  return parseWith(schema, value, value.t);
}
