import type { Account } from '../../src/client/account/account.ts';
import type { AccountName, FoundUser } from '../../src/client/account/registered-names.ts';
import type { ClientRefusal, Result } from '../../src/client/api.ts';
import type { Person } from '../../src/client/session-events.ts';
import { isName } from '../../src/shared/wire/account.ts';
import type { MemoryWorld } from './memory-world.ts';

/** Who is called what, and by which password; of everybody in a world. */
export type MemoryNames = Map<string, { readonly owner: Person; password: string | undefined }>;

/** Names of a world without keys: who logged in is only noted. */
export class MemoryAccount implements Account {
  hasHistory = false;
  /** The name this person logged in as; undefined again after `/logout`. */
  switchedTo: string | undefined;
  loggedOut = 0;
  /** The next call is refused like this. */
  refusal: ClientRefusal | undefined;
  readonly #world: MemoryWorld;
  readonly #self: () => Person;

  constructor(world: MemoryWorld, self: () => Person) {
    this.#world = world;
    this.#self = self;
  }

  async mine(): Promise<Result<AccountName>> {
    const refused = this.#refused();
    if (refused) return refused;
    const name = this.#name();
    return name === undefined ? no('not-registered') : this.#named(name);
  }

  async check(name: string): Promise<Result<void>> {
    const refused = this.#refused();
    if (refused) return refused;
    if (!isName(name)) return no(name.length < 3 ? 'name-too-short' : 'bad-name');
    const held = this.#world.names.get(name);
    if (held && held.owner.key !== this.#self().key) return no('name-taken');
    const mine = this.#name();
    return mine === undefined || mine === name ? { ok: true, value: undefined } : no('has-name');
  }

  async register(
    name: string,
    password: string | undefined,
    progress?: (done: number) => void,
  ): Promise<Result<AccountName>> {
    const free = await this.check(name);
    if (!free.ok) return free;
    if (password !== undefined && password.length < 8) return no('password-too-short');
    progress?.(0.5);
    progress?.(1);
    this.#world.names.set(name, { owner: this.#self(), password });
    return this.#named(name);
  }

  async setPassword(password: string | undefined): Promise<Result<AccountName>> {
    const mine = await this.mine();
    if (!mine.ok) return mine;
    this.#world.names.set(mine.value.nick, { owner: this.#self(), password });
    return this.#named(mine.value.nick);
  }

  async login(name: string, password: string | undefined): Promise<Result<AccountName>> {
    const refused = this.#refused();
    if (refused) return refused;
    const held = this.#world.names.get(name);
    if (!held) return no('no-such-name');
    if (held.owner.key !== this.#self().key) {
      if (password === undefined) return no('password-needed');
      if (password !== held.password) return no('wrong-password');
      this.switchedTo = name;
    }
    return this.#named(name);
  }

  logout(): Result<void> {
    this.switchedTo = undefined;
    this.loggedOut += 1;
    return { ok: true, value: undefined };
  }

  async remove(): Promise<Result<string>> {
    const mine = await this.mine();
    if (!mine.ok) return mine;
    this.#world.names.delete(mine.value.nick);
    return { ok: true, value: mine.value.nick };
  }

  async search(text: string): Promise<Result<{ users: readonly FoundUser[]; more: boolean }>> {
    const refused = this.#refused();
    if (refused) return refused;
    const users = [...this.#world.names]
      .filter(([name]) => name.includes(text.replaceAll('*', '')))
      .map(([name, { owner }]) => ({
        ...owner,
        nick: name,
        online: this.#world.participants.has(owner.key),
      }));
    return { ok: true, value: { users, more: false } };
  }

  #name(): string | undefined {
    const { key } = this.#self();
    return [...this.#world.names].find(([, { owner }]) => owner.key === key)?.[0];
  }

  #named(name: string): Result<AccountName> {
    const held = this.#world.names.get(name);
    if (!held) return no('no-such-name');
    const { owner, password } = held;
    const relay = 'wss://chat.example.org';
    return { ok: true, value: { ...owner, nick: name, relay, password: password !== undefined } };
  }

  #refused(): { ok: false; code: ClientRefusal } | undefined {
    const { refusal } = this;
    this.refusal = undefined;
    return refusal && no(refusal);
  }
}

function no(code: ClientRefusal): { ok: false; code: ClientRefusal } {
  return { ok: false, code };
}
