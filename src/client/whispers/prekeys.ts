import type { Clock } from '../../link/clock.ts';
import { issuePrekey } from '../../shared/crypto/certificate.ts';
import { generateKeyPair, keyPairFrom } from '../../shared/crypto/noise.ts';
import type { Signer } from '../../shared/crypto/sign.ts';
import { DAY, PREKEY_KEEP_MS, PREKEY_ROTATE_MS, SECOND } from '../../shared/limits.ts';
import { tookIt } from '../archive/archive-database.ts';
import type { PrekeySecret, WhisperArchive } from '../archive/archive.ts';

/** How long others may seal to a prekey: mail may then wait 14 days before its secret is gone. */
const PREKEY_VALID_MS = PREKEY_KEEP_MS - 15 * DAY;

/** Own whisper prekeys: a fresh one each week, the secrets of old ones for mail that is still on its way. */
export class Prekeys {
  readonly #archive: WhisperArchive;
  readonly #signer: Signer;
  readonly #clock: Pick<Clock, 'wall'>;

  constructor(archive: WhisperArchive, signer: Signer, clock: Pick<Clock, 'wall'>) {
    this.#archive = archive;
    this.#signer = signer;
    this.#clock = clock;
  }

  /** The certificate to leave at relays, of a new prekey where it is time; undefined when the disk would not take that. */
  current(): Uint8Array | undefined {
    const now = this.#clock.wall();
    const [newest] = this.#archive.prekeys();
    const fresh = newest && Math.abs(now - newest.madeAt) < PREKEY_ROTATE_MS;
    const prekey = fresh ? newest : this.#make((newest?.id ?? 0) + 1, now);
    if (!prekey) return undefined;
    const { id, secret, madeAt } = prekey;
    const expires = Math.floor((madeAt + PREKEY_VALID_MS) / SECOND);
    return issuePrekey(this.#signer, keyPairFrom(secret).public, id, expires);
  }

  secret(id: number): Uint8Array | undefined {
    return this.#archive.prekeys().find((prekey) => prekey.id === id)?.secret;
  }

  #make(id: number, madeAt: number): PrekeySecret | undefined {
    const prekey = { id, secret: generateKeyPair().secret, madeAt };
    if (!tookIt(() => this.#archive.addPrekey(prekey))) return undefined;
    this.#archive.removePrekeysBefore(madeAt - PREKEY_KEEP_MS);
    return prekey;
  }
}
