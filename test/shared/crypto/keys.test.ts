import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '../../../src/shared/bytes.ts';
import { chainNext, chainStart } from '../../../src/shared/crypto/chain.ts';
import { handshakePrologue, joinPsk, safetyNumber } from '../../../src/shared/crypto/keys.ts';
import { randomBytes } from '../../../src/shared/crypto/sign.ts';
import { ROOM_VERSION } from '../../../src/shared/room/handshake.ts';

describe('the join psk', () => {
  const code = new Uint8Array(16).fill(1);
  const room = new Uint8Array(16).fill(2);

  it('is zeros for an open room only', () => {
    expect(joinPsk(undefined, room)).toEqual(new Uint8Array(32));
    expect(joinPsk(new Uint8Array(16), room)).not.toEqual(new Uint8Array(32));
  });

  it('is bound to code and room', () => {
    expect(joinPsk(code, room)).toEqual(joinPsk(code.slice(), room.slice()));
    expect(joinPsk(code.with(0, 0), room)).not.toEqual(joinPsk(code, room));
    expect(joinPsk(code, room.with(0, 0))).not.toEqual(joinPsk(code, room));
  });
});

describe('the handshake’s prologue', () => {
  const binding = {
    room: new Uint8Array(16).fill(1),
    relay: new Uint8Array(32).fill(2),
    conv: new Uint8Array(16).fill(3),
  };

  it('names label, suite, version, room, relay and conversation', () => {
    const { room, relay, conv } = binding;
    expect(handshakePrologue(binding)).toEqual(
      concatBytes(utf8('tc1/hs'), Uint8Array.of(0x01, ROOM_VERSION), room, relay, conv),
    );
  });

  it.each(['room', 'relay', 'conv'] as const)('is another one for another %s', (part) => {
    expect(handshakePrologue({ ...binding, [part]: binding[part].with(0, 9) })).not.toEqual(
      handshakePrologue(binding),
    );
  });
});

describe('a safety number', () => {
  const [a, b] = [randomBytes(32), randomBytes(32)];

  it('is 12 groups of 5 digits, the same on both sides', () => {
    expect(safetyNumber(a, b)).toMatch(/^\d{5}(?: \d{5}){11}$/);
    expect(safetyNumber(a, b)).toBe(safetyNumber(b, a));
  });

  it('is another one when either key changes by one bit', () => {
    const changed = [
      safetyNumber(a.with(31, (a[31] ?? 0) ^ 1), b),
      safetyNumber(a, b.with(0, (b[0] ?? 0) ^ 1)),
    ];
    expect(new Set([safetyNumber(a, b), ...changed]).size).toBe(3);
  });
});

describe('the chain', () => {
  const room = new Uint8Array(16).fill(1);
  const log = new Uint8Array(8).fill(2);
  const start = chainStart(room, log);
  const event = utf8('an event');

  it('starts differently in each room and log', () => {
    expect(chainStart(room.with(0, 0), log)).not.toEqual(start);
    expect(chainStart(room, log.with(0, 0))).not.toEqual(start);
  });

  it('depends on what came before, on the seq and on the event', () => {
    const next = chainNext(start, 1, event);
    expect(chainNext(start, 1, event)).toEqual(next);
    expect(chainNext(start, 2, event)).not.toEqual(next);
    expect(chainNext(next, 1, event)).not.toEqual(next);
    expect(chainNext(start, 1, utf8('another'))).not.toEqual(next);
  });
});
