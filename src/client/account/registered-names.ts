import { ATTEMPT_MS } from '../../link/link-state.ts';
import type { Refused } from '../../link/questions.ts';
import { equalBytes, utf8 } from '../../shared/bytes.ts';
import { keyTag, labels, verify } from '../../shared/crypto/sign.ts';
import { idBytes, identityKey, type RelayId } from '../../shared/ids.ts';
import { MAX_SEARCH, SECOND } from '../../shared/limits.ts';
import { isName, nameBytes } from '../../shared/wire/account.ts';
import type { ReplyOf } from '../../shared/wire/control.ts';
import { refused, type Refusal, type Result } from '../api.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';
import type { RelayPool } from '../relays/relay-pool.ts';
import type { Person, RelayInfo } from '../session-events.ts';

/** How long a relay is waited for that is still connecting: by then its first attempt has told how it ends. */
const RELAY_MS = ATTEMPT_MS + SECOND;

/** A name at a relay. `nick` is the name. */
export interface AccountName extends Person {
  /** URL. */
  readonly relay: string;
  /** It can be had on another device with a password. */
  readonly password: boolean;
}

export interface FoundUser extends Person {
  readonly online: boolean;
}

/** A relay that can be asked, and its key. */
export interface AskedRelay {
  readonly relay: RelayConnection;
  readonly id: Uint8Array;
}

/** Names that people have at relays, each signed by whoever has it. */
export class RegisteredNames {
  readonly #relays: RelayPool;
  readonly #self: Uint8Array;

  /** `self` is the own key. */
  constructor(relays: RelayPool, self: Uint8Array) {
    this.#relays = relays;
    this.#self = self;
  }

  /** Names are of a relay somebody runs; one on this machine or network forgets them. */
  async relay(): Promise<Result<AskedRelay>> {
    const relays = this.#relays;
    const chosen = (): { relay: RelayConnection; id: RelayId } | undefined => {
      for (const relay of relays.online()) {
        const { id } = relay.info;
        if (relay.via === 'relay' && id !== undefined) return { relay, id };
      }
      return undefined;
    };
    const wanted = (): RelayInfo[] => relays.infos().filter(({ via }) => via === 'relay');
    if (wanted().length === 0) return refused('no-relay');
    await relays.until(RELAY_MS, () => chosen() !== undefined || relays.infos().every(isSettled));
    const found = chosen();
    if (found) return { ok: true, value: { ...found, id: idBytes(found.id) } };
    const away = wanted().find(({ reason }) => reason !== undefined);
    return { ...refused(away?.reason ?? 'unreachable'), about: 'relay', names: away ? [away.url] : [] };
  }

  /** What this key is called there; refused with `not-registered`. */
  async mineAt({ relay, id }: AskedRelay): Promise<Result<AccountName>> {
    const answer = await relay.ask({ t: 'lookup', by: { identity: this.#self } });
    if (answer.t === 'refused')
      return answer.code === 'no-such-name' ? refused('not-registered') : refusal(answer);
    if (!isGenuine(answer, id) || !equalBytes(answer.identity, this.#self)) return refused('protocol');
    return { ok: true, value: accountOf(answer, relay) };
  }

  /** Whose name this is there; refused with `no-such-name`. */
  async lookup({ relay, id }: AskedRelay, name: string): Promise<Result<AccountName>> {
    const answer = await relay.ask({ t: 'lookup', by: { name } });
    if (answer.t === 'refused') return refusal(answer);
    if (!isGenuine(answer, id) || answer.name !== name) return refused('protocol');
    return { ok: true, value: accountOf(answer, relay) };
  }

  /** Whoever signed to be called that at a relay that is connected. */
  async find(name: string): Promise<(Person & { readonly relay: string }) | undefined> {
    if (!isName(name)) return undefined;
    const relays = this.#relays;
    await relays.until(RELAY_MS, () => relays.infos().every(isSettled));
    for (const relay of relays.online()) {
      const id = relay.via === 'relay' ? relay.info.id : undefined;
      if (id === undefined) continue;
      const found = await this.lookup({ relay, id: idBytes(id) }, name);
      if (found.ok) return found.value;
    }
    return undefined;
  }

  async search(text: string): Promise<Result<{ users: readonly FoundUser[]; more: boolean }>> {
    if (utf8(text).length > MAX_SEARCH) return refused('bad-name');
    const at = await this.relay();
    if (!at.ok) return at;
    const answer = await at.value.relay.ask({ t: 'search-names', text });
    if (answer.t === 'refused') return refusal(answer);
    const users = answer.names
      .filter(({ name }) => isName(name))
      .map(({ name, identity, online }) => ({ ...personOf(name, identity), online }));
    return { ok: true, value: { users, more: answer.more } };
  }
}

/** Nothing is to be expected of it any more before it is asked. */
function isSettled({ via, state, reason }: RelayInfo): boolean {
  return via === 'lan' || state === 'online' || reason !== undefined;
}

/** The relay cannot give a name to a key that did not sign for it there. */
function isGenuine({ name, identity, at, sig }: ReplyOf<'name-found'>, relay: Uint8Array): boolean {
  return isName(name) && verify(labels.name, identity, nameBytes({ relay, name, at }), sig);
}

function accountOf({ name, identity, password }: ReplyOf<'name-found'>, relay: RelayConnection): AccountName {
  return { ...personOf(name, identity), relay: relay.url, password: password ?? false };
}

function personOf(name: string, identity: Uint8Array): Person {
  return { key: identityKey(identity), tag: keyTag(identity), nick: name };
}

/** A relay's refusal as the client's own. */
export function refusal({ code, retryMs }: Refused): Refusal {
  return { ...refused(code), ...(retryMs === undefined ? {} : { retryMs }) };
}
