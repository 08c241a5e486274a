import { toHex } from '../../../src/shared/bytes.ts';
import {
  noMarks,
  type Batch,
  type History,
  type InviteRecord,
  type LineMarks,
  type MemberRecord,
  type RoomRecord,
  type SanctionRecord,
  type StoredEvent,
} from '../../../src/host/history/history.ts';
import { noRules, type RoomRules } from '../../../src/host/room/room-state.ts';
import { marked } from '../../../src/host/history/marked.ts';

/** A history that ends with its process. */
export class MemoryHistory implements History {
  #record: RoomRecord | undefined;
  #events: StoredEvent[] = [];
  #base: { seq: number; hash: Uint8Array } = { seq: 0, hash: new Uint8Array(32) };
  readonly #ids = new Map<string, number>();
  readonly #members = new Map<string, MemberRecord>();
  readonly #sanctions = new Map<string, SanctionRecord>();
  readonly #invites = new Map<number, InviteRecord>();
  readonly #marks = new Map<number, LineMarks>();
  #rules: RoomRules = noRules;

  record(): RoomRecord | undefined {
    return this.#record;
  }

  begin(record: RoomRecord, start: Uint8Array): void {
    this.#record = record;
    this.#base = { seq: 0, hash: start };
  }

  update(change: Partial<Pick<RoomRecord, 'code' | 'private' | 'kepoch' | 'rev'>>): void {
    if (this.#record) this.#record = { ...this.#record, ...change };
  }

  append({ events, members, topic, rules, sanctions = [], lifted = [], marks = [] }: Batch): void {
    events.forEach(({ seq }, index) => {
      if (seq !== this.head().seq + 1 + index) throw new RangeError('hole in the log');
    });
    for (const event of events) {
      this.#events.push(event);
      this.#ids.set(idKey(event.author, event.id), event.seq);
    }
    for (const member of members) this.#members.set(toHex(member.key), member);
    if (topic !== undefined && this.#record) this.#record = { ...this.#record, topic };
    this.#rules = rules ?? this.#rules;
    for (const { type, key } of lifted) this.#sanctions.delete(`${type} ${toHex(key)}`);
    for (const each of sanctions) this.#sanctions.set(`${each.type} ${toHex(each.key)}`, each);
    for (const { seq, mark } of marks) this.#marks.set(seq, marked(this.marks(seq), mark));
  }

  head(): { readonly seq: number; readonly hash: Uint8Array } {
    const { seq, hash } = this.#events.at(-1) ?? this.#base;
    return { seq, hash };
  }

  first(): number {
    return this.#base.seq + 1;
  }

  hashAt(seq: number): Uint8Array | undefined {
    return seq === this.#base.seq ? this.#base.hash : this.#at(seq)?.hash;
  }

  read(from: number, to: number, limit: number): readonly StoredEvent[] {
    const start = Math.max(0, from - this.first());
    return this.#events.slice(start, Math.min(start + limit, Math.max(start, to - this.#base.seq)));
  }

  seqOf(author: Uint8Array, id: Uint8Array): number | undefined {
    return this.#ids.get(idKey(author, id));
  }

  member(key: Uint8Array): MemberRecord | undefined {
    return this.#members.get(toHex(key));
  }

  roster(): readonly MemberRecord[] {
    return [...this.#members.values()].filter(({ onRoster }) => onRoster);
  }

  absentOps(): readonly Uint8Array[] {
    const absent = [...this.#members.values()].filter(({ onRoster, role }) => !onRoster && role === 'op');
    return absent.map(({ key }) => key);
  }

  rules(): RoomRules {
    return this.#rules;
  }

  sanctions(): readonly SanctionRecord[] {
    return [...this.#sanctions.values()];
  }

  marks(seq: number): LineMarks {
    return this.#marks.get(seq) ?? noMarks;
  }

  invites(): readonly InviteRecord[] {
    return [...this.#invites.values()].sort((a, b) => a.n - b.n);
  }

  keepInvite(invite: InviteRecord): void {
    this.#invites.set(invite.n, invite);
  }

  dropInvite(n: number): void {
    this.#invites.delete(n);
  }

  trim(keep: number): void {
    const surplus = this.#events.length - keep;
    if (surplus <= 0) return;
    for (const event of this.#events.splice(0, surplus)) {
      this.#ids.delete(idKey(event.author, event.id));
      this.#marks.delete(event.seq);
      this.#base = { seq: event.seq, hash: event.hash };
    }
  }

  close(): void {
    // Nothing is held.
  }

  #at(seq: number): StoredEvent | undefined {
    return this.#events[seq - this.first()];
  }
}

function idKey(author: Uint8Array, id: Uint8Array): string {
  return `${toHex(author)}/${toHex(id)}`;
}
