import { describe, expect, it } from 'vitest';
import { concatBytes, toHex, utf8 } from '../../../src/shared/bytes.ts';
import {
  generateKeyPair,
  Handshake,
  keyPairFrom,
  MAX_NOISE_BYTES,
  type HandshakeOptions,
  type KeyPair,
} from '../../../src/shared/crypto/noise.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';

const empty = new Uint8Array();
const prologue = utf8('tc1/hs test');
const psk = new Uint8Array(32).fill(3);
const memberKeys = keyPairFrom(new Uint8Array(32).fill(11));
const hostKeys = keyPairFrom(new Uint8Array(32).fill(22));

function room(member: Partial<HandshakeOptions> = {}, host: Partial<HandshakeOptions> = {}) {
  const common = { pattern: 'XXpsk3', prologue, psk } as const;
  return {
    member: new Handshake({ ...common, initiator: true, static: memberKeys, ...member }),
    host: new Handshake({ ...common, initiator: false, static: hostKeys, ...host }),
  };
}

function finished() {
  const { member, host } = room();
  host.read(member.write(empty));
  member.read(host.write(empty));
  host.read(member.write(empty));
  return { member: member.split(), host: host.split() };
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

function whisperer(recipient: KeyPair, options: Partial<HandshakeOptions> = {}) {
  return new Handshake({
    pattern: 'X',
    initiator: true,
    prologue,
    static: memberKeys,
    remoteStatic: recipient.public,
    ...options,
  });
}

function whisperee(keys: KeyPair) {
  return new Handshake({ pattern: 'X', initiator: false, prologue, static: keys });
}

describe('a room handshake (XXpsk3)', () => {
  it('carries a payload in each message and shows both sides whom they speak with', () => {
    const { member, host } = room();
    expect(host.read(member.write(utf8('one')))).toEqual(utf8('one'));
    expect(member.read(host.write(utf8('two')))).toEqual(utf8('two'));
    expect(member.remoteStatic).toEqual(hostKeys.public);
    expect(member.finished).toBe(false);
    expect(host.read(member.write(utf8('three')))).toEqual(utf8('three'));
    expect(host.remoteStatic).toEqual(memberKeys.public);
    expect([member.finished, host.finished]).toEqual([true, true]);
    expect(member.hash).toEqual(host.hash);
  });

  it('is another one each time', () => {
    const hashes = [room(), room()].map(({ member, host }) => {
      host.read(member.write(empty));
      return host.hash;
    });
    expect(hashes[0]).not.toEqual(hashes[1]);
  });

  it('hides the payloads of messages 2 and 3 and both static keys', () => {
    const { member, host } = room();
    const first = member.write(empty);
    host.read(first);
    const second = host.write(utf8('secret of the host'));
    member.read(second);
    const third = member.write(utf8('secret of the member'));
    const seen = toHex(concatBytes(first, second, third));
    for (const secret of [utf8('secret'), hostKeys.public, memberKeys.public])
      expect(seen).not.toContain(toHex(secret));
  });

  it('fails with wrong-code at message 3 when the codes differ, and nowhere else', () => {
    const { member, host } = room({ psk: new Uint8Array(32) });
    host.read(member.write(empty));
    member.read(host.write(empty));
    const third = member.write(utf8('let me in'));
    expect(() => host.read(third)).toThrow(expect.objectContaining({ code: 'wrong-code' }));
    expect(host.finished).toBe(false);
  });

  it('fails without falling back when the prologues differ', () => {
    const { member, host } = room({}, { prologue: utf8('tc1/hs other') });
    const first = member.write(empty);
    expect(() => host.read(first)).toThrow(expect.objectContaining({ code: 'protocol' }));
    expect(() => host.write(empty)).toThrow('not the turn to write');
  });

  it('fails at any changed byte of messages 2 and 3, and at message 2 for one of message 1', () => {
    const keys = { ephemeral: keyPairFrom(new Uint8Array(32).fill(5)) };
    const start = () => {
      const pair = room(keys, keys);
      const first = pair.member.write(utf8('one'));
      return { ...pair, first };
    };
    const { first } = start();
    for (let at = 0; at < first.length; at++) {
      const { member, host } = start();
      expect(() => {
        host.read(flipped(first, at));
        member.read(host.write(empty));
      }, `byte ${at} of message 1`).toThrow(ProtocolError);
    }
    const second = () => {
      const pair = start();
      pair.host.read(pair.first);
      return { ...pair, message: pair.host.write(utf8('two')) };
    };
    for (let at = 0; at < second().message.length; at++) {
      const { member, message } = second();
      expect(() => member.read(flipped(message, at)), `byte ${at} of message 2`).toThrow(ProtocolError);
    }
    const third = () => {
      const pair = second();
      pair.member.read(pair.message);
      return { ...pair, last: pair.member.write(utf8('three')) };
    };
    for (let at = 0; at < third().last.length; at++) {
      const { host, last } = third();
      expect(() => host.read(flipped(last, at)), `byte ${at} of message 3`).toThrow(ProtocolError);
    }
  });

  it('refuses messages that are cut short', () => {
    for (let length = 0; length < 32; length++)
      expect(() => room().host.read(new Uint8Array(length).fill(9))).toThrow(ProtocolError);
    const { member, host } = room();
    host.read(member.write(empty));
    const second = host.write(empty);
    expect(() => member.read(second.subarray(0, 40))).toThrow(ProtocolError);
  });

  it('refuses an ephemeral key of low order', () => {
    const { host } = room();
    const lowOrder = concatBytes(new Uint8Array(32), new Uint8Array(16));
    expect(() => {
      host.read(lowOrder);
      host.write(empty);
    }).toThrow(ProtocolError);
  });

  it('is dead after an error', () => {
    const { member, host } = room();
    const first = member.write(empty);
    host.read(first);
    const second = host.write(empty);
    expect(() => member.read(flipped(second, 60))).toThrow(ProtocolError);
    expect(() => member.read(second)).toThrow(ProtocolError);
    expect(() => member.write(empty)).toThrow('not the turn to write');
    expect(member.finished).toBe(false);
  });

  it('takes messages in turn only, and splits at the end only', () => {
    const { member, host } = room();
    expect(() => host.write(empty)).toThrow('not the turn to write');
    expect(() => member.read(empty)).toThrow(ProtocolError);
    expect(() => member.split()).toThrow('not finished');
    host.read(member.write(empty));
    expect(() => host.read(empty)).toThrow(ProtocolError);
    expect(() => host.split()).toThrow('not finished');
  });

  it('takes no more messages when it is finished', () => {
    const { member, host } = room();
    host.read(member.write(empty));
    member.read(host.write(empty));
    host.read(member.write(empty));
    expect(() => member.read(empty)).toThrow(ProtocolError);
    expect(() => host.write(empty)).toThrow('not the turn to write');
  });

  it('wants a psk of 32 bytes', () => {
    expect(() => room({ psk: new Uint8Array(16) })).toThrow(RangeError);
    const { psk: _none, ...without } = {
      pattern: 'XXpsk3',
      initiator: true,
      prologue,
      static: memberKeys,
      psk,
    } as const;
    expect(() => new Handshake(without)).toThrow(RangeError);
  });

  it('keeps to 65 535 bytes a message', () => {
    const { member, host } = room();
    expect(() => member.write(new Uint8Array(MAX_NOISE_BYTES))).toThrow(RangeError);
    expect(() => host.read(new Uint8Array(MAX_NOISE_BYTES + 1))).toThrow(ProtocolError);
  });
});

describe('a whisper’s handshake (X)', () => {
  it('is one message, which shows the recipient the sender’s key', () => {
    const to = whisperee(hostKeys);
    expect(to.read(whisperer(hostKeys).write(utf8('psst')))).toEqual(utf8('psst'));
    expect(to.remoteStatic).toEqual(memberKeys.public);
    expect(to.finished).toBe(true);
  });

  it('is for the one key only', () => {
    const message = whisperer(hostKeys).write(utf8('psst'));
    expect(() => whisperee(generateKeyPair()).read(message)).toThrow(
      expect.objectContaining({ code: 'protocol' }),
    );
  });

  it('is bound to the prologue', () => {
    const message = whisperer(hostKeys, { prologue: utf8('tc1/dm other') }).write(utf8('psst'));
    expect(() => whisperee(hostKeys).read(message)).toThrow(ProtocolError);
  });

  it('cannot be started without the recipient’s key', () => {
    expect(() => new Handshake({ pattern: 'X', initiator: true, prologue, static: memberKeys })).toThrow(
      'lacks a key',
    );
  });
});

describe('a channel', () => {
  it('carries messages both ways, in order, each sealed differently', () => {
    const { member, host } = finished();
    const sealed = [member.seal(utf8('hi')), member.seal(utf8('hi'))];
    expect(sealed[0]).not.toEqual(sealed[1]);
    for (const message of sealed) expect(host.open(message)).toEqual(utf8('hi'));
    expect(member.open(host.seal(utf8('hello')))).toEqual(utf8('hello'));
    expect(member.open(host.seal(empty))).toEqual(empty);
  });

  it.each([
    ['twice', (messages: Uint8Array[]) => [messages[0], messages[0]]],
    ['out of order', (messages: Uint8Array[]) => [messages[1]]],
    ['with one missing', (messages: Uint8Array[]) => [messages[0], messages[2]]],
    ['with a byte changed', (messages: Uint8Array[]) => [flipped(messages[0] ?? empty, 0)]],
    ['cut short', (messages: Uint8Array[]) => [messages[0]?.subarray(0, 5)]],
    ['empty', () => [empty]],
  ])('refuses messages that come %s', (_how, arrive) => {
    const { member, host } = finished();
    const sent = ['one', 'two', 'three'].map((text) => member.seal(utf8(text)));
    expect(() => {
      for (const message of arrive(sent)) host.open(message ?? empty);
    }).toThrow(ProtocolError);
  });

  it('refuses its own messages sent back', () => {
    const { member } = finished();
    const message = member.seal(utf8('echo?'));
    expect(() => member.open(message)).toThrow(ProtocolError);
  });

  it('refuses those of another session of the same two', () => {
    const [one, other] = [finished(), finished()];
    expect(() => other.host.open(one.member.seal(utf8('hi')))).toThrow(ProtocolError);
  });

  it('takes 65 519 bytes and not one more', () => {
    const { member, host } = finished();
    const longest = new Uint8Array(MAX_NOISE_BYTES - 16).fill(1);
    expect(host.open(member.seal(longest))).toEqual(longest);
    expect(() => member.seal(new Uint8Array(MAX_NOISE_BYTES - 15))).toThrow(RangeError);
    expect(() => host.open(new Uint8Array(MAX_NOISE_BYTES + 1))).toThrow(ProtocolError);
  });
});
