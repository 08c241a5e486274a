import { identityKey } from '../../shared/ids.ts';
import { HOUR } from '../../shared/limits.ts';
import type { RequestOf } from '../../shared/wire/control.ts';
import type { Clock } from '../clock.ts';
import type { Answer } from '../dispatch.ts';
import type { RelayLimits } from '../limits.ts';
import type { Mailbox, PutResult } from '../mailbox/mailbox.ts';
import { KeyedBuckets, rateOf } from '../rate-limit.ts';
import type { Login, Party, Registry } from '../registry.ts';

/** Mails on their way to one recipient that it has not acknowledged; the next follow its acks. */
export const MAIL_WINDOW = 8;
/** Receipts in one message; the next follow once these are acknowledged. */
export const RECEIPT_WINDOW = 128;
/** Networks of which the whispers are counted. */
const MAX_NETWORKS = 20_000;

export interface PostParts {
  readonly mailbox: Mailbox;
  readonly registry: Registry;
  readonly limits: Pick<RelayLimits, 'mailsPerNetwork'>;
  readonly clock: Clock;
  /** Whether the disk can take more. */
  readonly canStore: () => boolean;
}

/** How far one online member has been sent what waits for it. */
interface Delivery {
  mailCursor: number;
  unackedMails: number;
  receiptCursor: number;
  unackedReceipts: number;
}

/** Prekeys, sealed mail and delivery receipts. */
export class Post {
  readonly #parts: PostParts;
  /** Only members that something is on its way to. */
  readonly #deliveries = new Map<Party, Delivery>();
  /** By network: whoever makes keys as they like still has one. */
  readonly #whispers: KeyedBuckets;

  constructor(parts: PostParts) {
    this.#parts = parts;
    this.#whispers = new KeyedBuckets(rateOf(parts.limits.mailsPerNetwork, HOUR), MAX_NETWORKS);
  }

  limitsChanged(): void {
    const { limits, clock } = this.#parts;
    this.#whispers.changeRate(rateOf(limits.mailsPerNetwork, HOUR), clock.monotonic());
  }

  prune(): void {
    this.#whispers.prune(this.#parts.clock.monotonic());
  }

  async putPrekey({ rid, prekey }: RequestOf<'put-prekey'>, who: Login): Promise<Answer> {
    const { mailbox, clock, canStore } = this.#parts;
    if (!canStore()) return { code: 'storage-full' };
    const result = await mailbox.putPrekey(who.key, prekey, clock.wall());
    return 'code' in result ? result : { t: 'ok', rid };
  }

  getPrekey({ rid, identity }: RequestOf<'get-prekey'>, who: Login): Answer {
    const { mailbox } = this.#parts;
    // Both are looked up for everybody, so that neither answer nor time tells who was blocked.
    const [prekey, blocked] = [mailbox.prekey(identity), mailbox.blocks(identity, who.key)];
    return prekey && !blocked ? { t: 'prekey', rid, prekey } : { code: 'not-delivered' };
  }

  async block({ rid, identity }: RequestOf<'block'>, who: Login): Promise<Answer> {
    const { mailbox, clock, canStore } = this.#parts;
    if (!canStore()) return { code: 'storage-full' };
    const result = await mailbox.block(who.key, identity, clock.wall());
    return 'code' in result ? result : { t: 'ok', rid };
  }

  async unblock({ rid, identity }: RequestOf<'unblock'>, who: Login): Promise<Answer> {
    const result = await this.#parts.mailbox.unblock(who.key, identity);
    return 'code' in result ? result : { t: 'ok', rid };
  }

  async putMail(from: Party, { rid, to, id, mail }: RequestOf<'put-mail'>, who: Login): Promise<Answer> {
    const { mailbox, registry, clock, limits, canStore } = this.#parts;
    if (!canStore()) return { code: 'storage-full' };
    const wait = this.#whispers.tryTake(from.network, clock.monotonic());
    if (wait > 0) return { code: 'storage-full', retryMs: wait, limit: limits.mailsPerNetwork };
    const result: PutResult = await mailbox.put({ from: who.key, to, id, mail, at: clock.wall() });
    if ('code' in result) return result;
    const recipient = registry.members.get(identityKey(to));
    if (recipient) this.#pushMail(recipient, to);
    return { t: 'mail-stored', rid };
  }

  async ackMail(
    from: Party,
    { t, mails }: RequestOf<'ack-mail' | 'return-mail'>,
    who: Login,
  ): Promise<Answer> {
    const { mailbox, registry, clock } = this.#parts;
    const acked = await mailbox.acknowledge(who.key, mails, clock.wall(), t === 'return-mail');
    const delivery = this.#deliveries.get(from);
    if (delivery) delivery.unackedMails = Math.max(0, delivery.unackedMails - acked.length);
    this.#pushMail(from, who.key);
    const senders = new Map(acked.map((ref) => [identityKey(ref.from), ref.from]));
    for (const [identity, key] of senders) {
      const sender = registry.members.get(identity);
      if (sender) this.#pushReceipts(sender, key);
    }
    return undefined;
  }

  async ackReceipts(from: Party, { ids }: RequestOf<'ack-receipts'>, who: Login): Promise<Answer> {
    const seen = await this.#parts.mailbox.forgetReceipts(who.key, ids);
    const delivery = this.#deliveries.get(from);
    if (delivery) delivery.unackedReceipts = Math.max(0, delivery.unackedReceipts - seen);
    this.#pushReceipts(from, who.key);
    return undefined;
  }

  /** Sends what waits for somebody who has just logged in. */
  arrived(member: Party, key: Uint8Array): void {
    this.#pushMail(member, key);
    this.#pushReceipts(member, key);
  }

  gone(member: Party): void {
    this.#deliveries.delete(member);
  }

  #pushMail(to: Party, key: Uint8Array): void {
    const delivery = this.#delivery(to);
    const room = MAIL_WINDOW - delivery.unackedMails;
    const mails = room > 0 ? this.#parts.mailbox.waiting(key, delivery.mailCursor, room) : [];
    for (const { cursor, from, id, mail, at } of mails) {
      to.say({ t: 'mail', from, id, mail, at });
      delivery.mailCursor = cursor;
      delivery.unackedMails += 1;
    }
    this.#settle(to, delivery);
  }

  #pushReceipts(to: Party, key: Uint8Array): void {
    const delivery = this.#delivery(to);
    const room = RECEIPT_WINDOW - delivery.unackedReceipts;
    const receipts = room > 0 ? this.#parts.mailbox.receipts(key, delivery.receiptCursor, room) : [];
    if (receipts.length > 0) {
      const ids = (wanted: boolean) =>
        receipts.filter(({ returned }) => returned === wanted).map(({ id }) => id);
      to.say({ t: 'receipts', ids: ids(false), returned: ids(true) });
      delivery.receiptCursor = receipts.at(-1)?.cursor ?? delivery.receiptCursor;
      delivery.unackedReceipts += receipts.length;
    }
    this.#settle(to, delivery);
  }

  #delivery(party: Party): Delivery {
    return (
      this.#deliveries.get(party) ?? { mailCursor: 0, unackedMails: 0, receiptCursor: 0, unackedReceipts: 0 }
    );
  }

  /** With nothing on its way, all that was sent is deleted: starting from the oldest again sends nothing twice. */
  #settle(party: Party, delivery: Delivery): void {
    const online = party.login && this.#parts.registry.members.get(party.login.identity) === party;
    if (online && delivery.unackedMails + delivery.unackedReceipts > 0) this.#deliveries.set(party, delivery);
    else this.#deliveries.delete(party);
  }
}
