import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../src/shared/cbor.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import { MAX_TIME_MS } from '../../../src/shared/limits.ts';
import { deviceCertificateSchema } from '../../../src/shared/room/certificates.ts';
import {
  decodeEvent,
  decodeSignedEvent,
  encodeEvent,
  encodeSignedEvent,
  eventBodies,
  type RoomEvent,
} from '../../../src/shared/room/events.ts';
import {
  decodeHostHello,
  decodeMemberHello,
  encodeHostHello,
  encodeMemberHello,
  resumeSchema,
  type HostHello,
  type MemberHello,
} from '../../../src/shared/room/handshake.ts';
import {
  castSchemas,
  decodeCast,
  decodeHostMessage,
  decodeMemberMessage,
  encodeRoomMessage,
  hostMessages,
  memberMessages,
  type CastMessage,
  type HostMessage,
  type MemberMessage,
} from '../../../src/shared/room/messages.ts';
import { decodeWhisper, encodeWhisper, type WhisperBody } from '../../../src/shared/room/whisper.ts';
import { decodeListing, encodeListing, type ListingBody } from '../../../src/shared/wire/listing.ts';
import { arbitraryOf, mutationOf, readsOrRefuses } from '../../support/schema-arbitrary.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: 'binary', maxLength: 12 });

interface Format {
  readonly name: string;
  readonly values: fc.Arbitrary<unknown>;
  readonly encode: (value: never) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

function format<Value>(
  name: string,
  values: fc.Arbitrary<unknown>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => Value,
): Format {
  return { name, values, encode, decode };
}

const formats: readonly Format[] = [
  ...Object.entries(memberMessages).map(([name, schema]) =>
    format<MemberMessage>(
      `member message ${name}`,
      arbitraryOf(schema),
      encodeRoomMessage,
      decodeMemberMessage,
    ),
  ),
  ...Object.entries(hostMessages).map(([name, schema]) =>
    format<HostMessage>(`host message ${name}`, arbitraryOf(schema), encodeRoomMessage, decodeHostMessage),
  ),
  ...Object.entries(castSchemas).map(([name, schema]) =>
    format<CastMessage>(`cast ${name}`, arbitraryOf(schema), encodeRoomMessage, decodeCast),
  ),
  ...Object.entries(eventBodies).map(([kind, schema]) =>
    format<RoomEvent>(
      `event ${kind}`,
      fc.record({
        room: bytes(16),
        log: bytes(8),
        id: bytes(16),
        counter: fc.maxSafeNat(),
        kind: fc.constant(kind),
        time: fc.integer({ min: 0, max: MAX_TIME_MS }),
        body: arbitraryOf(schema),
      }),
      encodeEvent,
      decodeEvent,
    ),
  ),
  format(
    'signed event',
    fc.record({ author: bytes(32), event: fc.uint8Array({ minLength: 1, maxLength: 80 }), sig: bytes(64) }),
    encodeSignedEvent,
    decodeSignedEvent,
  ),
  format<HostHello>(
    'host hello',
    fc.record({ v: fc.nat({ max: 255 }), cert: arbitraryOf(deviceCertificateSchema), nonce: bytes(16) }),
    encodeHostHello,
    decodeHostHello,
  ),
  format<MemberHello>(
    'member hello',
    fc.record(
      {
        v: fc.nat({ max: 255 }),
        cert: arbitraryOf(deviceCertificateSchema),
        nick: text,
        caps: fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 }),
        resume: arbitraryOf(resumeSchema),
      },
      { requiredKeys: ['v', 'cert', 'nick', 'caps'] },
    ),
    encodeMemberHello,
    decodeMemberHello,
  ),
  format<WhisperBody>(
    'whisper',
    fc.record(
      {
        from: bytes(32),
        to: bytes(32),
        id: bytes(16),
        time: fc.integer({ min: 0, max: MAX_TIME_MS }),
        prev: bytes(16),
        nick: text,
        text,
      },
      { requiredKeys: ['from', 'to', 'id', 'time', 'nick', 'text'] },
    ),
    encodeWhisper,
    decodeWhisper,
  ),
  format<ListingBody>(
    'listing',
    fc.record({
      room: bytes(16),
      host: bytes(32),
      nonce: bytes(16),
      title: text,
      topic: text,
      code: fc.boolean(),
      rev: fc.maxSafeNat(),
      expires: fc.maxSafeNat(),
    }),
    encodeListing,
    decodeListing,
  ),
];

describe.each(formats)('$name', ({ values, encode, decode }) => {
  const encoded = values.map((value) => encode(value as never));

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value as never))).toEqual(value);
      }),
      { numRuns: 40 },
    );
  });

  it('is refused with ProtocolError, or read as another value, when bytes change', () => {
    fc.assert(
      fc.property(encoded.chain(mutationOf), (mutated) => {
        expect(readsOrRefuses(mutated, decode, encode as (value: unknown) => Uint8Array)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('texts of room messages', () => {
  const tooLong = { t: 'presence', state: 'away', status: 'x'.repeat(129) };

  it('are measured in UTF-8 bytes', () => {
    const fits = { ...tooLong, status: 'é'.repeat(64) };
    expect(decodeMemberMessage(encodeCbor(fits))).toEqual(fits);
    expect(() => decodeMemberMessage(encodeCbor({ ...tooLong, status: 'é'.repeat(65) }))).toThrow(
      ProtocolError,
    );
    expect(() => decodeMemberMessage(encodeCbor(tooLong))).toThrow(ProtocolError);
  });

  it('leave nothing of what the peer chose in the error', () => {
    const hostile = { t: 'presence', state: 'away', '\u001b[31m<script>': 1 };
    expect(() => decodeMemberMessage(encodeCbor(hostile))).toThrow(/^presence: bad [a-z0-9_.?]*$/i);
  });
});

describe('an event', () => {
  it('is refused with the body of another kind', () => {
    const head = [new Uint8Array(16), new Uint8Array(8), new Uint8Array(16), 1];
    const asText = (body: object) => encodeCbor([...head, 'text', 1, body]);
    expect(decodeEvent(asText({ text: 'tea?' })).kind).toBe('text');
    expect(() => decodeEvent(asText({ topic: 'tea?' }))).toThrow(ProtocolError);
    expect(() => decodeEvent(asText({}))).toThrow(ProtocolError);
    expect(() => decodeEvent(encodeCbor([...head, 'toString', 1, {}]))).toThrow(ProtocolError);
  });
});
