import type { Clock } from '../../link/clock.ts';
import { sealCast } from '../../shared/crypto/seal.ts';
import { randomBytes } from '../../shared/crypto/sign.ts';
import { tookIt, type History } from '../history/history.ts';
import {
  admitting,
  afterCast,
  firstKey,
  isWorn,
  joinWait,
  nextKey,
  type KeyAge,
  type RekeyPolicy,
} from './rekey.ts';

/** Epochs that one write to the store reserves: a rekey then rarely waits for the disk. */
const RESERVED_EPOCHS = 64;

export interface RoomKeyOptions {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
  readonly history: History;
  readonly clock: Clock;
  readonly policy: RekeyPolicy;
}

/** The key that casts are sealed with; it lives in memory only, its epoch rises over restarts. */
export class RoomKey {
  readonly #options: RoomKeyOptions;
  #key: Uint8Array = randomBytes(32);
  #age: KeyAge;
  #reserved: number;

  constructor(options: RoomKeyOptions) {
    this.#options = options;
    this.#reserved = options.history.record()?.kepoch ?? 0;
    this.#age = firstKey(this.#reserved + 1, options.clock.now());
    this.#reserve();
  }

  get key(): Uint8Array {
    return this.#key;
  }

  get kepoch(): number {
    return this.#age.kepoch;
  }

  get isWorn(): boolean {
    return isWorn(this.#age, this.#options.policy, this.#options.clock.now());
  }

  /** Ms until newcomers may be let in. */
  get joinWait(): number {
    return joinWait(this.#age, this.#options.policy, this.#options.clock.now());
  }

  /** Newcomers are about to be let in with a new key. */
  admitting(): void {
    this.#age = admitting(this.#age, this.#options.clock.now());
  }

  /** From here on casts are sealed with a fresh key. */
  renew(): void {
    this.#key = randomBytes(32);
    this.#age = nextKey(this.#age, this.#options.clock.now());
    this.#reserve();
  }

  /** `seq` 0 for a hint. */
  seal(seq: number, plaintext: Uint8Array): Uint8Array {
    const { room, log } = this.#options;
    this.#age = afterCast(this.#age);
    return sealCast(this.#key, { room, log, kepoch: this.#age.kepoch, seq }, plaintext);
  }

  #reserve(): void {
    if (this.#age.kepoch <= this.#reserved) return;
    this.#reserved = this.#age.kepoch + RESERVED_EPOCHS;
    // A leaver must lose its key even when the disk is full.
    tookIt(() => this.#options.history.update({ kepoch: this.#reserved }));
  }
}
