import { describe, expect, it } from 'vitest';
import { concatBytes, u32be, utf8 } from '../../../src/shared/bytes.ts';
import { Handshake, keyPairFrom } from '../../../src/shared/crypto/noise.ts';
import { pad, whisperSizes } from '../../../src/shared/crypto/pad.ts';
import { labels, signerFrom, type Label, type Signer } from '../../../src/shared/crypto/sign.ts';
import { openWhisper, sealWhisper, whisperPrekeyId } from '../../../src/shared/crypto/whisper.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import { MAX_MAIL_BYTES, MAX_NICK_BYTES, MAX_TEXT_BYTES } from '../../../src/shared/limits.ts';
import { encodeWhisper } from '../../../src/shared/room/whisper.ts';

const ada = signerFrom(new Uint8Array(32).fill(1));
const bob = signerFrom(new Uint8Array(32).fill(2));
const cleo = signerFrom(new Uint8Array(32).fill(3));
const device = keyPairFrom(new Uint8Array(32).fill(4));
const ephemeral = keyPairFrom(new Uint8Array(32).fill(5));
const bobsPrekey = keyPairFrom(new Uint8Array(32).fill(6));
const body = utf8('lunch?');

const mail = sealWhisper({
  to: bob.publicKey,
  prekey: { key: bobsPrekey.public, id: 9 },
  device,
  signer: ada,
  body,
});

function open(
  bytes: Uint8Array,
  me = bob,
  secrets: Readonly<Record<number, Uint8Array>> = { 9: bobsPrekey.secret },
) {
  return openWhisper({ me: me.publicKey, prekeySecret: (id) => secrets[id], mail: bytes });
}

/** Mail by hand, so that each part can be what no honest client makes. */
function forge(change: {
  signer?: Signer;
  from?: Uint8Array;
  label?: Label;
  signedTo?: Uint8Array;
  signedId?: number;
  signedEphemeral?: Uint8Array;
  signedDevice?: Uint8Array;
  signedBody?: Uint8Array;
  payload?: Uint8Array;
}) {
  const handshake = new Handshake({
    pattern: 'X',
    initiator: true,
    prologue: concatBytes(utf8('tc1/dm'), bob.publicKey, u32be(9)),
    static: device,
    remoteStatic: bobsPrekey.public,
    ephemeral,
  });
  const signed = concatBytes(
    change.signedTo ?? bob.publicKey,
    u32be(change.signedId ?? 9),
    change.signedEphemeral ?? ephemeral.public,
    change.signedDevice ?? device.public,
    change.signedBody ?? body,
  );
  const sig = (change.signer ?? ada).sign(change.label ?? labels.whisper, signed);
  const payload = concatBytes(change.from ?? ada.publicKey, sig, pad(body, whisperSizes));
  return concatBytes(u32be(9), handshake.write(change.payload ?? payload));
}

describe('a whisper', () => {
  it('is opened by its recipient and names its sender', () => {
    expect(open(mail)).toEqual({ from: ada.publicKey, body });
    expect(whisperPrekeyId(mail)).toBe(9);
  });

  it('is opened when it is made by hand from its parts', () => {
    expect(open(forge({}))).toEqual({ from: ada.publicKey, body });
  });

  it('is not opened by another identity, even one that holds the prekey', () => {
    expect(open(mail, cleo)).toBeUndefined();
  });

  it('is not opened without its prekey, or with another', () => {
    expect(open(mail, bob, {})).toBeUndefined();
    expect(open(mail, bob, { 9: new Uint8Array(32).fill(77) })).toBeUndefined();
  });

  it('cannot be moved to another prekey id', () => {
    const moved = concatBytes(u32be(10), mail.subarray(4));
    expect(open(moved, bob, { 10: bobsPrekey.secret })).toBeUndefined();
  });

  it.each([
    ['by somebody else', { signer: cleo }],
    ['by the named one, but somebody else is named', { from: cleo.publicKey }],
    ['for another recipient, who passes it on', { signedTo: cleo.publicKey }],
    ['for another prekey', { signedId: 8 }],
    ['for another message', { signedEphemeral: new Uint8Array(32) }],
    ['for another device', { signedDevice: new Uint8Array(32) }],
    ['over another body', { signedBody: utf8('lunch!') }],
    ['for another purpose', { label: labels.ev }],
  ])('is refused when it is signed %s', (_how, change) => {
    expect(open(forge(change))).toBeUndefined();
  });

  it.each([
    ['empty', new Uint8Array()],
    ['too short for a signature', new Uint8Array(95)],
    ['without padding', concatBytes(ada.publicKey, new Uint8Array(64), body)],
  ])('is refused when its payload is %s', (_what, payload) => {
    expect(open(forge({ payload }))).toBeUndefined();
  });

  it('is refused, never a crash, when any byte changes', () => {
    for (let at = 0; at < mail.length; at++) {
      const changed = mail.with(at, (mail[at] ?? 0) ^ 0x80);
      expect(
        openWhisper({ me: bob.publicKey, prekeySecret: () => bobsPrekey.secret, mail: changed }),
      ).toBeUndefined();
    }
  });

  it('is refused when it is cut', () => {
    for (let length = 0; length < mail.length; length += 7)
      expect(open(mail.subarray(0, length))).toBeUndefined();
    expect(() => whisperPrekeyId(mail.subarray(0, 3))).toThrow(ProtocolError);
  });

  it('shows nothing of its length but the step', () => {
    const short = sealWhisper({
      to: bob.publicKey,
      prekey: { key: bobsPrekey.public, id: 9 },
      device,
      signer: ada,
      body: new Uint8Array(),
    });
    expect(short).toHaveLength(mail.length);
  });

  it('fits a mailbox at its longest', () => {
    const longest = encodeWhisper({
      from: ada.publicKey,
      to: bob.publicKey,
      id: new Uint8Array(16),
      time: Number.MAX_SAFE_INTEGER,
      prev: new Uint8Array(16),
      nick: 'n'.repeat(MAX_NICK_BYTES),
      text: 't'.repeat(MAX_TEXT_BYTES),
    });
    const sealed = sealWhisper({
      to: bob.publicKey,
      prekey: { key: bobsPrekey.public, id: 9 },
      device,
      signer: ada,
      body: longest,
    });
    expect(sealed.length).toBeLessThanOrEqual(MAX_MAIL_BYTES);
  });
});
