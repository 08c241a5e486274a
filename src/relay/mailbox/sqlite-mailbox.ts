import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Rejection } from '../../shared/errors.ts';
import { mapRecord } from '../../shared/map-record.ts';
import { blobOf, numberOf } from '../database.ts';
import { GroupCommit } from './group-commit.ts';
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

/** Counting all mail takes at most a hundredth of the time, however much there is. */
const COUNTING_SHARE = 100;

const statements = {
  putPrekey: `INSERT INTO prekey (owner, prekey, at) VALUES (?, ?, ?)
    ON CONFLICT (owner) DO UPDATE SET prekey = excluded.prekey, at = excluded.at`,
  prekey: 'SELECT prekey FROM prekey WHERE owner = ?',
  removePrekey: 'DELETE FROM prekey WHERE owner = ?',
  known: `SELECT
    EXISTS (SELECT 1 FROM mail WHERE owner = :to AND sender = :from AND id = :id)
    OR EXISTS (SELECT 1 FROM receipt WHERE sender = :from AND id = :id AND recipient = :to AND returned = 0) AS stored,
    EXISTS (SELECT 1 FROM contact WHERE owner = :to AND peer = :from) AS contact`,
  usage: `SELECT count(*) AS mails, sum(length(mail)) AS bytes,
    sum(known = 0) AS strangerMails, sum(length(mail) * (known = 0)) AS strangerBytes
    FROM mail WHERE owner = ?`,
  total: 'SELECT count(*) AS mails, sum(length(mail)) AS bytes FROM mail',
  put: 'INSERT INTO mail (owner, sender, id, mail, at, known) VALUES (?, ?, ?, ?, ?, ?)',
  wrote: `INSERT INTO contact (owner, peer, at) VALUES (?, ?, ?)
    ON CONFLICT (owner, peer) DO UPDATE SET at = excluded.at`,
  trimContacts: `DELETE FROM contact WHERE owner = :owner AND peer IN
    (SELECT peer FROM contact WHERE owner = :owner ORDER BY at DESC LIMIT -1 OFFSET :keep)`,
  block: 'INSERT INTO block (owner, peer, at) VALUES (?, ?, ?)',
  trimBlocks: `DELETE FROM block WHERE owner = :owner AND peer IN
    (SELECT peer FROM block WHERE owner = :owner ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET :keep)`,
  unblock: 'DELETE FROM block WHERE owner = ? AND peer = ?',
  blocks: 'SELECT 1 FROM block WHERE owner = ? AND peer = ?',
  waiting: `SELECT cursor, sender, id, mail, at FROM mail
    WHERE owner = ? AND cursor > ? ORDER BY cursor LIMIT ?`,
  take: 'DELETE FROM mail WHERE owner = ? AND sender = ? AND id = ?',
  putReceipt: `INSERT OR REPLACE INTO receipt (sender, recipient, id, at, returned) VALUES (?, ?, ?, ?, ?)`,
  trimReceipts: `DELETE FROM receipt WHERE sender = :sender AND cursor IN
    (SELECT cursor FROM receipt WHERE sender = :sender ORDER BY cursor DESC LIMIT -1 OFFSET :keep)`,
  receipts:
    'SELECT cursor, id, returned FROM receipt WHERE sender = ? AND cursor > ? ORDER BY cursor LIMIT ?',
  forgetReceipt: 'DELETE FROM receipt WHERE sender = ? AND id = ?',
  purgeMail: 'DELETE FROM mail WHERE at <= ?',
  purgeReceipts: 'DELETE FROM receipt WHERE at <= ?',
  purgePrekeys: 'DELETE FROM prekey WHERE at <= ?',
  purgeContacts: 'DELETE FROM contact WHERE at <= ?',
  purgeBlocks: 'DELETE FROM block WHERE owner NOT IN (SELECT owner FROM prekey)',
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

/** Mail in the relay's database; writes that come together share one fsync. */
export class SqliteMailbox implements Mailbox {
  readonly #limits: MailboxLimits;
  readonly #group: GroupCommit;
  readonly #sql: Statements;
  #counted: MailUsage = { mails: 0, bytes: 0 };
  #countAgainAt = Number.NEGATIVE_INFINITY;

  /** `group` is that of everything else that writes to this database. */
  constructor(database: DatabaseSync, limits: MailboxLimits, group = new GroupCommit(database)) {
    this.#limits = limits;
    this.#group = group;
    this.#sql = mapRecord(statements, (sql) => database.prepare(sql));
  }

  putPrekey(owner: Uint8Array, prekey: Uint8Array, at: number): Promise<PutResult> {
    return this.#store(() => {
      this.#sql.putPrekey.run(owner, prekey, at);
      return { stored: true };
    });
  }

  prekey(owner: Uint8Array): Uint8Array | undefined {
    const row = this.#sql.prekey.get(owner);
    return row && blobOf(row, 'prekey');
  }

  async removePrekey(owner: Uint8Array): Promise<void> {
    await this.#group.run(() => this.#sql.removePrekey.run(owner));
  }

  block(owner: Uint8Array, peer: Uint8Array, at: number): Promise<PutResult> {
    return this.#store(() => {
      this.#sql.unblock.run(owner, peer);
      this.#sql.block.run(owner, peer, at);
      this.#sql.trimBlocks.run({ owner, keep: this.#limits.blocksPerOwner });
      return { stored: true };
    });
  }

  unblock(owner: Uint8Array, peer: Uint8Array): Promise<PutResult> {
    return this.#store(() => {
      this.#sql.unblock.run(owner, peer);
      return { stored: true };
    });
  }

  blocks(owner: Uint8Array, peer: Uint8Array): boolean {
    return this.#sql.blocks.get(owner, peer) !== undefined;
  }

  put(mail: NewMail): Promise<PutResult> {
    // A refusal waits for the group like a success, so its time says nothing about the recipient.
    return this.#store(() => this.#tryPut(mail));
  }

  waiting(owner: Uint8Array, after: number, limit: number): WaitingMail[] {
    return this.#sql.waiting.all(owner, after, limit).map((row) => ({
      cursor: numberOf(row, 'cursor'),
      from: blobOf(row, 'sender'),
      id: blobOf(row, 'id'),
      mail: blobOf(row, 'mail'),
      at: numberOf(row, 'at'),
    }));
  }

  acknowledge(
    owner: Uint8Array,
    mails: readonly MailRef[],
    at: number,
    returned = false,
  ): Promise<MailRef[]> {
    const acknowledged = this.#group.run(() => {
      const acked = mails.filter(({ from, id }) => this.#sql.take.run(owner, from, id).changes !== 0);
      for (const { from, id } of acked) {
        this.#sql.putReceipt.run(from, owner, id, at, returned ? 1 : 0);
        this.#sql.trimReceipts.run({ sender: from, keep: this.#limits.receiptsPerSender });
      }
      return acked;
    });
    // On a full disk the mail stays, and comes again with the next login.
    return acknowledged.catch(() => []);
  }

  receipts(sender: Uint8Array, after: number, limit: number): WaitingReceipt[] {
    return this.#sql.receipts.all(sender, after, limit).map((row) => ({
      cursor: numberOf(row, 'cursor'),
      id: blobOf(row, 'id'),
      returned: numberOf(row, 'returned') === 1,
    }));
  }

  forgetReceipts(sender: Uint8Array, ids: readonly Uint8Array[]): Promise<number> {
    const forgotten = this.#group.run(() =>
      ids.reduce((sum, id) => sum + Number(this.#sql.forgetReceipt.run(sender, id).changes), 0),
    );
    return forgotten.catch(() => 0);
  }

  usage(): MailUsage {
    const start = performance.now();
    if (start >= this.#countAgainAt) {
      const row = this.#sql.total.get() ?? {};
      this.#counted = { mails: numberOf(row, 'mails'), bytes: numberOf(row, 'bytes') };
      const end = performance.now();
      this.#countAgainAt = end + (end - start) * COUNTING_SHARE;
    }
    return this.#counted;
  }

  purge(now: number): void {
    const { mailMs, prekeyMs, contactMs } = this.#limits;
    this.#sql.purgeMail.run(now - mailMs);
    this.#sql.purgeReceipts.run(now - mailMs);
    this.#sql.purgePrekeys.run(now - prekeyMs);
    this.#sql.purgeBlocks.run();
    this.#sql.purgeContacts.run(now - contactMs);
  }

  /** Makes durable now what waits for its group. */
  flush(): void {
    this.#group.commit();
  }

  close(): void {
    this.flush();
  }

  async #store(work: () => PutResult): Promise<PutResult> {
    const full: Rejection = { code: 'storage-full' };
    return this.#group.run(work).catch(() => full);
  }

  #tryPut({ from, to, id, mail, at }: NewMail): PutResult {
    const state = this.#sql.known.get({ from, to, id }) ?? {};
    const usage = this.#sql.usage.get(to) ?? {};
    const blocked = this.blocks(to, from);
    if (!this.#sql.prekey.get(to) || blocked) return { code: 'not-delivered' };
    if (numberOf(state, 'stored') === 1) return { stored: true };
    const contact = numberOf(state, 'contact');
    const { mailboxMessages, mailboxBytes } = this.#limits;
    const fits = numberOf(usage, 'mails') < mailboxMessages;
    const fitsBytes = numberOf(usage, 'bytes') + mail.length <= mailboxBytes;
    const strangerFits =
      contact === 1 ||
      (numberOf(usage, 'strangerMails') < mailboxMessages / 2 &&
        numberOf(usage, 'strangerBytes') + mail.length <= mailboxBytes / 2);
    if (!fits || !fitsBytes || !strangerFits) return { code: 'mailbox-full' };
    this.#sql.put.run(to, from, id, mail, at, contact);
    this.#sql.wrote.run(from, to, at);
    this.#sql.trimContacts.run({ owner: from, keep: this.#limits.contactsPerOwner });
    return { stored: true };
  }
}
