import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/shared/bytes.ts';
import { Handshake, keyPairFrom } from '../../src/shared/crypto/noise.ts';
import published from './vectors/noise.json' with { type: 'json' };

type Vector = (typeof published.vectors)[number];

function sides(vector: Vector) {
  const responder = keyPairFrom(fromHex(vector.respStatic));
  const common = {
    prologue: fromHex(vector.prologue),
    ...(vector.psk && { psk: fromHex(vector.psk) }),
    pattern: vector.pattern === 'X' ? 'X' : 'XXpsk3',
  } as const;
  return {
    initiator: new Handshake({
      ...common,
      initiator: true,
      static: keyPairFrom(fromHex(vector.initStatic)),
      ephemeral: keyPairFrom(fromHex(vector.initEphemeral)),
      ...(common.pattern === 'X' && { remoteStatic: responder.public }),
    }),
    responder: new Handshake({
      ...common,
      initiator: false,
      static: responder,
      ...(vector.respEphemeral && { ephemeral: keyPairFrom(fromHex(vector.respEphemeral)) }),
    }),
  };
}

describe.each(published.vectors)('published vector of $from for $pattern', (vector) => {
  const handshakeMessages = vector.pattern === 'X' ? 1 : 3;

  it('gives the same bytes in every message, and the other side reads them', () => {
    const { initiator, responder } = sides(vector);
    const written = vector.messages.slice(0, handshakeMessages).map(([payload = ''], index) => {
      const [from, to] = index % 2 === 0 ? [initiator, responder] : [responder, initiator];
      const message = from.write(fromHex(payload));
      expect(toHex(to.read(message))).toBe(payload);
      return toHex(message);
    });
    expect(written).toEqual(vector.messages.slice(0, handshakeMessages).map(([, message]) => message));
    expect(initiator.hash).toEqual(responder.hash);
    // snow publishes none.
    expect(toHex(initiator.hash)).toBe(vector.hash ?? toHex(responder.hash));

    const ends = [initiator.split(), responder.split()] as const;
    vector.messages.slice(handshakeMessages).forEach(([payload = '', ciphertext], index) => {
      // One way only in X; in XX the responder's turn comes first here, as it wrote no last message.
      const forth = vector.pattern === 'X' || index % 2 === 1;
      const [from, to] = forth ? ends : [ends[1], ends[0]];
      const message = from.seal(fromHex(payload));
      expect(toHex(message)).toBe(ciphertext);
      expect(toHex(to.open(message))).toBe(payload);
    });
  });
});
