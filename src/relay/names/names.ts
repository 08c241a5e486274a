import type { Rejection } from '../../shared/errors.ts';
import type { AccountBackup } from '../../shared/wire/control.ts';

/** A name and who signed to have it. Keys are 32 bytes, `at` is the signer's time in ms since 1970. */
export interface NameClaim {
  readonly name: string;
  readonly owner: Uint8Array;
  readonly at: number;
  readonly sig: Uint8Array;
}

export interface RegisteredName extends NameClaim {
  /** A backup can be fetched with a password. */
  readonly password: boolean;
}

export interface NameLimits {
  readonly names: number;
  readonly nameHoldMs: number;
}

export type NameResult = { readonly done: true } | Rejection;

/**
 * Who is called what at this relay: one name a key, no two that look alike. A name that was given up stays its owner's
 * until it is purged. A promise resolves only when its change survives a crash.
 */
export interface Names {
  /** Why `claim` would be refused now. */
  refusal(claim: Pick<NameClaim, 'name' | 'owner'>): Rejection | undefined;
  /** Claiming one's own name again changes nothing and succeeds. */
  claim(claim: NameClaim): Promise<NameResult>;
  named(name: string): RegisteredName | undefined;
  of(owner: Uint8Array): RegisteredName | undefined;
  /** By name, at most `limit`. In `pattern` `*` stands for anything. */
  search(pattern: string, limit: number): Pick<NameClaim, 'name' | 'owner'>[];
  /** Gives the owner's name up and forgets the backup. */
  release(owner: Uint8Array, now: number): Promise<NameResult>;
  /** For the owner's name; undefined forgets what is there. */
  putBackup(owner: Uint8Array, backup: AccountBackup | undefined): Promise<NameResult>;
  backup(name: string): (AccountBackup & { readonly owner: Uint8Array }) | undefined;
  /** Lets go of names that were given up long enough ago. */
  purge(now: number): void;
}
