import fc from 'fast-check';
import { equalBytes } from '../../src/shared/bytes.ts';
import { ProtocolError } from '../../src/shared/errors.ts';

/** The parts of a valibot schema that say which values it takes. */
interface Described {
  readonly type: string;
  readonly pipe?: readonly Described[];
  readonly entries?: Readonly<Record<string, Described>>;
  readonly items?: readonly Described[];
  readonly item?: Described;
  readonly wrapped?: Described;
  readonly literal?: unknown;
  readonly options?: readonly unknown[];
  readonly requirement?: unknown;
  readonly message?: unknown;
}

/** Values of any schema of `src/shared`, so that a message added there is tested without a word here. */
export function arbitraryOf(schema: object): fc.Arbitrary<unknown> {
  return valuesOf(schema as Described);
}

function valuesOf(schema: Described): fc.Arbitrary<unknown> {
  const bound = (type: string) => schema.pipe?.find((action) => action.type === type)?.requirement;
  switch (schema.type) {
    case 'literal':
      return fc.constant(schema.literal);
    case 'picklist':
      return fc.constantFrom(...(schema.options ?? []));
    case 'union':
      return fc.oneof(...(schema.options ?? []).map((option) => valuesOf(option as Described)));
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.oneof(
        fc.integer({ min: 0, max: Math.min(300, Number(bound('max_value'))) }),
        fc.maxSafeNat().map((value) => value % (Number(bound('max_value')) + 1)),
      );
    case 'string': {
      const fits = (text: string) => new TextEncoder().encode(text).length <= Number(bound('max_bytes'));
      return fc.string({ unit: 'binary', maxLength: 80 }).filter(fits);
    }
    case 'custom': {
      const [, min = 0, max = 0] = /^want (\d+)\.\.(\d+) bytes$/.exec(String(checkMessage(schema))) ?? [];
      const length = { minLength: Number(min), maxLength: Math.min(Number(max), Number(min) + 200) };
      return fc.uint8Array(length);
    }
    case 'array':
      return fc.array(valuesOf(known(schema.item)), {
        maxLength: Math.min(5, Number(bound('max_length') ?? 5)),
      });
    case 'strict_tuple':
      return fc.tuple(...(schema.items ?? []).map(valuesOf));
    case 'strict_object': {
      const entries = Object.entries(schema.entries ?? {});
      return fc.record(
        Object.fromEntries(entries.map(([name, entry]) => [name, valuesOf(entry.wrapped ?? entry)])),
        { requiredKeys: entries.filter(([, entry]) => entry.type !== 'optional').map(([name]) => name) },
      );
    }
    default:
      throw new Error(`no values for a schema of type ${schema.type}`);
  }
}

function checkMessage(schema: Described): unknown {
  return schema.pipe?.find((action) => action.type === 'check')?.message;
}

function known(schema: Described | undefined): Described {
  if (!schema) throw new Error('array without an item schema');
  return schema;
}

/** `bytes` with one byte changed, put in or taken out, or an end cut off or grown. */
export function mutationOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: Math.max(0, bytes.length - 1) });
  const byte = fc.nat({ max: 255 });
  return fc.oneof(
    fc.tuple(at, byte).map(([index, value]) => bytes.with(index, value)),
    fc
      .tuple(at, byte)
      .map(([index, value]) =>
        Uint8Array.from([...bytes.subarray(0, index), value, ...bytes.subarray(index)]),
      ),
    at.map((index) => Uint8Array.from([...bytes.subarray(0, index), ...bytes.subarray(index + 1)])),
    at.map((index) => bytes.slice(0, index)),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((tail) => Uint8Array.from([...bytes, ...tail])),
  );
}

/** Whether `decode` refuses `bytes` with a `ProtocolError` or reads what has just this encoding; any other error passes through. */
export function readsOrRefuses<Value>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Value,
  encode: (value: Value) => Uint8Array,
): boolean {
  let value: Value;
  try {
    value = decode(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return true;
    throw error;
  }
  return equalBytes(encode(value), bytes);
}
