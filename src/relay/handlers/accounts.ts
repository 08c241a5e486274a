import { createHmac } from 'node:crypto';
import { equalBytes } from '../../shared/bytes.ts';
import { labels, randomBytes, verify } from '../../shared/crypto/sign.ts';
import { ProtocolError } from '../../shared/errors.ts';
import { identityKey } from '../../shared/ids.ts';
import { DEFAULT_STRETCH, MAX_FOUND_NAMES, MINUTE, DAY } from '../../shared/limits.ts';
import { isName, nameBytes, passwordProofBytes } from '../../shared/wire/account.ts';
import type { RequestOf, Stretch } from '../../shared/wire/control.ts';
import type { Allowances } from '../allowances/allowances.ts';
import { LastingBuckets } from '../allowances/lasting-buckets.ts';
import type { Clock } from '../clock.ts';
import type { Answer } from '../dispatch.ts';
import type { RelayLimits } from '../limits.ts';
import type { Logger } from '../log.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Names, RegisteredName } from '../names/names.ts';
import { KeyedBuckets, rateOf, type Rate } from '../rate-limit.ts';
import type { Login, Party, Registry } from '../registry.ts';

/** Networks, and accounts tried from them, that are remembered. */
const MAX_KEYS = 20_000;

export interface AccountParts {
  readonly names: Names;
  readonly allowances: Allowances;
  readonly mailbox: Mailbox;
  readonly registry: Registry;
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly log: Logger;
  /** The relay's own key pair: what it is called, and what salts of accounts that are not there are made from. */
  readonly relay: { readonly publicKey: Uint8Array; readonly seed: Uint8Array };
  /** Whether the disk can take more. */
  readonly canStore: () => boolean;
}

/** Names, and the sealed identities that passwords open. */
export class Accounts {
  readonly #parts: AccountParts;
  readonly #registrations: LastingBuckets;
  readonly #searches: KeyedBuckets;
  readonly #failures: LastingBuckets;
  /** One open challenge a connection. */
  readonly #challenges = new WeakMap<Party, { name: string; nonce: Uint8Array }>();

  constructor(parts: AccountParts) {
    const { limits, allowances, clock, relay } = parts;
    const rates = ratesOf(limits);
    const lasting = (kind: string, rate: Rate) =>
      new LastingBuckets({ kind, rate, maxKeys: MAX_KEYS, allowances, clock, secret: relay.seed });
    this.#parts = parts;
    this.#registrations = lasting('registration', rates.registrations);
    this.#searches = new KeyedBuckets(rates.searches, MAX_KEYS);
    this.#failures = lasting('login-failure', rates.failures);
  }

  async claim(from: Party, request: RequestOf<'claim-name'>, who: Login): Promise<Answer> {
    const { names, relay, limits, log, canStore } = this.#parts;
    const { rid, name, at, sig } = request;
    if (!isName(name)) return { code: 'bad-name' };
    if (!verify(labels.name, who.key, nameBytes({ relay: relay.publicKey, name, at }), sig))
      throw new ProtocolError('a name that its owner did not sign');
    const claim = { name, owner: who.key, at, sig };
    const refusal = names.refusal(claim);
    if (refusal) return refusal;
    if (!names.of(who.key)) {
      if (!canStore()) return { code: 'storage-full' };
      const wait = await this.#registrations.tryTake(from.network);
      if (wait > 0)
        return { code: 'registration-limit', retryMs: wait, limit: limits.registrationsPerNetwork };
    }
    const result = await names.claim(claim);
    if ('code' in result) return result;
    log.info('name-claimed', { connection: from.id });
    return { t: 'ok', rid };
  }

  lookup({ rid, by }: RequestOf<'lookup'>, who: Login): Answer {
    const { names } = this.#parts;
    const found = 'name' in by ? names.named(by.name) : names.of(by.identity);
    if (!found) return { code: 'no-such-name' };
    const { name, owner, at, sig } = found;
    const own = equalBytes(owner, who.key) ? { password: found.password } : {};
    return { t: 'name-found', rid, name, identity: owner, at, sig, online: this.#isOnline(found), ...own };
  }

  search(from: Party, { rid, text }: RequestOf<'search-names'>): Answer {
    const { names, limits, clock } = this.#parts;
    const wanted = text.toLowerCase();
    if (!/^[a-z0-9_*-]*$/.test(wanted)) return { code: 'bad-name' };
    const wait = this.#searches.tryTake(from.network, clock.monotonic());
    if (wait > 0) return { code: 'search-limit', retryMs: wait, limit: limits.searchesPerNetwork };
    const pattern = (wanted.includes('*') ? wanted : `*${wanted}*`).replace(/\*+/g, '*');
    const found = names.search(pattern, MAX_FOUND_NAMES + 1);
    return {
      t: 'names',
      rid,
      names: found
        .slice(0, MAX_FOUND_NAMES)
        .map((one) => ({ name: one.name, identity: one.owner, online: this.#isOnline(one) })),
      more: found.length > MAX_FOUND_NAMES,
    };
  }

  /** Mail that waits is delivered first: nobody could read it afterwards. */
  async release(from: Party, { rid, name }: RequestOf<'release-name'>, who: Login): Promise<Answer> {
    const { names, mailbox, clock, log } = this.#parts;
    if (names.of(who.key)?.name !== name) return { code: 'no-such-name' };
    if (mailbox.waiting(who.key, 0, 1).length > 0) return { code: 'mail-waiting' };
    const result = await names.release(who.key, clock.wall());
    if ('code' in result) return result;
    // Nobody is to leave mail for somebody who is gone; what a full disk keeps of it expires.
    await mailbox.removePrekey(who.key).catch(() => undefined);
    log.info('name-released', { connection: from.id });
    return { t: 'ok', rid };
  }

  async putBackup({ rid, backup }: RequestOf<'put-backup'>, who: Login): Promise<Answer> {
    const { names, canStore } = this.#parts;
    if (backup && !canStore()) return { code: 'storage-full' };
    const result = await names.putBackup(who.key, backup);
    return 'code' in result ? result : { t: 'ok', rid };
  }

  /** Answers for a name that nobody has as for any other. */
  askBackup(from: Party, { rid, name }: RequestOf<'ask-backup'>): Answer {
    const nonce = randomBytes(32);
    this.#challenges.set(from, { name, nonce });
    const stretch = this.#parts.names.backup(name)?.stretch ?? this.#inventedStretch(name);
    return { t: 'backup-challenge', rid, stretch, nonce };
  }

  /** A name that nobody has, one without a password and a wrong password are one refusal, and cost the same. */
  async getBackup(from: Party, { rid, name, nonce, proof }: RequestOf<'get-backup'>): Promise<Answer> {
    const { names, relay, limits, log } = this.#parts;
    const challenge = this.#challenges.get(from);
    this.#challenges.delete(from);
    // Asked on a connection that was lost while the password was stretched.
    if (challenge?.name !== name) return { code: 'login-timeout' };
    const account = `${from.network} ${name}`;
    // Of this account from this network only: who shares neither is not locked out by it.
    const wait = await this.#failures.tryTake(account);
    if (wait > 0) return { code: 'login-limit', retryMs: wait, limit: limits.loginFailures };
    const backup = names.backup(name);
    const proven = { relay: relay.publicKey, relayNonce: challenge.nonce, clientNonce: nonce, name };
    const login = backup?.login ?? relay.publicKey;
    const right = verify(labels.passwordProof, login, passwordProofBytes(proven), proof);
    if (!right || !backup) {
      log.info('password-refused', { connection: from.id });
      return { code: 'wrong-password' };
    }
    await this.#failures.giveBack(account);
    const { owner, commitment, sealed } = backup;
    return { t: 'backup', rid, identity: owner, commitment, sealed };
  }

  limitsChanged(): void {
    const { limits, clock } = this.#parts;
    const rates = ratesOf(limits);
    this.#registrations.changeRate(rates.registrations);
    this.#searches.changeRate(rates.searches, clock.monotonic());
    this.#failures.changeRate(rates.failures);
  }

  prune(): void {
    this.#searches.prune(this.#parts.clock.monotonic());
    this.#registrations.prune();
    this.#failures.prune();
  }

  /** The same each time somebody asks, like that of a real account. */
  #inventedStretch(name: string): Stretch {
    const digest = createHmac('sha256', this.#parts.relay.seed).update(`tc1/no-account\0${name}`).digest();
    return { salt: new Uint8Array(digest.subarray(0, 16)), ...DEFAULT_STRETCH };
  }

  #isOnline({ owner }: Pick<RegisteredName, 'owner'>): boolean {
    return this.#parts.registry.members.has(identityKey(owner));
  }
}

function ratesOf({ registrationsPerNetwork, searchesPerNetwork, loginFailures }: RelayLimits) {
  return {
    registrations: rateOf(registrationsPerNetwork, DAY),
    searches: rateOf(searchesPerNetwork, MINUTE),
    failures: rateOf(loginFailures, MINUTE),
  };
}
