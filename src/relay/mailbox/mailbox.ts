import type { Rejection } from '../../shared/errors.ts';

/** What names one mail: ids are the sender's own. Keys are 32 bytes, ids 16. */
export interface MailRef {
  readonly from: Uint8Array;
  readonly id: Uint8Array;
}

export interface NewMail extends MailRef {
  readonly to: Uint8Array;
  readonly mail: Uint8Array;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface WaitingMail extends MailRef {
  /** Rises with the order of storing; only good for asking what comes after. */
  readonly cursor: number;
  readonly mail: Uint8Array;
  readonly at: number;
}

export interface WaitingReceipt {
  readonly cursor: number;
  /** The mail came back unopened, and may be sent again under its id. */
  readonly returned: boolean;
  readonly id: Uint8Array;
}

export interface MailUsage {
  readonly mails: number;
  readonly bytes: number;
}

export interface MailboxLimits {
  readonly mailboxMessages: number;
  readonly mailboxBytes: number;
  readonly receiptsPerSender: number;
  readonly contactsPerOwner: number;
  readonly blocksPerOwner: number;
  readonly mailMs: number;
  readonly prekeyMs: number;
  readonly contactMs: number;
}

/** `not-delivered`: nobody with that key has a prekey here, or they block the sender. */
export type PutResult = { readonly stored: true } | Rejection;

/** Sealed mail for people, in arrival order. A promise resolves only when its change survives a crash. */
export interface Mailbox {
  putPrekey(owner: Uint8Array, prekey: Uint8Array, at: number): Promise<PutResult>;
  prekey(owner: Uint8Array): Uint8Array | undefined;
  /** From here on there is nobody to leave mail for; what is there stays. */
  removePrekey(owner: Uint8Array): Promise<void>;
  /** The owner wants no mail of `peer`; beyond the limit the oldest such wish is forgotten. */
  block(owner: Uint8Array, peer: Uint8Array, at: number): Promise<PutResult>;
  unblock(owner: Uint8Array, peer: Uint8Array): Promise<PutResult>;
  blocks(owner: Uint8Array, peer: Uint8Array): boolean;
  /** Storing the same (from, to, id) again changes nothing and succeeds. */
  put(mail: NewMail): Promise<PutResult>;
  /** The oldest `limit` mails behind `after`. */
  waiting(owner: Uint8Array, after: number, limit: number): WaitingMail[];
  /** Deletes mails and leaves receipts for their senders; returns those that were there. */
  acknowledge(
    owner: Uint8Array,
    mails: readonly MailRef[],
    at: number,
    returned?: boolean,
  ): Promise<MailRef[]>;
  receipts(sender: Uint8Array, after: number, limit: number): WaitingReceipt[];
  /** Returns how many there were. */
  forgetReceipts(sender: Uint8Array, ids: readonly Uint8Array[]): Promise<number>;
  /** Of everybody together; as it was a moment ago where there is much. */
  usage(): MailUsage;
  /** Forgets what is older than its limit. */
  purge(now: number): void;
  close(): void;
}
