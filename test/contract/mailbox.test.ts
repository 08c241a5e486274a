import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, KIB } from '../../src/shared/limits.ts';
import { openDatabase } from '../../src/relay/database.ts';
import { defaultLimits, type RelayLimits } from '../../src/relay/limits.ts';
import type { Mailbox, NewMail } from '../../src/relay/mailbox/mailbox.ts';
import { MemoryMailbox } from '../../src/relay/mailbox/memory-mailbox.ts';
import { SqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts';

interface Opened {
  readonly mailbox: Mailbox;
  close(): void;
}

const implementations: Readonly<Record<string, (folder: string, limits: RelayLimits) => Promise<Opened>>> = {
  memory: async (_, limits) => {
    const mailbox = new MemoryMailbox(limits);
    return { mailbox, close: () => mailbox.close() };
  },
  sqlite: async (folder, limits) => {
    const database = await openDatabase(join(folder, 'relay.db'));
    const mailbox = new SqliteMailbox(database, limits);
    return {
      mailbox,
      close: () => {
        mailbox.close();
        database.close();
      },
    };
  },
};

const key = (n: number) => new Uint8Array(32).fill(n);
const id = (n: number) => new Uint8Array(16).fill(n);
const [ada, bob, cleo] = [key(1), key(2), key(3)];
const body = new Uint8Array(10).fill(7);

describe.each(Object.entries(implementations))('the %s mailbox', (_, open) => {
  let folder: string;
  let opened: Opened | undefined;
  let mailbox: Mailbox;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailbox-'));
    await start({});
  });

  afterEach(() => {
    opened?.close();
    opened = undefined;
    rmSync(folder, { recursive: true });
  });

  async function start(limits: Partial<RelayLimits>): Promise<void> {
    opened?.close();
    opened = await open(mkdtempSync(join(folder, 'data-')), { ...defaultLimits, ...limits });
    ({ mailbox } = opened);
    await mailbox.putPrekey(ada, body, 0);
    await mailbox.putPrekey(bob, body, 0);
  }

  const mail = (from: Uint8Array, to: Uint8Array, n: number, more: Partial<NewMail> = {}): NewMail => ({
    from,
    to,
    id: id(n),
    mail: body,
    at: 1_000 + n,
    ...more,
  });
  const ids = (owner: Uint8Array) => mailbox.waiting(owner, 0, 1_000).map((each) => each.id[0]);

  it('tells how much there is of everybody together', async () => {
    await mailbox.put(mail(cleo, ada, 1));
    await mailbox.put(mail(cleo, bob, 2));
    expect(mailbox.usage()).toEqual({ mails: 2, bytes: 2 * body.length });
  });

  it('gives back the newest prekey, and nothing for a stranger', async () => {
    await mailbox.putPrekey(ada, id(9), 5);
    expect(mailbox.prekey(ada)).toEqual(id(9));
    expect(mailbox.prekey(cleo)).toBeUndefined();
  });

  it('keeps mail in the order of storing, whole', async () => {
    await Promise.all([2, 1, 3].map((n) => mailbox.put(mail(ada, bob, n))));
    expect(mailbox.waiting(bob, 0, 10)).toMatchObject([
      { from: ada, id: id(2), mail: body, at: 1_002 },
      { from: ada, id: id(1), mail: body, at: 1_001 },
      { from: ada, id: id(3), mail: body, at: 1_003 },
    ]);
    expect(mailbox.waiting(ada, 0, 10)).toEqual([]);
  });

  it('pages by cursor', async () => {
    for (const n of [1, 2, 3]) await mailbox.put(mail(ada, bob, n));
    const [first, second] = mailbox.waiting(bob, 0, 2);
    expect(second?.cursor).toBeGreaterThan(first?.cursor ?? Infinity);
    expect(mailbox.waiting(bob, second?.cursor ?? 0, 2).map((each) => each.id[0])).toEqual([3]);
  });

  it('stores the same mail once', async () => {
    expect(await mailbox.put(mail(ada, bob, 1))).toEqual({ stored: true });
    expect(await mailbox.put(mail(ada, bob, 1))).toEqual({ stored: true });
    expect(ids(bob)).toEqual([1]);
  });

  it('does not bring back a mail that was acknowledged and is sent again', async () => {
    await mailbox.put(mail(ada, bob, 1));
    await mailbox.acknowledge(bob, [{ from: ada, id: id(1) }], 2_000);
    expect(await mailbox.put(mail(ada, bob, 1))).toEqual({ stored: true });
    expect(ids(bob)).toEqual([]);
  });

  it('tells mails of different people with the same id apart', async () => {
    await mailbox.put(mail(ada, bob, 1));
    await mailbox.put(mail(cleo, bob, 1));
    await mailbox.acknowledge(bob, [{ from: cleo, id: id(1) }], 2_000);
    expect(mailbox.waiting(bob, 0, 10)).toMatchObject([{ from: ada }]);
  });

  it('delivers to nobody without a prekey', async () => {
    expect(await mailbox.put(mail(ada, cleo, 1))).toEqual({ code: 'not-delivered' });
  });

  it('gives a mail back to its sender, who may send it again under its id', async () => {
    await mailbox.put(mail(ada, bob, 1));
    const ref = { from: ada, id: id(1) };
    expect(await mailbox.acknowledge(bob, [ref], 2_000, true)).toEqual([ref]);
    expect(mailbox.waiting(bob, 0, 10)).toEqual([]);
    const [first] = mailbox.receipts(ada, 0, 10);
    expect(first).toMatchObject({ id: id(1), returned: true });
    expect(await mailbox.put(mail(ada, bob, 1))).toEqual({ stored: true });
    expect(mailbox.waiting(bob, 0, 10)).toHaveLength(1);
    await mailbox.acknowledge(bob, [ref], 3_000);
    const again = mailbox.receipts(ada, first?.cursor ?? 0, 10);
    expect(again).toMatchObject([{ id: id(1), returned: false }]);
    expect(mailbox.receipts(ada, 0, 10)).toHaveLength(1);
    expect(await mailbox.forgetReceipts(ada, [id(1)])).toBe(1);
  });

  it('makes one receipt for each acknowledged mail until its sender has seen it', async () => {
    await mailbox.put(mail(ada, bob, 1));
    await mailbox.put(mail(ada, bob, 2));
    const refs = [1, 2, 3].map((n) => ({ from: ada, id: id(n) }));
    expect(await mailbox.acknowledge(bob, refs, 2_000)).toEqual(refs.slice(0, 2));
    expect(await mailbox.acknowledge(bob, refs, 2_000)).toEqual([]);
    const receipts = mailbox.receipts(ada, 0, 10);
    expect(receipts.map((each) => each.id[0])).toEqual([1, 2]);
    expect(mailbox.receipts(ada, receipts[0]?.cursor ?? 0, 10).map((each) => each.id[0])).toEqual([2]);
    expect(await mailbox.forgetReceipts(ada, [id(1), id(9)])).toBe(1);
    expect(mailbox.receipts(ada, 0, 10).map((each) => each.id[0])).toEqual([2]);
    expect(mailbox.receipts(bob, 0, 10)).toEqual([]);
  });

  it('lets nobody acknowledge the mail of others', async () => {
    await mailbox.put(mail(ada, bob, 1));
    expect(await mailbox.acknowledge(cleo, [{ from: ada, id: id(1) }], 2_000)).toEqual([]);
    expect(ids(bob)).toEqual([1]);
  });

  it('keeps no more receipts of one sender than its limit, the newest', async () => {
    await start({ receiptsPerSender: 2 });
    for (const n of [1, 2, 3]) {
      await mailbox.put(mail(ada, bob, n));
      await mailbox.acknowledge(bob, [{ from: ada, id: id(n) }], 2_000);
    }
    expect(mailbox.receipts(ada, 0, 10).map((each) => each.id[0])).toEqual([2, 3]);
  });

  it('keeps half of the messages for people the owner has written to', async () => {
    await start({ mailboxMessages: 4 });
    await mailbox.put(mail(bob, ada, 9));
    for (const n of [1, 2]) expect(await mailbox.put(mail(cleo, bob, n))).toEqual({ stored: true });
    expect(await mailbox.put(mail(cleo, bob, 3))).toEqual({ code: 'mailbox-full' });
    for (const n of [4, 5]) expect(await mailbox.put(mail(ada, bob, n))).toEqual({ stored: true });
    expect(await mailbox.put(mail(ada, bob, 6))).toEqual({ code: 'mailbox-full' });
    await mailbox.acknowledge(bob, [{ from: cleo, id: id(1) }], 2_000);
    expect(await mailbox.put(mail(ada, bob, 6))).toEqual({ stored: true });
  });

  it('keeps half of the bytes for people the owner has written to', async () => {
    await start({ mailboxBytes: 4 * KIB });
    await mailbox.put(mail(bob, ada, 9));
    const big = { mail: new Uint8Array(2 * KIB) };
    expect(await mailbox.put(mail(cleo, bob, 1, big))).toEqual({ stored: true });
    expect(await mailbox.put(mail(cleo, bob, 2))).toEqual({ code: 'mailbox-full' });
    expect(await mailbox.put(mail(ada, bob, 3, big))).toEqual({ stored: true });
    expect(await mailbox.put(mail(ada, bob, 4))).toEqual({ code: 'mailbox-full' });
  });

  it('forgets the contact that was written to longest ago when there are too many', async () => {
    await start({ mailboxMessages: 2, contactsPerOwner: 1 });
    await mailbox.putPrekey(cleo, body, 0);
    await mailbox.put(mail(bob, ada, 1));
    await mailbox.put(mail(bob, cleo, 2));
    expect(await mailbox.put(mail(ada, bob, 3))).toEqual({ stored: true });
    expect(await mailbox.put(mail(ada, bob, 4))).toEqual({ code: 'mailbox-full' });
    expect(await mailbox.put(mail(cleo, bob, 5))).toEqual({ stored: true });
  });

  it('forgets mail, receipts and prekeys when their time is over, not before', async () => {
    await mailbox.put(mail(ada, bob, 1, { at: 0 }));
    await mailbox.put(mail(ada, bob, 2, { at: 0 }));
    await mailbox.acknowledge(bob, [{ from: ada, id: id(2) }], 0);
    mailbox.purge(14 * DAY - 1);
    expect(ids(bob)).toEqual([1]);
    expect(mailbox.receipts(ada, 0, 10)).toHaveLength(1);
    mailbox.purge(14 * DAY);
    expect(ids(bob)).toEqual([]);
    expect(mailbox.receipts(ada, 0, 10)).toEqual([]);
    mailbox.purge(45 * DAY - 1);
    expect(mailbox.prekey(bob)).toBeDefined();
    mailbox.purge(45 * DAY);
    expect(mailbox.prekey(bob)).toBeUndefined();
  });

  it('answers for somebody it does not know, and for somebody who blocks, no sooner than it stores', async () => {
    await mailbox.block(bob, cleo, 1);
    const answered: string[] = [];
    const put = async (what: string, from: Uint8Array, to: Uint8Array): Promise<void> => {
      await mailbox.put({ from, to, id: id(answered.length + 1), mail: body, at: 1 });
      answered.push(what);
    };
    await Promise.all([put('stored', ada, bob), put('unknown', ada, key(77)), put('blocked', cleo, bob)]);
    expect(answered).toEqual(['stored', 'unknown', 'blocked']);
  });

  it('takes nothing of those the owner blocks, and forgets the oldest block beyond the limit', async () => {
    await start({ blocksPerOwner: 2 });
    const put = (from: Uint8Array, n: number) => mailbox.put({ from, to: bob, id: id(n), mail: body, at: 1 });
    await mailbox.block(bob, ada, 1);
    expect(mailbox.blocks(bob, ada)).toBe(true);
    expect(mailbox.blocks(ada, bob)).toBe(false);
    expect(await put(ada, 1)).toEqual({ code: 'not-delivered' });
    expect(await put(cleo, 2)).toEqual({ stored: true });
    await mailbox.block(bob, cleo, 2);
    await mailbox.block(bob, ada, 3);
    await mailbox.block(bob, key(9), 4);
    expect([ada, cleo, key(9)].map((peer) => mailbox.blocks(bob, peer))).toEqual([true, false, true]);
    await mailbox.unblock(bob, ada);
    expect(await put(ada, 1)).toEqual({ stored: true });
  });

  it('forgets whom somebody blocked who has not been here for long', async () => {
    await start({ prekeyMs: 10 });
    await mailbox.block(bob, ada, 0);
    mailbox.purge(5);
    expect(mailbox.blocks(bob, ada)).toBe(true);
    mailbox.purge(20);
    expect(mailbox.blocks(bob, ada)).toBe(false);
  });
});
