import { toHex } from '../../shared/bytes.ts';
import type { Rejection } from '../../shared/errors.ts';
import { skeleton } from '../../shared/lookalike.ts';
import type { AccountBackup } from '../../shared/wire/control.ts';
import type { NameClaim, NameLimits, NameResult, Names, RegisteredName } from './names.ts';

interface Kept {
  claim: NameClaim;
  readonly owner: string;
  readonly drawn: string;
  backup: AccountBackup | undefined;
  /** Given up then. */
  released: number | undefined;
}

/** For a relay without a data folder, and for tests; forgets everything when it ends. */
export class MemoryNames implements Names {
  readonly #limits: NameLimits;
  readonly #kept = new Map<string, Kept>();

  constructor(limits: NameLimits) {
    this.#limits = limits;
  }

  refusal({ name, owner: key }: Pick<NameClaim, 'name' | 'owner'>): Rejection | undefined {
    const owner = toHex(key);
    const all = [...this.#kept.values()];
    const same = this.#kept.get(name);
    if (same && same.owner !== owner) return { code: 'name-taken' };
    if (all.some((one) => one.owner === owner && one.released === undefined && one !== same))
      return { code: 'has-name' };
    const drawn = skeleton(name);
    if (all.some((one) => one.drawn === drawn && one.owner !== owner)) return { code: 'name-lookalike' };
    if (!same && this.#kept.size >= this.#limits.names) return { code: 'storage-full' };
    return undefined;
  }

  claim(claim: NameClaim): Promise<NameResult> {
    const refusal = this.refusal(claim);
    if (refusal) return Promise.resolve(refusal);
    const { name } = claim;
    const same = this.#kept.get(name);
    const own = { ...claim, owner: claim.owner.slice(), sig: claim.sig.slice() };
    this.#kept.set(name, {
      claim: own,
      owner: toHex(claim.owner),
      drawn: skeleton(name),
      backup: same?.backup,
      released: undefined,
    });
    return Promise.resolve({ done: true });
  }

  named(name: string): RegisteredName | undefined {
    const kept = this.#kept.get(name);
    return kept && kept.released === undefined ? registered(kept) : undefined;
  }

  of(owner: Uint8Array): RegisteredName | undefined {
    const kept = this.#live(owner);
    return kept && registered(kept);
  }

  search(pattern: string, limit: number): Pick<NameClaim, 'name' | 'owner'>[] {
    return [...this.#kept.values()]
      .filter(({ claim, released }) => released === undefined && fitsPattern(claim.name, pattern))
      .map(({ claim: { name, owner } }) => ({ name, owner }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }

  release(owner: Uint8Array, now: number): Promise<NameResult> {
    const kept = this.#live(owner);
    if (!kept) return Promise.resolve({ code: 'no-such-name' });
    kept.released = now;
    kept.backup = undefined;
    return Promise.resolve({ done: true });
  }

  putBackup(owner: Uint8Array, backup: AccountBackup | undefined): Promise<NameResult> {
    const kept = this.#live(owner);
    if (!kept) return Promise.resolve({ code: 'no-such-name' });
    kept.backup = backup && structuredClone(backup);
    return Promise.resolve({ done: true });
  }

  backup(name: string): (AccountBackup & { readonly owner: Uint8Array }) | undefined {
    const kept = this.#kept.get(name);
    return kept?.backup && { ...kept.backup, owner: kept.claim.owner };
  }

  purge(now: number): void {
    for (const [name, { released }] of this.#kept)
      if (released !== undefined && released <= now - this.#limits.nameHoldMs) this.#kept.delete(name);
  }

  #live(key: Uint8Array): Kept | undefined {
    const owner = toHex(key);
    return [...this.#kept.values()].find((one) => one.owner === owner && one.released === undefined);
  }
}

function registered({ claim, backup }: Kept): RegisteredName {
  return { ...claim, password: backup !== undefined };
}

/** Each piece at its first place after the one before: no pattern takes longer than it and the name are long. */
function fitsPattern(name: string, pattern: string): boolean {
  const pieces = pattern.split('*');
  const [first = ''] = pieces;
  if (pieces.length === 1) return name === first;
  const last = pieces.at(-1) ?? '';
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
