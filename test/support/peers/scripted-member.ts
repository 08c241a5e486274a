import {
  encodeWhisper,
  generateKeyPair,
  issueDeviceCertificate,
  openPrekey,
  randomBytes,
  sealWhisper,
  signerFrom,
  type DeviceCertificate,
  type Signer,
} from '../../../src/shared/public.ts';
import { MemberCircuit, type EntryScript } from './member-circuit.ts';
import { WireLine } from './wire-line.ts';

/** Seconds since 1970; after every test. */
const NEVER = 4_000_000_000;

/**
 * A member at any relay, written on `chat-tui/protocol` alone: `ScriptedMember.logIn`, then `join` a room, or only `enter`
 * or `dial` where that is not to end well. It checks its host as a member must, and lies in its handshake wherever a script
 * says so; the circuit it gets says and posts whatever a test wants, and records in order what is heard.
 */
export class ScriptedMember {
  readonly line: WireLine;
  readonly signer: Signer;
  readonly device = generateKeyPair();

  /** The relay's key. */
  readonly relay: Uint8Array;

  private constructor(line: WireLine, signer: Signer, relay: Uint8Array) {
    this.line = line;
    this.signer = signer;
    this.relay = relay;
  }

  static async logIn(relayUrl: string, signer = signerFrom(randomBytes(32))): Promise<ScriptedMember> {
    const line = await WireLine.connect(relayUrl);
    await line.logIn({ purpose: 'member', signer });
    const { relay } = await line.expect('challenge');
    return new ScriptedMember(line, signer, relay);
  }

  /** Opens a circuit to the host of `room`; nothing is said on it yet. */
  async dial(room: Uint8Array): Promise<MemberCircuit> {
    const conv = randomBytes(16);
    const { relay } = this;
    const { circuit, handle } = await this.line.request({ t: 'dial', room, conv }, 'dialled');
    return new MemberCircuit(this, { room, relay, conv, circuit, handle });
  }

  /** Dials and shakes hands; `welcome` or the refusal is in `heard`. */
  async enter(room: Uint8Array, script: EntryScript = {}): Promise<MemberCircuit> {
    const circuit = await this.dial(room);
    await circuit.shakeHands(script);
    return circuit;
  }

  /** Enters and waits for the welcome and the pages after it. */
  async join(room: Uint8Array, script: EntryScript = {}): Promise<MemberCircuit> {
    const circuit = await this.enter(room, script);
    await circuit.message('page', ({ last }) => last);
    return circuit;
  }

  /** Seals a whisper in which it says of itself what it likes, and leaves it at the relay. */
  async whisper(to: Uint8Array, said: { nick: string; text: string; time?: number }): Promise<void> {
    const { signer } = this;
    const answer = await this.line.request({ t: 'get-prekey', identity: to }, 'prekey');
    const prekey = openPrekey(answer.prekey, to, Date.now() / 1_000);
    if (!prekey) throw new Error('no prekey');
    const id = randomBytes(16);
    const body = encodeWhisper({ from: signer.publicKey, to, id, time: Date.now(), ...said });
    const mail = sealWhisper({ to, prekey, device: generateKeyPair(), signer, body });
    await this.line.request({ t: 'put-mail', to, id, mail }, 'mail-stored');
  }

  certificate(): DeviceCertificate {
    return issueDeviceCertificate(this.signer, this.device.public, randomBytes(16), NEVER);
  }
}
