import { toHex } from '../../shared/bytes.ts';
import { putNewest } from '../../shared/put-newest.ts';
import type {
  Mailbox,
  MailboxLimits,
  MailRef,
  MailUsage,
  NewMail,
  PutResult,
  WaitingMail,
  WaitingReceipt,
} from './mailbox.ts';

interface Kept extends WaitingMail {
  /** The owner had written to the sender before. */
  readonly known: boolean;
}

interface KeptReceipt extends WaitingReceipt {
  readonly to: string;
  readonly at: number;
}

/** For a relay without a data folder, and for tests; forgets everything when it ends. */
export class MemoryMailbox implements Mailbox {
  readonly #limits: MailboxLimits;
  readonly #prekeys = new Map<string, { prekey: Uint8Array; at: number }>();
  readonly #mails = new Map<string, Kept[]>();
  readonly #pending = new Map<string, KeptReceipt[]>();
  readonly #contacts = new Map<string, Map<string, number>>();
  readonly #blocked = new Map<string, Set<string>>();
  #last = 0;

  constructor(limits: MailboxLimits) {
    this.#limits = limits;
  }

  putPrekey(owner: Uint8Array, prekey: Uint8Array, at: number): Promise<PutResult> {
    this.#prekeys.set(toHex(owner), { prekey: prekey.slice(), at });
    return Promise.resolve({ stored: true });
  }

  prekey(owner: Uint8Array): Uint8Array | undefined {
    return this.#prekeys.get(toHex(owner))?.prekey;
  }

  removePrekey(owner: Uint8Array): Promise<void> {
    this.#prekeys.delete(toHex(owner));
    return Promise.resolve();
  }

  block(owner: Uint8Array, peer: Uint8Array): Promise<PutResult> {
    const blocked = this.#blocked.get(toHex(owner)) ?? new Set<string>();
    blocked.delete(toHex(peer));
    blocked.add(toHex(peer));
    this.#blocked.set(toHex(owner), blocked);
    const [oldest] = blocked;
    if (blocked.size > this.#limits.blocksPerOwner && oldest !== undefined) blocked.delete(oldest);
    return Promise.resolve({ stored: true });
  }

  unblock(owner: Uint8Array, peer: Uint8Array): Promise<PutResult> {
    this.#blocked.get(toHex(owner))?.delete(toHex(peer));
    return Promise.resolve({ stored: true });
  }

  blocks(owner: Uint8Array, peer: Uint8Array): boolean {
    return this.#blocked.get(toHex(owner))?.has(toHex(peer)) ?? false;
  }

  put(mail: NewMail): Promise<PutResult> {
    return Promise.resolve(this.#store(mail));
  }

  waiting(owner: Uint8Array, after: number, limit: number): WaitingMail[] {
    return (this.#mails.get(toHex(owner)) ?? []).filter(({ cursor }) => cursor > after).slice(0, limit);
  }

  acknowledge(
    owner: Uint8Array,
    mails: readonly MailRef[],
    at: number,
    returned = false,
  ): Promise<MailRef[]> {
    const to = toHex(owner);
    const acked = mails.filter((ref) => this.#take(to, ref));
    for (const { from, id } of acked) {
      const receipts = [
        ...(this.#pending.get(toHex(from)) ?? []).filter((one) => !isFor(one, to, id)),
        { cursor: ++this.#last, id: id.slice(), to, at, returned },
      ];
      this.#pending.set(toHex(from), receipts.slice(-this.#limits.receiptsPerSender));
    }
    return Promise.resolve(acked);
  }

  receipts(sender: Uint8Array, after: number, limit: number): WaitingReceipt[] {
    return (this.#pending.get(toHex(sender)) ?? []).filter(({ cursor }) => cursor > after).slice(0, limit);
  }

  forgetReceipts(sender: Uint8Array, ids: readonly Uint8Array[]): Promise<number> {
    const key = toHex(sender);
    const seen = new Set(ids.map(toHex));
    const before = this.#pending.get(key)?.length ?? 0;
    keep(this.#pending, key, ({ id }) => !seen.has(toHex(id)));
    return Promise.resolve(before - (this.#pending.get(key)?.length ?? 0));
  }

  usage(): MailUsage {
    const all = [...this.#mails.values()].flat();
    return { mails: all.length, bytes: all.reduce((sum, { mail }) => sum + mail.length, 0) };
  }

  purge(now: number): void {
    const { mailMs, prekeyMs, contactMs } = this.#limits;
    for (const key of this.#mails.keys()) keep(this.#mails, key, ({ at }) => at > now - mailMs);
    for (const key of this.#pending.keys()) keep(this.#pending, key, ({ at }) => at > now - mailMs);
    for (const [key, { at }] of this.#prekeys) if (at <= now - prekeyMs) this.#prekeys.delete(key);
    for (const owner of this.#blocked.keys()) if (!this.#prekeys.has(owner)) this.#blocked.delete(owner);
    for (const [owner, known] of this.#contacts) {
      for (const [key, at] of known) if (at <= now - contactMs) known.delete(key);
      if (known.size === 0) this.#contacts.delete(owner);
    }
  }

  close(): void {
    this.#mails.clear();
  }

  #store({ from, to, id, mail, at }: NewMail): PutResult {
    const owner = toHex(to);
    const sender = toHex(from);
    if (!this.#prekeys.has(owner) || this.blocks(to, from)) return { code: 'not-delivered' };
    if (this.#has(owner, sender, toHex(id))) return { stored: true };
    const box = this.#mails.get(owner) ?? [];
    const known = this.#contacts.get(owner)?.has(sender) ?? false;
    const { mailboxMessages, mailboxBytes } = this.#limits;
    const strangers = box.filter((kept) => !kept.known);
    if (
      !fits(box, mail.length, mailboxMessages, mailboxBytes) ||
      (!known && !fits(strangers, mail.length, mailboxMessages / 2, mailboxBytes / 2))
    )
      return { code: 'mailbox-full' };
    box.push({ cursor: ++this.#last, from: from.slice(), id: id.slice(), mail: mail.slice(), at, known });
    this.#mails.set(owner, box);
    this.#remember(sender, owner, at);
    return { stored: true };
  }

  /** Waiting, or delivered with the receipt not yet seen. */
  #has(owner: string, sender: string, id: string): boolean {
    return (
      (this.#mails.get(owner) ?? []).some((kept) => toHex(kept.id) === id && toHex(kept.from) === sender) ||
      (this.#pending.get(sender) ?? []).some(
        (receipt) => toHex(receipt.id) === id && receipt.to === owner && !receipt.returned,
      )
    );
  }

  #take(owner: string, ref: MailRef): boolean {
    const before = this.#mails.get(owner)?.length ?? 0;
    const from = toHex(ref.from);
    const id = toHex(ref.id);
    keep(this.#mails, owner, (kept) => toHex(kept.id) !== id || toHex(kept.from) !== from);
    return (this.#mails.get(owner)?.length ?? 0) < before;
  }

  #remember(owner: string, peer: string, at: number): void {
    const known = this.#contacts.get(owner) ?? new Map<string, number>();
    putNewest(known, peer, at, this.#limits.contactsPerOwner);
    this.#contacts.set(owner, known);
  }
}

function isFor(receipt: KeptReceipt, to: string, id: Uint8Array): boolean {
  return receipt.to === to && toHex(receipt.id) === toHex(id);
}

function fits(box: readonly Kept[], more: number, messages: number, bytes: number): boolean {
  return box.length < messages && box.reduce((sum, { mail }) => sum + mail.length, more) <= bytes;
}

function keep<T>(lists: Map<string, T[]>, key: string, wanted: (item: T) => boolean): void {
  const left = (lists.get(key) ?? []).filter(wanted);
  if (left.length > 0) lists.set(key, left);
  else lists.delete(key);
}
