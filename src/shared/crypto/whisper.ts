import { concatBytes, readU32, u32be, utf8 } from '../bytes.ts';
import { ifWellFormed, ProtocolError } from '../errors.ts';
import { generateKeyPair, Handshake, keyPairFrom, type KeyPair } from './noise.ts';
import { pad, unpad, whisperSizes } from './pad.ts';
import { labels, verify, type Signer } from './sign.ts';

const ID_BYTES = 4;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const BODY_AT = KEY_BYTES + SIGNATURE_BYTES;

interface WhisperToSeal {
  /** The recipient's identity key. */
  readonly to: Uint8Array;
  /** The recipient's prekey, checked (`openPrekey`). */
  readonly prekey: { readonly key: Uint8Array; readonly id: number };
  readonly device: KeyPair;
  readonly signer: Signer;
  readonly body: Uint8Array;
  /** Generated when absent; never one that was used before. */
  readonly ephemeral?: KeyPair;
}

/** Mail: `u32 prekey id ‖ Noise X message` with the payload `sender key ‖ signature ‖ pad(body)`. */
export function sealWhisper(whisper: WhisperToSeal): Uint8Array {
  const { to, prekey, device, signer, body } = whisper;
  const ephemeral = whisper.ephemeral ?? generateKeyPair();
  const handshake = new Handshake({
    pattern: 'X',
    initiator: true,
    prologue: whisperPrologue(to, prekey.id),
    static: device,
    remoteStatic: prekey.key,
    ephemeral,
  });
  const sig = signer.sign(
    labels.whisper,
    signedBytes({ to, id: prekey.id, ephemeral: ephemeral.public, device: device.public, body }),
  );
  return concatBytes(
    u32be(prekey.id),
    handshake.write(concatBytes(signer.publicKey, sig, pad(body, whisperSizes))),
  );
}

/** Which prekey the mail was sealed to. Throws `ProtocolError`. */
export function whisperPrekeyId(mail: Uint8Array): number {
  if (mail.length < ID_BYTES) throw new ProtocolError('whisper too short');
  return readU32(mail, 0);
}

/**
 * Undefined when it is not for `me`, its prekey is gone, or `from` did not sign it. The body is the signer's word;
 * whoever decodes it compares the sender and recipient it names with `from` and `me`.
 */
export function openWhisper(mailbox: {
  readonly me: Uint8Array;
  readonly prekeySecret: (id: number) => Uint8Array | undefined;
  readonly mail: Uint8Array;
}): { from: Uint8Array; body: Uint8Array } | undefined {
  const { me, mail } = mailbox;
  return ifWellFormed(() => {
    const id = whisperPrekeyId(mail);
    const secret = mailbox.prekeySecret(id);
    if (!secret) return undefined;
    const handshake = new Handshake({
      pattern: 'X',
      initiator: false,
      prologue: whisperPrologue(me, id),
      static: keyPairFrom(secret),
    });
    const payload = handshake.read(mail.subarray(ID_BYTES));
    const device = handshake.remoteStatic;
    if (!device || payload.length < BODY_AT) return undefined;
    const from = payload.slice(0, KEY_BYTES);
    const sig = payload.subarray(KEY_BYTES, BODY_AT);
    const body = unpad(payload.subarray(BODY_AT), whisperSizes);
    const ephemeral = mail.subarray(ID_BYTES, ID_BYTES + KEY_BYTES);
    const signed = signedBytes({ to: me, id, ephemeral, device, body });
    return verify(labels.whisper, from, signed, sig) ? { from, body } : undefined;
  });
}

function whisperPrologue(to: Uint8Array, prekeyId: number): Uint8Array {
  return concatBytes(utf8('tc1/dm'), to, u32be(prekeyId));
}

/** Naming recipient and ephemeral key keeps the recipient from passing the whisper on as if sent to another. */
function signedBytes(whisper: {
  readonly to: Uint8Array;
  readonly id: number;
  readonly ephemeral: Uint8Array;
  readonly device: Uint8Array;
  readonly body: Uint8Array;
}): Uint8Array {
  const { to, id, ephemeral, device, body } = whisper;
  return concatBytes(to, u32be(id), ephemeral, device, body);
}
