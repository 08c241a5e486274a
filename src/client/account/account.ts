import type { Clock } from '../../link/clock.ts';
import type { Refused } from '../../link/questions.ts';
import {
  acceptableStretch,
  openBackup,
  passwordBytes,
  passwordKeys,
  sealBackup,
} from '../../shared/crypto/account.ts';
import { labels, randomBytes } from '../../shared/crypto/sign.ts';
import { idBytes } from '../../shared/ids.ts';
import { DEFAULT_STRETCH, MAX_PASSWORD_BYTES, MIN_NAME, MIN_PASSWORD, SECOND } from '../../shared/limits.ts';
import { graphemes } from '../../shared/text.ts';
import { isName, nameBytes, passwordProofBytes } from '../../shared/wire/account.ts';
import type { AccountBackup, Stretch } from '../../shared/wire/control.ts';
import { refused, type ClientRefusal, type Result } from '../api.ts';
import { keepsIdentity, leaveIdentity, switchToKept, switchToSeed } from '../profile/identities.ts';
import type { Profile } from '../profile/profile.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';
import {
  refusal,
  type AccountName,
  type AskedRelay,
  type FoundUser,
  type RegisteredNames,
} from './registered-names.ts';
import { stretchPassword, withProgress, type Progress } from './stretch.ts';

/** How long `remove` waits for what is on its way, and between two looks. */
const DELIVER_MS = 10 * SECOND;
const LOOK_MS = 100;

/** One person's name at a relay: the key is the account, a name is signed by it, a password carries it elsewhere. */
export interface Account {
  /** Something would be left behind by `login` and `logout`. */
  readonly hasHistory: boolean;
  /** What this key is called at the relay; refused with `not-registered`. */
  mine(): Promise<Result<AccountName>>;
  /** Whether the name could be registered, as far as can be told without trying. */
  check(name: string): Promise<Result<void>>;
  /** Without a password the name stays with this device. */
  register(name: string, password: string | undefined, progress?: Progress): Promise<Result<AccountName>>;
  /** Undefined: the name can no longer be had on another device. */
  setPassword(password: string | undefined, progress?: Progress): Promise<Result<AccountName>>;
  /**
   * Makes this profile that account from its next opening on; who it was is kept. Refused with `password-needed` where
   * this device does not keep the key.
   */
  login(name: string, password: string | undefined, progress?: Progress): Promise<Result<AccountName>>;
  /** Makes this profile who it was before, or somebody new, from its next opening on. */
  logout(): Result<void>;
  /**
   * Gives the name up once everything that waits was delivered. With `stay` others can go on whispering to this key.
   */
  remove(options: { readonly stay: boolean }): Promise<Result<string>>;
  /** `*` stands for anything. */
  search(text: string): Promise<Result<{ readonly users: readonly FoundUser[]; readonly more: boolean }>>;
}

export interface AccountParts {
  readonly profile: Profile;
  readonly names: RegisteredNames;
  readonly clock: Clock;
  readonly hasHistory: () => boolean;
  /** Own whispers that have not left yet. */
  readonly waiting: () => number;
  /** Leaves a prekey at a relay again. */
  readonly reachable: (relay: RelayConnection) => void;
}

export class RelayAccount implements Account {
  readonly #parts: AccountParts;
  readonly #names: RegisteredNames;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#names = parts.names;
  }

  get hasHistory(): boolean {
    return this.#parts.hasHistory();
  }

  async mine(): Promise<Result<AccountName>> {
    const at = await this.#names.relay();
    return at.ok ? this.#names.mineAt(at.value) : at;
  }

  async check(name: string): Promise<Result<void>> {
    const flaw = flawOfName(name);
    if (flaw) return refused(flaw);
    if (this.#parts.profile.guest) return refused('guest-only');
    const at = await this.#names.relay();
    if (!at.ok) return at;
    const found = await this.#names.lookup(at.value, name);
    if (found.ok) return found.value.key === this.#parts.profile.key ? done : refused('name-taken');
    if (found.code !== 'no-such-name') return found;
    const mine = await this.#names.mineAt(at.value);
    if (mine.ok) return refused('has-name');
    return mine.code === 'not-registered' ? done : mine;
  }

  async register(
    name: string,
    password: string | undefined,
    progress?: Progress,
  ): Promise<Result<AccountName>> {
    const { profile, clock } = this.#parts;
    const flaw = flawOfName(name) ?? (password === undefined ? undefined : flawOfPassword(password));
    if (flaw) return refused(flaw);
    if (profile.guest) return refused('guest-only');
    const at = await this.#names.relay();
    if (!at.ok) return at;
    const { relay, id } = at.value;
    if (password === undefined) {
      // A name that is one's own already keeps its password: to remove that has a command of its own.
      const mine = await this.#names.mineAt(at.value);
      if (mine.ok && mine.value.nick === name) return mine;
    }
    const backup = password === undefined ? undefined : await this.#backup(id, name, password, progress);
    const time = clock.wall();
    const sig = profile.signer.sign(labels.name, nameBytes({ relay: id, name, at: time }));
    const claimed = await relay.ask({ t: 'claim-name', name, at: time, sig });
    if (claimed.t === 'refused') return refusal(claimed);
    return this.#put(at.value, name, backup);
  }

  async setPassword(password: string | undefined, progress?: Progress): Promise<Result<AccountName>> {
    const flaw = password === undefined ? undefined : flawOfPassword(password);
    if (flaw) return refused(flaw);
    const at = await this.#names.relay();
    if (!at.ok) return at;
    const mine = await this.#names.mineAt(at.value);
    if (!mine.ok) return mine;
    const name = mine.value.nick;
    const backup =
      password === undefined ? undefined : await this.#backup(at.value.id, name, password, progress);
    return this.#put(at.value, name, backup);
  }

  async login(name: string, password: string | undefined, progress?: Progress): Promise<Result<AccountName>> {
    const { profile } = this.#parts;
    const flaw = flawOfName(name);
    if (flaw) return refused(flaw);
    if (profile.guest) return refused('guest-only');
    const at = await this.#names.relay();
    if (!at.ok) return at;
    const found = await this.#names.lookup(at.value, name);
    if (!found.ok) return found;
    const { key } = found.value;
    const account = { ...found.value, password: password !== undefined };
    if (key === profile.key) return { ok: true, value: account };
    if (keepsIdentity(profile.base, key)) {
      switchToKept(profile.base, key);
      return { ok: true, value: account };
    }
    if (password === undefined) return refused('password-needed');
    const seed = await this.#fetch(at.value, found.value, password, progress);
    if (!seed.ok) return seed;
    switchToSeed(profile.base, seed.value);
    return { ok: true, value: account };
  }

  logout(): Result<void> {
    const { profile } = this.#parts;
    if (profile.guest) return refused('guest-only');
    leaveIdentity(profile.base);
    return done;
  }

  search(text: string): ReturnType<Account['search']> {
    return this.#names.search(text);
  }

  async remove({ stay }: { readonly stay: boolean }): Promise<Result<string>> {
    const { clock, waiting, reachable } = this.#parts;
    const at = await this.#names.relay();
    if (!at.ok) return at;
    const mine = await this.#names.mineAt(at.value);
    if (!mine.ok) return mine;
    const { relay } = at.value;
    const name = mine.value.nick;
    const until = clock.now() + DELIVER_MS;
    for (;;) {
      const released = waiting() > 0 ? mailWaiting : await relay.ask({ t: 'release-name', name });
      if (released.t !== 'refused') {
        if (stay) reachable(relay);
        return { ok: true, value: name };
      }
      if (released.code !== 'mail-waiting' || clock.now() >= until) return refusal(released);
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  }

  async #put(
    { relay, id }: AskedRelay,
    name: string,
    backup: AccountBackup | undefined,
  ): Promise<Result<AccountName>> {
    const put = await relay.ask({ t: 'put-backup', ...(backup ? { backup } : {}) });
    if (put.t === 'refused') return refusal(put);
    const mine = await this.#names.mineAt({ relay, id });
    return mine.ok && mine.value.nick !== name ? refused('protocol') : mine;
  }

  async #backup(
    relay: Uint8Array,
    name: string,
    password: string,
    progress: Progress | undefined,
  ): Promise<AccountBackup> {
    const { profile } = this.#parts;
    const identity = profile.signer.publicKey;
    const stretch = { salt: randomBytes(16), ...DEFAULT_STRETCH };
    const keys = passwordKeys(await this.#stretch(password, stretch, progress), relay);
    const sealed = sealBackup(keys, { relay, name, identity }, profile.seed());
    return { stretch, login: keys.login.publicKey, commitment: keys.commitment, sealed };
  }

  async #fetch(
    { relay, id }: AskedRelay,
    { nick: name, key }: AccountName,
    password: string,
    progress: Progress | undefined,
  ): Promise<Result<Uint8Array>> {
    const challenge = await relay.ask({ t: 'ask-backup', name });
    if (challenge.t === 'refused') return refusal(challenge);
    if (!acceptableStretch(challenge.stretch)) return refused('unsafe-stretch');
    const keys = passwordKeys(await this.#stretch(password, challenge.stretch, progress), id);
    const clientNonce = randomBytes(32);
    const proven = passwordProofBytes({ relay: id, relayNonce: challenge.nonce, clientNonce, name });
    const proof = keys.login.sign(labels.passwordProof, proven);
    const backup = await relay.ask({ t: 'get-backup', name, nonce: clientNonce, proof });
    if (backup.t === 'refused') return refusal(backup);
    const seed = openBackup(keys, { relay: id, name, identity: idBytes(key) }, backup);
    return seed ? { ok: true, value: seed } : refused('bad-backup');
  }

  #stretch(password: string, stretch: Stretch, progress: Progress | undefined): Promise<Uint8Array> {
    const work = stretchPassword(passwordBytes(password), stretch);
    return progress ? withProgress(work, stretch, this.#parts.clock, progress) : work;
  }
}

const done = { ok: true, value: undefined } as const;
const mailWaiting: Refused = { t: 'refused', code: 'mail-waiting' };

function flawOfName(name: string): ClientRefusal | undefined {
  if (isName(name)) return undefined;
  return /^[a-z0-9_-]+$/.test(name) && name.length < MIN_NAME ? 'name-too-short' : 'bad-name';
}

function flawOfPassword(password: string): ClientRefusal | undefined {
  if (graphemes(password).length < MIN_PASSWORD) return 'password-too-short';
  return passwordBytes(password).length > MAX_PASSWORD_BYTES ? 'password-too-long' : undefined;
}
