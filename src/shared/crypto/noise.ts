import { primitives } from '#primitives';
import { concatBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { type CipherState, SymmetricState } from './noise-state.ts';
import { AEAD_TAG_BYTES } from './primitives.ts';

/*
 * The Noise Protocol Framework, revision 34 (https://noiseprotocol.org/noise.html), as far as rooms (XXpsk3) and
 * whispers (X) need it: 25519, ChaChaPoly, SHA256. Names follow the specification.
 */

type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk';

const patterns = {
  XXpsk3: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
  X: [['e', 'es', 's', 'ss']],
} as const satisfies Record<string, readonly (readonly Token[])[]>;

/** Longest message of the framework (§3), handshake or transport. */
export const MAX_NOISE_BYTES = 65_535;
const KEY_BYTES = 32;
const empty = new Uint8Array();

/** X25519 keys, 32 bytes each. */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

export function generateKeyPair(): KeyPair {
  return keyPairFrom(primitives.randomBytes(KEY_BYTES));
}

export function keyPairFrom(secret: Uint8Array): KeyPair {
  return { secret, public: primitives.x25519PublicKey(secret) };
}

export interface HandshakeOptions {
  readonly pattern: keyof typeof patterns;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  readonly static: KeyPair;
  /** 32 bytes; for XXpsk3. A responder may know several, asked for when one is needed: the first that fits is taken. */
  readonly psk?: Uint8Array | (() => readonly Uint8Array[]);
  /** The responder's key; for the initiator of X. */
  readonly remoteStatic?: Uint8Array;
  /** Generated when absent; never one that was used before. */
  readonly ephemeral?: KeyPair;
}

/** One run of a handshake. `write` and `read` take turns; after an error it is dead. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #messages: readonly (readonly Token[])[];
  #symmetric: SymmetricState;
  #psk: Uint8Array | undefined;
  #ephemeral: KeyPair | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #remoteStatic: Uint8Array | undefined;
  #next = 0;
  #dead = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#messages = patterns[options.pattern];
    this.#remoteStatic = options.remoteStatic;
    this.#ephemeral = options.ephemeral;
    this.#symmetric = new SymmetricState(`Noise_${options.pattern}_25519_ChaChaPoly_SHA256`);
    this.#symmetric.mixHash(options.prologue);
    if (options.pattern === 'XXpsk3') {
      const { psk, initiator } = options;
      if (typeof psk === 'function' ? initiator : psk?.length !== KEY_BYTES)
        throw new RangeError('XXpsk3 wants a psk of 32 bytes');
    } else {
      // X: the initiator knows the responder's key beforehand.
      this.#symmetric.mixHash(options.initiator ? this.#need(this.#remoteStatic) : options.static.public);
    }
  }

  get finished(): boolean {
    return this.#next === this.#messages.length && !this.#dead;
  }

  /** Known from the message that carried it; proven only when `read` has returned. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic;
  }

  /** The one of several that fitted. */
  get psk(): Uint8Array | undefined {
    return this.#psk;
  }

  /** h: equal on both sides and unique to this run. */
  get hash(): Uint8Array {
    return this.#symmetric.hash;
  }

  write(payload: Uint8Array): Uint8Array {
    const tokens = this.#turn(true);
    const message = concatBytes(
      ...tokens.map((token) => this.#writeToken(token)),
      this.#symmetric.encryptAndHash(payload),
    );
    if (message.length > MAX_NOISE_BYTES) throw new RangeError('Noise message too long');
    this.#done();
    return message;
  }

  /**
   * Gives the payload. Throws `ProtocolError`; its code is `wrong-code` when everything fitted but the psk.
   */
  read(message: Uint8Array): Uint8Array {
    const tokens = this.#turn(false);
    if (message.length > MAX_NOISE_BYTES) throw new ProtocolError('Noise message too long');
    let rest = message;
    for (const token of tokens) if (token !== 'psk') rest = rest.subarray(this.#readToken(token, rest));
    const payload = tokens.includes('psk') ? this.#readWithPsk(rest) : this.#symmetric.decryptAndHash(rest);
    if (!payload)
      throw new ProtocolError(
        'handshake does not decrypt',
        tokens.includes('psk') ? 'wrong-code' : 'protocol',
      );
    this.#done();
    return payload;
  }

  /** The transport phase; only when `finished`. */
  split(): Channel {
    if (!this.finished) throw new Error('handshake not finished');
    const [first, second] = this.#symmetric.split();
    return this.#options.initiator ? new Channel(first, second) : new Channel(second, first);
  }

  #turn(writing: boolean): readonly Token[] {
    const tokens = this.#messages[this.#next];
    const initiatorsTurn = this.#next % 2 === 0;
    if (!tokens || this.#dead || (this.#options.initiator === initiatorsTurn) !== writing)
      throw writing ? new Error('not the turn to write') : new ProtocolError('handshake message out of turn');
    this.#dead = true;
    return tokens;
  }

  #done(): void {
    this.#next++;
    this.#dead = false;
  }

  #writeToken(token: Token): Uint8Array {
    if (token === 'e') {
      this.#ephemeral ??= generateKeyPair();
      return this.#mixEphemeral(this.#ephemeral.public);
    }
    if (token === 's') return this.#symmetric.encryptAndHash(this.#options.static.public);
    this.#mixToken(token);
    return empty;
  }

  /** How many bytes of `rest` the token took. */
  #readToken(token: Token, rest: Uint8Array): number {
    if (token === 'e') {
      this.#remoteEphemeral = this.#mixEphemeral(take(rest, KEY_BYTES));
      return KEY_BYTES;
    }
    if (token === 's') {
      const length = this.#symmetric.hasKey ? KEY_BYTES + AEAD_TAG_BYTES : KEY_BYTES;
      this.#remoteStatic = this.#symmetric.decryptAndHash(take(rest, length));
      if (!this.#remoteStatic) throw new ProtocolError('handshake does not decrypt');
      return length;
    }
    this.#mixToken(token);
    return 0;
  }

  /** In the patterns there are the psk is the last token before the payload. */
  #readWithPsk(sealed: Uint8Array): Uint8Array | undefined {
    const { psk } = this.#options;
    for (const candidate of typeof psk === 'function' ? psk() : [this.#need(psk)]) {
      const symmetric = this.#symmetric.fork();
      symmetric.mixKeyAndHash(candidate);
      const payload = symmetric.decryptAndHash(sealed);
      if (!payload) continue;
      this.#symmetric = symmetric;
      this.#psk = candidate;
      return payload;
    }
    return undefined;
  }

  #mixEphemeral(key: Uint8Array): Uint8Array {
    this.#symmetric.mixHash(key);
    // §9.2: with a psk the ephemeral key goes into the chaining key too.
    if (this.#options.pattern === 'XXpsk3') this.#symmetric.mixKey(key);
    return key;
  }

  #mixToken(token: Exclude<Token, 'e' | 's'>): void {
    if (token === 'psk') return this.#symmetric.mixKeyAndHash(this.#ownPsk());
    // The first letter is the initiator's key, the second the responder's.
    const { initiator } = this.#options;
    const ownEphemeral = token.charAt(initiator ? 0 : 1) === 'e';
    const theirEphemeral = token.charAt(initiator ? 1 : 0) === 'e';
    const own = ownEphemeral ? this.#ephemeral : this.#options.static;
    if (!own) throw new Error('handshake lacks a key');
    const theirs = this.#need(theirEphemeral ? this.#remoteEphemeral : this.#remoteStatic);
    this.#symmetric.mixKey(primitives.x25519(own.secret, theirs));
  }

  #ownPsk(): Uint8Array {
    const { psk } = this.#options;
    return this.#need(typeof psk === 'function' ? psk()[0] : psk);
  }

  #need(key: Uint8Array | undefined): Uint8Array {
    if (!key) throw new Error('handshake lacks a key');
    return key;
  }
}

/** The two directions of a finished handshake; messages of each must be opened in the order in which they were sealed. */
export class Channel {
  readonly #sending: CipherState;
  readonly #receiving: CipherState;

  constructor(sending: CipherState, receiving: CipherState) {
    this.#sending = sending;
    this.#receiving = receiving;
  }

  /** `plaintext` is at most 65 519 bytes. */
  seal(plaintext: Uint8Array): Uint8Array {
    if (plaintext.length > MAX_NOISE_BYTES - AEAD_TAG_BYTES) throw new RangeError('Noise message too long');
    return this.#sending.encrypt(empty, plaintext);
  }

  /** Throws `ProtocolError`; there is no way back into step after that. */
  open(message: Uint8Array): Uint8Array {
    const plaintext = message.length <= MAX_NOISE_BYTES ? this.#receiving.decrypt(empty, message) : undefined;
    if (!plaintext) throw new ProtocolError('message does not decrypt');
    return plaintext;
  }
}

function take(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length < length) throw new ProtocolError('handshake message too short');
  return Uint8Array.from(bytes.subarray(0, length));
}
