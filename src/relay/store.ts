import { randomBytes } from '../shared/crypto/sign.ts';
import { noAllowances, type Allowances } from './allowances/allowances.ts';
import { noBanStore, type BanStore } from './bans/bans.ts';
import type { RelayLimits } from './limits.ts';
import type { Mailbox } from './mailbox/mailbox.ts';
import { MemoryMailbox } from './mailbox/memory-mailbox.ts';
import { MemoryNames } from './names/memory-names.ts';
import type { Names } from './names/names.ts';
import { Timings } from './timings.ts';

/** What a relay keeps. */
export interface Store {
  /** Of the relay's identity key, 32 bytes. */
  readonly seed: Uint8Array;
  readonly mailbox: Mailbox;
  readonly names: Names;
  readonly allowances: Allowances;
  readonly bans: BanStore;
  /** How long commits took. */
  readonly commits: Timings;
  /**
   * Lets the database's file stand still for a copy, while what is written goes elsewhere; undefined without a file. Returns
   * undefined while another copy is made.
   */
  readonly stillCopy: (() => StillCopy | undefined) | undefined;
  /** Rises with every call, also across restarts. */
  nextFence(): number;
  /** False where the disk is too full to take more. */
  canStore(): boolean;
  close(): void;
}

/** A file that does not change until `release`. */
export interface StillCopy {
  readonly path: string;
  release(): void;
}

/** Forgets everything when it ends, the relay's identity included. */
export function memoryStore(limits: RelayLimits): Store {
  const mailbox = new MemoryMailbox(limits);
  let fence = 0;
  return {
    seed: randomBytes(32),
    mailbox,
    names: new MemoryNames(limits),
    allowances: noAllowances,
    bans: noBanStore,
    commits: new Timings(),
    stillCopy: undefined,
    nextFence: () => ++fence,
    canStore: () => true,
    close: () => mailbox.close(),
  };
}
